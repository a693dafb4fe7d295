using System.Collections.Immutable;
using ActorPhysics.Checking.Histories;
using ActorPhysics.Core.Specifications;

namespace ActorPhysics.Checking.Linearizability;

/// <summary>
/// Judges whether a history is sequentially consistent: whether some order of all calls has the results that the specification gives and
/// keeps the order of each process (Lamport, "How to make a multiprocessor computer that correctly executes multiprocess programs", 1979).
/// Nothing is local here, so the whole history is searched at once, depth first, each configuration (how far every process is, and the state of
/// each part) once. The problem is NP-complete even for one register; what exceeds the budget is undecided.
/// </summary>
/// <remarks>
/// A call of unknown outcome may take effect at any time after the calls that its process made before, or never, and holds up nothing.
/// </remarks>
public static class SequentialConsistency
{
    private const long RealTimeSteps = 20_000_000;
    private const long WitnessSteps = 20_000_000;
    private const long StepsForOne = 200_000;

    /// <param name="calls">Those of one process do not overlap, save that one of unknown outcome may stay open.</param>
    public static ConsistencyVerdict Check<TState, TOperation, TResult>(
        Specification<TState, TOperation, TResult> specification,
        IReadOnlyList<Call<TOperation, TResult>> calls,
        SearchOptions? options = null,
        Func<int, string>? describe = null)
        where TState : IEquatable<TState>
        where TResult : IEquatable<TResult>
    {
        SearchOptions bounds = options ?? SearchOptions.Default;

        // An order that keeps to real time keeps each process's own, and is found far sooner where there is one.
        SearchOptions first = bounds with { Budget = bounds.Budget with { Steps = Math.Min(bounds.Budget.Steps, RealTimeSteps) } };
        return Linearizability.Check(specification, calls, first) is ConsistencyVerdict.Holds holds ? holds : Search(specification, calls, bounds, describe);
    }

    /// <summary>The same for a history that is known not to be linearizable.</summary>
    internal static ConsistencyVerdict Search<TState, TOperation, TResult>(
        Specification<TState, TOperation, TResult> specification,
        IReadOnlyList<Call<TOperation, TResult>> calls,
        SearchOptions bounds,
        Func<int, string>? describe)
        where TState : IEquatable<TState>
        where TResult : IEquatable<TResult>
    {
        var meter = new SearchMeter(bounds.Budget, bounds.IsCancelled);
        var graph = new SpecificationGraph<TState, TOperation, TResult>(specification, meter);
        int[] numbers = [.. Enumerable.Range(0, calls.Count)
            .Where(call => !calls[call].IsOpen || !specification.IsReadOnly(calls[call].Operation))
            .OrderBy(call => calls[call].Invoked)];
        int[] kinds = Array.ConvertAll(numbers, call => graph.KindOf(calls[call]));
        var interleaved = InterleavedCalls.Of(kinds, Array.ConvertAll(numbers, call => specification.PartOf(calls[call].Operation)));
        ImmutableArray<ProcessProgram> programs = Programs(numbers, calls);
        if (new ProgramSearch(programs, interleaved, graph, meter).Find() is { } order)
        {
            return new ConsistencyVerdict.Holds([.. order.Select(call => numbers[call])]);
        }

        return meter.Exhausted is { } reason
            ? new ConsistencyVerdict.Undecided(reason)
            : Violation(Array.ConvertAll(Shrink(programs, interleaved, graph, bounds), call => numbers[call]), calls, describe);
    }

    /// <summary>The verdict that these calls have no order.</summary>
    internal static ConsistencyVerdict.Violated Violation<TOperation, TResult>(
        int[] offending, IReadOnlyList<Call<TOperation, TResult>> calls, Func<int, string>? describe)
    {
        string drawing = TimeDiagram.Draw(offending.Select(call => new TimeDiagram.Row(
            TimeDiagram.NameOf(calls[call].Process),
            describe is null ? $"{calls[call].Operation} -> {calls[call].Result}" : describe(call),
            calls[call].Invoked,
            calls[call].Completed)));
        return new ConsistencyVerdict.Violated(
            [.. offending], drawing + "No order that keeps each process's own has these results, wherever the other operations took effect.\n");
    }

    /// <summary>
    /// Leaves out as many calls as can be while no order is found, first many at once: a pure call is removed, another becomes one of unknown
    /// outcome. Both only add orders.
    /// </summary>
    private static int[] Shrink(ImmutableArray<ProcessProgram> programs, InterleavedCalls calls, StateGraph graph, SearchOptions bounds)
    {
        List<int> kept = [.. programs.SelectMany(program => program.Calls).Order()];
        long left = Math.Min(bounds.Budget.Steps, WitnessSteps);
        for (int size = Math.Max(1, kept.Count / 2); size > 0; size /= 2)
        {
            for (int start = 0; start < kept.Count && left > 0;)
            {
                int count = Math.Min(size, kept.Count - start);
                var spared = new HashSet<int>(kept.GetRange(start, count));
                ImmutableArray<ProcessProgram> fewer = [.. programs.Select(program => program.Without(spared, call => !graph.IsPure(calls.KindOf(call))))];
                var meter = new SearchMeter(bounds.Budget with { Steps = Math.Min(left, StepsForOne) }, bounds.IsCancelled);
                bool violated = new ProgramSearch(fewer, calls, graph, meter).Find() is null && meter.Exhausted is null;
                left -= meter.Steps + count;
                if (violated)
                {
                    programs = fewer;
                    kept.RemoveRange(start, count);
                }
                else
                {
                    start += count;
                }
            }
        }

        return [.. kept];
    }

    private static ImmutableArray<ProcessProgram> Programs<TOperation, TResult>(int[] numbers, IReadOnlyList<Call<TOperation, TResult>> calls)
    {
        var programs = new SortedDictionary<ProcessId, ProcessProgram.Builder>();
        for (int i = 0; i < numbers.Length; i++)
        {
            Call<TOperation, TResult> call = calls[numbers[i]];
            if (!programs.TryGetValue(call.Process, out ProcessProgram.Builder? program))
            {
                programs.Add(call.Process, program = new ProcessProgram.Builder());
            }

            program.Add(i, call.IsOpen);
        }

        return [.. programs.Values.Select(program => program.Build())];
    }
}
