namespace ActorPhysics.Checking.Linearizability;

/// <summary>
/// Finds a small set of calls that shows why a part is not linearizable. The part is looked at from some event on (with the states that were
/// possible there) up to the return that no configuration survived, and further until all returned that were open then. There every call is
/// relaxed that can be: a pure one is removed, another may take effect at any time after its invocation, with any result, or never. Relaxing
/// only adds orders, so what remains without an order was without one before; and because it only adds orders, one pass over the calls finds
/// a set of which none can be spared.
/// </summary>
internal sealed class OffendingCalls
{
    // A short window makes a short story, a longer one may need fewer calls to tell it: several are tried.
    private static readonly int[] WindowEvents = [24, 96, 400];

    private readonly Part _part;
    private readonly StateGraph _graph;
    private readonly Func<int, int> _openKindOf;
    private readonly SearchMeter _meter;
    private SearchMode _mode;
    private readonly int _failedAt;

    private int _cut;
    private List<(int State, IReadOnlyList<int> Done)> _start = [];
    private int[] _calls = [];
    private bool[] _relaxed = [];

    /// <param name="openKindOf">The kind of a kind's operation with an unknown outcome.</param>
    /// <param name="mode">That in which the violation was found.</param>
    /// <param name="failedAt">The event that no configuration survived.</param>
    private OffendingCalls(Part part, StateGraph graph, Func<int, int> openKindOf, SearchMeter meter, SearchMode mode, int failedAt)
    {
        (_part, _graph, _openKindOf, _meter, _mode, _failedAt) = (part, graph, openKindOf, meter, mode, failedAt);
    }

    /// <summary>The smallest set that was found, and the story's beginning: an event, and the states possible before it.</summary>
    public sealed record Story(IReadOnlyList<int> Calls, int FromEvent, IReadOnlyList<int> States);

    public static Story Find(Part part, StateGraph graph, Func<int, int> openKindOf, SearchMeter meter, SearchMode mode, int failedAt)
    {
        var search = new OffendingCalls(part, graph, openKindOf, meter, mode, failedAt);
        Story? best = null;
        var forward = new ForwardSearch(part, graph, meter, mode);
        forward.StartAtBirth();
        foreach (int cut in WindowEvents.Select(size => Math.Max(0, failedAt - size)).Distinct().Order())
        {
            if (!forward.TryAdvance(cut))
            {
                break;
            }

            Story story = search.FindFrom(cut, forward.Configurations());
            bool tellsMore = best is null || (story.Calls.Count > 1 && (best.Calls.Count == 1 || story.Calls.Count <= best.Calls.Count));
            best = tellsMore ? story : best;
        }

        return best ?? new Story([~part.Events[failedAt]], failedAt, []);
    }

    private Story FindFrom(int cut, List<(int State, IReadOnlyList<int> Done)> start)
    {
        (_cut, _start) = (cut, start);
        _calls = CallsOfWindow();
        _relaxed = [.. _calls.Select(call => _part.IsOpen(call) || _part.InvocationOf(call) > _part.PositionOf(_failedAt))];
        int[] candidates = [.. Enumerable.Range(0, _calls.Length).Where(i => !_relaxed[i])];
        Relax(candidates);
        if (_mode == SearchMode.Lavish)
        {
            // What a lavish search needs to see, an exact one may not.
            _mode = SearchMode.Exact;
            Relax([.. candidates.Where(i => !_relaxed[i])]);
            _mode = SearchMode.Lavish;
        }

        int[] kept = [.. Enumerable.Range(0, _calls.Length).Where(i => !_relaxed[i]).Select(i => _calls[i])];
        return new Story(kept, cut, [.. start.Select(configuration => configuration.State).Distinct().Order()]);
    }

    /// <summary>Those that are open at the cut, and those that begin between it and the last return of a call that is open at the failure.</summary>
    private int[] CallsOfWindow()
    {
        var calls = new SortedSet<int>();
        int lastReturn = _part.PositionOf(_failedAt);
        for (int i = 0; i < _part.Events.Length && _part.PositionOf(i) <= lastReturn; i++)
        {
            int step = _part.Events[i];
            if (step >= 0)
            {
                calls.Add(step);
                lastReturn = i < _failedAt && !_part.IsOpen(step) ? Math.Max(lastReturn, _part.DeadlineOf(step)) : lastReturn;
            }
            else if (i < _cut)
            {
                calls.Remove(~step);
            }
        }

        return [.. calls];
    }

    /// <summary>Relaxes as many of the candidates as can be: all, or else what can be of either half.</summary>
    private void Relax(ReadOnlySpan<int> candidates)
    {
        if (candidates.IsEmpty)
        {
            return;
        }

        foreach (int candidate in candidates)
        {
            _relaxed[candidate] = true;
        }

        if (IsStillViolated())
        {
            return;
        }

        foreach (int candidate in candidates)
        {
            _relaxed[candidate] = false;
        }

        if (candidates.Length > 1)
        {
            int half = candidates.Length / 2;
            Relax(candidates[..half]);
            Relax(candidates[half..]);
        }
    }

    private bool IsStillViolated()
    {
        int[] kept = [.. Enumerable.Range(0, _calls.Length).Where(i => !_relaxed[i] || !_graph.IsPure(_part.KindOf(_calls[i])))];
        var numbers = new Dictionary<int, int>(kept.Length);
        var kinds = new int[kept.Length];
        var completions = new int[kept.Length];
        for (int i = 0; i < kept.Length; i++)
        {
            int call = _calls[kept[i]];
            numbers.Add(call, i);
            kinds[i] = _relaxed[kept[i]] && !_part.IsOpen(call) ? _openKindOf(_part.KindOf(call)) : _part.KindOf(call);
            completions[i] = _relaxed[kept[i]] ? int.MaxValue : _part.DeadlineOf(call);
        }

        int[] invocations = [.. kept.Select(i => _part.InvocationOf(_calls[i]))];
        int begun = kept.Count(i => _part.InvocationOf(_calls[i]) < _part.PositionOf(_cut));
        var search = new ForwardSearch(Part.Create(kinds, invocations, completions), _graph, _meter, _mode);
        search.StartWithin(begun, _start.Select(configuration =>
            (configuration.State, (IReadOnlyList<int>)[.. configuration.Done.Where(numbers.ContainsKey).Select(call => numbers[call])])));
        return !search.TryAdvanceToEnd() && search.FailedAt >= 0;
    }
}
