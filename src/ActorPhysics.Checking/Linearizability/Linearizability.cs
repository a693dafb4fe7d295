using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using ActorPhysics.Checking.Histories;
using ActorPhysics.Core.Specifications;

namespace ActorPhysics.Checking.Linearizability;

/// <summary>
/// Judges whether a history is linearizable: whether each call can be given one moment between its invocation and its return so that the
/// calls, in the order of these moments, have the results that the specification gives (Herlihy and Wing, "Linearizability", TOPLAS 1990).
/// Where no call concerns the whole object each part is judged by itself (theorem 1 there).
/// </summary>
public static class Linearizability
{
    // Finding a small witness may cost as much again as the verdict, but no more than this.
    private const long WitnessSteps = 20_000_000;
    private const int MaxStatesTold = 8;

    // What is quick and often enough comes first.
    private static readonly SearchMode[] Modes = [SearchMode.Frugal, SearchMode.Thrifty, SearchMode.Lavish, SearchMode.Exact];

    /// <param name="calls">In any order; no two events share a position.</param>
    /// <param name="describe">What a drawing says of a call, by its number; by default its operation and its result.</param>
    /// <returns>A verdict that names calls by their numbers in <paramref name="calls"/>.</returns>
    public static ConsistencyVerdict Check<TState, TOperation, TResult>(
        Specification<TState, TOperation, TResult> specification,
        IReadOnlyList<Call<TOperation, TResult>> calls,
        SearchOptions? options = null,
        Func<int, string>? describe = null)
        where TState : IEquatable<TState>
        where TResult : IEquatable<TResult>
    {
        SearchOptions bounds = options ?? SearchOptions.Default;
        List<List<int>> parts = Partition(specification, calls);
        int sharers = Math.Clamp(bounds.PartsAtOnce, 1, Math.Max(1, parts.Count));
        bounds = bounds with { Budget = bounds.Budget with { MemoryBytes = bounds.Budget.MemoryBytes / sharers } };
        var verdicts = new PartVerdict?[parts.Count];
        int firstViolated = int.MaxValue;
        bounds.Parts(parts.Count, part =>
        {
            // A part that comes after a violated one need not be looked at: the first violation is told, whatever runs at once.
            if (part < firstViolated)
            {
                var judge = new PartJudge<TState, TOperation, TResult>(specification, calls, parts[part], bounds, describe ?? (call => Describe(calls[call])));
                verdicts[part] = judge.Judge();
                firstViolated = verdicts[part]!.Violation is null ? firstViolated : Math.Min(firstViolated, part);
            }
        });
        return Combine(verdicts, call => calls[call].Invoked);
    }

    private static ConsistencyVerdict Combine(PartVerdict?[] verdicts, Func<int, EventPosition> invokedAt)
    {
        if (Array.Find(verdicts, verdict => verdict?.Violation is not null) is { } violated)
        {
            return violated.Violation!;
        }

        if (Array.Find(verdicts, verdict => verdict?.Undecided is not null) is { } undecided)
        {
            return new ConsistencyVerdict.Undecided(undecided.Undecided!);
        }

        return new ConsistencyVerdict.Holds(Merge([.. verdicts.Select(verdict => verdict!.Order)], invokedAt));
    }

    /// <summary>
    /// One order out of those of the parts. A call's moment is the latest invocation among those up to it in its part's order: that lies within
    /// the call, for no call returned before one that precedes it in the order was invoked.
    /// </summary>
    private static ImmutableArray<int> Merge(ImmutableArray<List<int>> orders, Func<int, EventPosition> invokedAt)
    {
        if (orders.Length == 1)
        {
            return [.. orders[0]];
        }

        List<(int Moment, int Part, int Place, int Call)> moments = [];
        for (int part = 0; part < orders.Length; part++)
        {
            int moment = -1;
            for (int place = 0; place < orders[part].Count; place++)
            {
                moment = Math.Max(moment, invokedAt(orders[part][place]).Number);
                moments.Add((moment, part, place, orders[part][place]));
            }
        }

        moments.Sort();
        return [.. moments.Select(moment => moment.Call)];
    }

