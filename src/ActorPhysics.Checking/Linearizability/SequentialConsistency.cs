using System.Collections.Immutable;
using ActorPhysics.Checking.Histories;
using ActorPhysics.Core.Specifications;

namespace ActorPhysics.Checking.Linearizability;

/// <summary>
/// Judges whether a history is sequentially consistent: whether some order of all calls has the results that the specification gives and
/// keeps the order of each process (Lamport, "How to make a multiprocessor computer that correctly executes multiprocess programs", 1979).
/// Nothing is local here, so the whole history is searched at once, depth first, each configuration (how far every process is, and the state)
/// once. The problem is NP-complete even for one register; what exceeds the budget is undecided.
/// </summary>
/// <remarks>
/// A call of unknown outcome may take effect at any time after the calls that its process made before, or never, and holds up nothing.
/// </remarks>
public static class SequentialConsistency
{
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
        var meter = new SearchMeter(bounds.Budget, bounds.IsCancelled);
        var graph = new SpecificationGraph<TState, TOperation, TResult>(specification, meter);
        int[] numbers = [.. Enumerable.Range(0, calls.Count)
            .Where(call => !calls[call].IsOpen || !specification.IsReadOnly(calls[call].Operation))
            .OrderBy(call => calls[call].Invoked)];
        int[] kinds = Array.ConvertAll(numbers, call => graph.KindOf(calls[call]));
        ImmutableArray<ProcessProgram> programs = Programs(numbers, calls);
        var search = new ProgramSearch(programs, kinds, graph, meter);
        if (search.Find() is { } order)
        {
            return new ConsistencyVerdict.Holds([.. order.Select(call => numbers[call])]);
        }

        if (meter.Exhausted is { } reason)
        {
            return new ConsistencyVerdict.Undecided(reason);
        }

        int[] offending = Array.ConvertAll(Shrink(programs, kinds, graph, bounds), call => numbers[call]);
        string drawing = TimeDiagram.Draw(offending.Select(call => new TimeDiagram.Row(
            TimeDiagram.NameOf(calls[call].Process),
            describe is null ? $"{calls[call].Operation} -> {calls[call].Result}" : describe(call),
            calls[call].Invoked,
            calls[call].Completed)));
        return new ConsistencyVerdict.Violated(
            [.. offending], drawing + "No order that keeps each process's own has these results, wherever the other operations took effect.\n");
    }

    /// <summary>
    /// Leaves out as many calls as can be while no order is found: a pure call is removed, another becomes one of unknown outcome. Both only add orders.
    /// </summary>
    private static int[] Shrink(ImmutableArray<ProcessProgram> programs, int[] kinds, StateGraph graph, SearchOptions bounds)
    {
        const long StepsEach = 200_000;
        int[] kept = [.. programs.SelectMany(program => program.Calls).Order()];
        foreach (int spared in kept)
        {
            var meter = new SearchMeter(bounds.Budget with { Steps = Math.Min(bounds.Budget.Steps, StepsEach) }, bounds.IsCancelled);
            ImmutableArray<ProcessProgram> fewer = [.. programs.Select(program => program.Without(spared, isOptional: !graph.IsPure(kinds[spared])))];
            var search = new ProgramSearch(fewer, kinds, graph, meter);
            if (search.Find() is null && meter.Exhausted is null)
            {
                programs = fewer;
            }
        }

        return [.. programs.SelectMany(program => program.Calls).Order()];
    }

    private static ImmutableArray<ProcessProgram> Programs<TOperation, TResult>(int[] numbers, IReadOnlyList<Call<TOperation, TResult>> calls)
    {
        var programs = new SortedDictionary<ProcessId, ProcessProgram>();
        for (int i = 0; i < numbers.Length; i++)
        {
            Call<TOperation, TResult> call = calls[numbers[i]];
            ProcessProgram program = programs.GetValueOrDefault(call.Process, ProcessProgram.Empty);
            programs[call.Process] = program.With(i, call.IsOpen);
        }

        return [.. programs.Values];
    }
}
