using ActorPhysics.Checking.Isolation;

namespace ActorPhysics.Checking.Tests.Isolation;

/// <summary>
/// Decides tiny histories by trying everything: every set of the transactions of unknown outcome, and every order of the
/// transactions (or, for snapshot isolation, of their beginnings and commits). Shares nothing with the checker but the history.
/// </summary>
internal sealed class BruteForce(TransactionHistory history)
{
    private readonly Dictionary<int, List<int>> _store = [];

    public bool IsSerializable(bool realtime) => Subsets().Any(set => Serialize(set, realtime));

    public bool IsSnapshotIsolated() => Subsets().Any(set => Commit(set, []));

    private IEnumerable<List<int>> Subsets()
    {
        int[] certain = [.. Where(TransactionOutcome.Committed)];
        int[] possible = [.. Where(TransactionOutcome.Unknown)];
        return Enumerable.Range(0, 1 << possible.Length).Select(bits => (List<int>)[.. certain, .. possible.Where((_, i) => (bits >> i & 1) != 0)]);
    }

    private IEnumerable<int> Where(TransactionOutcome outcome) => Enumerable.Range(0, history.Count).Where(t => history.Outcome(t) == outcome);

    private bool Serialize(List<int> left, bool realtime)
    {
        foreach (int next in left)
        {
            if (realtime && left.Exists(other => history.Ended(other) < history.Begun(next)))
            {
                continue;
            }

            List<(int Key, int Element)>? appended = Run(next, key => _store.GetValueOrDefault(key) ?? []);
            if (appended is null)
            {
                continue;
            }

            Install(appended);
            bool possible = Serialize([.. left.Where(other => other != next)], realtime);
            Remove(appended);
            if (possible)
            {
                return true;
            }
        }

        return left.Count == 0;
    }

    /// <param name="open">Transactions that have begun, with what they saw.</param>
    private bool Commit(List<int> left, List<(int Transaction, Dictionary<int, List<int>> Snapshot)> open)
    {
        if (left.Count == 0 && open.Count == 0)
        {
            return true;
        }

        foreach (int next in left)
        {
            var snapshot = _store.ToDictionary(pair => pair.Key, pair => pair.Value.ToList());
            if (Run(next, key => snapshot.GetValueOrDefault(key) ?? []) is not null
                && Commit([.. left.Where(other => other != next)], [.. open, (next, snapshot)]))
            {
                return true;
            }
        }

        foreach ((int next, Dictionary<int, List<int>> snapshot) in open)
        {
            List<(int Key, int Element)> appended = Run(next, key => snapshot.GetValueOrDefault(key) ?? [])!;

            // First committer wins: nobody committed to a key of ours since our snapshot was taken.
            bool conflict = appended.Exists(write => (snapshot.GetValueOrDefault(write.Key)?.Count ?? 0) != (_store.GetValueOrDefault(write.Key)?.Count ?? 0));
            if (conflict)
            {
                continue;
            }

            Install(appended);
            bool possible = Commit(left, [.. open.Where(other => other.Transaction != next)]);
            Remove(appended);
            if (possible)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What a transaction appends on top of a state; null where it cannot have read what it read there.</summary>
    private List<(int Key, int Element)>? Run(int transaction, Func<int, List<int>> state)
    {
        var appended = new List<(int Key, int Element)>();
        foreach (MicroOperation operation in history.Operations(transaction))
        {
            if (operation.IsWrite)
            {
                appended.Add((operation.Key, operation.Argument));
            }
            else if (operation.IsKnownRead)
            {
                // A register is the list of its values, of which a read shows the last.
                IEnumerable<int> list = state(operation.Key).Concat(appended.Where(write => write.Key == operation.Key).Select(write => write.Element));
                bool shown = operation.Kind == MicroOperationKind.ReadList
                    ? list.SequenceEqual(history.ElementsOf(operation.Argument))
                    : list.LastOrDefault(TransactionHistory.Initial) == operation.Argument;
                if (!shown)
                {
                    return null;
                }
            }
        }

        return appended;
    }

    private void Install(List<(int Key, int Element)> appended)
    {
        foreach ((int key, int element) in appended)
        {
            _store.TryAdd(key, []);
            _store[key].Add(element);
        }
    }

    private void Remove(List<(int Key, int Element)> appended) => appended.ForEach(write => _store[write.Key].RemoveAt(_store[write.Key].Count - 1));
}