    /// <summary>The numbers of the calls of each part in the order of their invocations, without reads that never returned: they tell nothing.</summary>
    private static List<List<int>> Partition<TState, TOperation, TResult>(
        Specification<TState, TOperation, TResult> specification,
        IReadOnlyList<Call<TOperation, TResult>> calls)
        where TState : IEquatable<TState>
        where TResult : IEquatable<TResult>
    {
        List<int> all = new(calls.Count);
        bool sorted = true;
        for (int call = 0; call < calls.Count; call++)
        {
            if (!calls[call].IsOpen || !specification.IsReadOnly(calls[call].Operation))
            {
                sorted &= all.Count == 0 || calls[all[^1]].Invoked < calls[call].Invoked;
                all.Add(call);
            }
        }

        if (!sorted)
        {
            all.Sort((left, right) => calls[left].Invoked.CompareTo(calls[right].Invoked));
        }

        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        List<List<int>> parts = [];
        foreach (int call in all)
        {
            if (specification.PartOf(calls[call].Operation) is not { } name)
            {
                return [all];
            }

            if (!numbers.TryGetValue(name, out int part))
            {
                numbers.Add(name, part = parts.Count);
                parts.Add([]);
            }

            parts[part].Add(call);
        }

        return parts;
    }

    private static string Describe<TOperation, TResult>(in Call<TOperation, TResult> call) =>
        call.IsOpen ? $"{call.Operation}" : $"{call.Operation} -> {call.Result}";

    /// <summary>Exactly one is not null.</summary>
    private sealed record PartVerdict(List<int> Order, ConsistencyVerdict.Violated? Violation, string? Undecided);

    private sealed class PartJudge<TState, TOperation, TResult>
        where TState : IEquatable<TState>
        where TResult : IEquatable<TResult>
    {
        private readonly IReadOnlyList<Call<TOperation, TResult>> _calls;
        private readonly List<int> _numbers;
        private readonly SearchOptions _bounds;
        private readonly Func<int, string> _describe;
        private readonly SearchMeter _meter;
        private readonly SpecificationGraph<TState, TOperation, TResult> _graph;
        private readonly Part _part;

        public PartJudge(
            Specification<TState, TOperation, TResult> specification,
            IReadOnlyList<Call<TOperation, TResult>> calls,
            List<int> numbers,
            SearchOptions bounds,
            Func<int, string> describe)
        {
            (_calls, _numbers, _bounds, _describe) = (calls, numbers, bounds, describe);
            _meter = new SearchMeter(bounds.Budget, bounds.IsCancelled);
            _graph = new SpecificationGraph<TState, TOperation, TResult>(specification, _meter);
            var kinds = new int[numbers.Count];
            var invocations = new int[numbers.Count];
            var completions = new int[numbers.Count];
            for (int i = 0; i < numbers.Count; i++)
            {
                Call<TOperation, TResult> call = calls[numbers[i]];
                (kinds[i], invocations[i], completions[i]) = (_graph.KindOf(call), call.Invoked.Number, call.Completed.Number);
            }

            _part = Part.Create(kinds, invocations, completions);
        }

        public PartVerdict Judge()
        {
            foreach (SearchMode mode in _part.HasUnknown ? Modes : [SearchMode.Exact])
            {
                var search = new ForwardSearch(_part, _graph, _meter, mode);
                search.StartAtBirth();
                if (search.TryAdvanceToEnd() && mode != SearchMode.Lavish)
                {
                    return new PartVerdict(search.Order().ConvertAll(call => _numbers[call]), null, null);
                }

                if (search.FailedAt >= 0 && mode is SearchMode.Lavish or SearchMode.Exact)
                {
                    return new PartVerdict([], Explain(search.FailedAt, mode), null);
                }
            }

            return new PartVerdict([], null, _meter.Exhausted);
        }

        private ConsistencyVerdict.Violated Explain(int failedAt, SearchMode mode)
        {
            var meter = new SearchMeter(_bounds.Budget with { Steps = Math.Min(_bounds.Budget.Steps, WitnessSteps + _meter.Steps) }, _bounds.IsCancelled);
            OffendingCalls.Story story = OffendingCalls.Find(_part, _graph, _graph.OpenKindOf, meter, mode, failedAt);
            int[] calls = [.. story.Calls.Select(call => _numbers[call])];
            var drawing = new StringBuilder();
            if (story.States.Count > 0)
            {
                string states = string.Join(" or ", story.States.Take(MaxStatesTold).Select(_graph.Describe));
                string more = story.States.Count > MaxStatesTold ? string.Create(CultureInfo.InvariantCulture, $" or {story.States.Count - MaxStatesTold} others") : "";
                drawing.Append(story.FromEvent == 0 ? "At first the state is " : "What came before leaves the state ").Append(states).Append(more).Append(".\n");
            }

            drawing.Append(TimeDiagram.Draw(calls.Select(call =>
                new TimeDiagram.Row(TimeDiagram.NameOf(_calls[call].Process), _describe(call), _calls[call].Invoked, _calls[call].Completed))));
            drawing.Append("No order of these has these results, wherever the other operations took effect.\n");
            return new ConsistencyVerdict.Violated([.. calls], drawing.ToString());
        }
    }
}
