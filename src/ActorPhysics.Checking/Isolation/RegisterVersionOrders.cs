namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// What is known of the order of each register's versions: a graph over elements, and over one node for each key's initial value. Sources
/// of order are added one after another; one that contradicts those before is reported and left out (Elle §5: cyclic versions).
/// </summary>
internal sealed class RegisterVersionOrders
{
    // A pair here and in the list of what is accepted.
    private const int PairBytes = 32;

    private readonly TransactionHistory _history;
    private readonly SearchMeter _meter;
    private readonly List<(int Before, int After)> _accepted = [];

    public RegisterVersionOrders(TransactionHistory history, List<RegisterAccess> accesses, RegisterAssumptions assumptions, SearchMeter meter)
    {
        _meter = meter;
        _history = history;
        Accept(InitialFirst(accesses), "the initial value comes first");
        if (assumptions.HasFlag(RegisterAssumptions.WritesFollowReads))
        {
            Accept(WritesAfterReads(accesses), "writes follow reads");
        }

        if (assumptions.HasFlag(RegisterAssumptions.SequentialKeys))
        {
            Accept(AlongProcesses(accesses), "keys are sequentially consistent");
        }

        if (assumptions.HasFlag(RegisterAssumptions.LinearizableKeys))
        {
            Accept(AlongTime(accesses), "keys are linearizable");
        }
    }

    /// <summary>Versions that precede each other, with the assumption that closed the circle: all of one key.</summary>
    public List<(int[] Versions, string Source)> Cycles { get; } = [];

    /// <summary>Pairs of versions; the initial value of a key is <c>ElementCount + key</c>.</summary>
    public IReadOnlyList<(int Before, int After)> Pairs => _accepted;

    public int InitialOf(int key) => _history.ElementCount + key;

    private int Node(int key, int version) => version == TransactionHistory.Initial ? InitialOf(key) : version;

    private void Accept(List<(int Before, int After)> pairs, string source)
    {
        var graph = new DependencyGraph.Builder(_history.ElementCount + _history.KeyCount, _meter);
        foreach ((int before, int after) in _accepted.Concat(pairs))
        {
            graph.Add(before, after, Dependency.WriteWrite);
        }

        DependencyGraph built = graph.Build();
        StronglyConnected cycles = StronglyConnected.Find(new KindView(built, Dependency.WriteWrite, regions: null), _meter);
        _meter.Release(built.HeldBytes);
        if (cycles.Count == 0)
        {
            _accepted.AddRange(pairs.Where(pair => pair.Before != pair.After));
            return;
        }

        var members = new List<int>[cycles.Count];
        for (int node = 0; node < cycles.Component.Length; node++)
        {
            if (cycles.Component[node] >= 0)
            {
                (members[cycles.Component[node]] ??= []).Add(node);
            }
        }

        Cycles.AddRange(members.Select(nodes => (nodes.ToArray(), source)));
    }

    private List<(int Before, int After)> InitialFirst(List<RegisterAccess> accesses)
    {
        var pairs = new List<(int Before, int After)>();
        var known = new bool[_history.ElementCount];
        foreach (RegisterAccess access in accesses)
        {
            foreach (int element in (ReadOnlySpan<int>)[access.Read, access.Written])
            {
                if (element >= 0 && !known[element])
                {
                    known[element] = true;
                    pairs.Add((InitialOf(access.Key), element));
                }
            }
        }

        return pairs;
    }

    private static List<(int Before, int After)> WritesAfterReads(List<RegisterAccess> accesses) =>
        [.. accesses.Where(access => access is { Read: >= 0, Written: >= 0 }).Select(access => (access.Read, access.Written))];

    private List<(int Before, int After)> AlongProcesses(List<RegisterAccess> accesses)
    {
        var pairs = new List<(int Before, int After)>();
        var last = new Dictionary<(long Process, int Key), RegisterAccess>();
        foreach (RegisterAccess access in accesses.OrderBy(access => _history.Begun(access.Transaction)))
        {
            (long, int) place = (_history.Process(access.Transaction), access.Key);
            if (last.TryGetValue(place, out RegisterAccess before) && _history.Ended(before.Transaction) < _history.Begun(access.Transaction))
            {
                AddPair(pairs, before, access);
            }

            if (_history.Outcome(access.Transaction) == TransactionOutcome.Committed)
            {
                last[place] = access;
            }
        }

        return pairs;
    }

    /// <summary>For each key, each access comes after the latest accesses that had ended before it began.</summary>
    private List<(int Before, int After)> AlongTime(List<RegisterAccess> accesses)
    {
        var pairs = new List<(int Before, int After)>();
        Grouping byKey = Grouping.Of(_history.KeyCount, [.. accesses.Select((access, i) => (access.Key, i))]);
        for (int key = 0; key < _history.KeyCount; key++)
        {
            var moments = new List<(long Moment, int Access)>();
            foreach (int i in byKey[key])
            {
                moments.Add(((long)_history.Begun(accesses[i].Transaction) << 1, i));
                moments.Add((((long)_history.Ended(accesses[i].Transaction) << 1) | 1, i));
            }

            moments.Sort();
            var frontier = new List<RegisterAccess>();
            foreach ((long moment, int i) in moments)
            {
                Meet(accesses[i], ended: (moment & 1) != 0, frontier, pairs);
            }
        }

        return pairs;
    }

    private void Meet(RegisterAccess access, bool ended, List<RegisterAccess> frontier, List<(int Before, int After)> pairs)
    {
        if (!ended)
        {
            frontier.ForEach(before => AddPair(pairs, before, access));
        }
        else if (_history.Outcome(access.Transaction) == TransactionOutcome.Committed)
        {
            frontier.RemoveAll(before => _history.Ended(before.Transaction) < _history.Begun(access.Transaction));
            frontier.Add(access);
        }
    }

    private void AddPair(List<(int Before, int After)> pairs, RegisterAccess before, RegisterAccess after)
    {
        _meter.Spend(PairBytes);
        if (before.Last != TransactionHistory.Unseen && after.First != TransactionHistory.Unseen)
        {
            int first = Node(before.Key, before.Last);
            int second = Node(after.Key, after.First);
            if (first != second)
            {
                pairs.Add((first, second));
            }
        }
    }
}
