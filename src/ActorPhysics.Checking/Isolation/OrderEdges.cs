namespace ActorPhysics.Checking.Isolation;

/// <summary>Orders between transactions that their times alone tell.</summary>
internal static class OrderEdges
{
    /// <summary>
    /// Each process's transactions in their order. One whose outcome is unknown may take effect at any later time, so it comes after its
    /// predecessors and before nobody.
    /// </summary>
    public static void AddProcesses(TransactionHistory history, DependencyGraph.Builder edges)
    {
        var last = new Dictionary<long, int>();
        foreach (int transaction in ByBeginning(history))
        {
            long process = history.Process(transaction);
            if (last.TryGetValue(process, out int before) && history.Ended(before) < history.Begun(transaction))
            {
                edges.Add(before, transaction, Dependency.Process);
            }

            if (history.Outcome(transaction) == TransactionOutcome.Committed)
            {
                last[process] = transaction;
            }
        }
    }

    /// <summary>
    /// Whoever ended comes before whoever began later. Instead of an edge for each such pair there is a chain of barriers, one for each
    /// run of endings: a transaction leads to the barrier after its end, and comes from the barrier before its beginning. At most three
    /// edges for each transaction.
    /// </summary>
    public static void AddRealtime(TransactionHistory history, DependencyGraph.Builder edges)
    {
        (long[] moments, int[] who) = Moments(history);
        var ended = new List<int>();
        int barrier = -1;
        for (int i = 0; i < moments.Length; i++)
        {
            int transaction = who[i];
            if (IsEnd(moments[i]))
            {
                ended.Add(transaction);
                continue;
            }

            if (ended.Count > 0)
            {
                int next = edges.AddNode();
                ended.ForEach(before => edges.Add(before, next, Dependency.Realtime));
                ended.Clear();
                if (barrier >= 0)
                {
                    edges.Add(barrier, next, Dependency.Realtime);
                }

                barrier = next;
            }

            if (barrier >= 0)
            {
                edges.Add(barrier, transaction, Dependency.Realtime);
            }
        }
    }

    private static int[] ByBeginning(TransactionHistory history)
    {
        int[] order = [.. Enumerable.Range(0, history.Count).Where(t => history.Outcome(t) != TransactionOutcome.Aborted)];
        int[] begun = Array.ConvertAll(order, history.Begun);
        Array.Sort(begun, order);
        return order;
    }

    private static (long[] Moments, int[] Who) Moments(TransactionHistory history)
    {
        var moments = new List<long>(2 * history.Count);
        var who = new List<int>(2 * history.Count);
        for (int transaction = 0; transaction < history.Count; transaction++)
        {
            if (history.Outcome(transaction) == TransactionOutcome.Aborted)
            {
                continue;
            }

            moments.Add((long)history.Begun(transaction) << 1);
            who.Add(transaction);
            if (history.Outcome(transaction) == TransactionOutcome.Committed)
            {
                moments.Add(((long)history.Ended(transaction) << 1) | 1);
                who.Add(transaction);
            }
        }

        long[] keys = [.. moments];
        int[] items = [.. who];
        Array.Sort(keys, items);
        return (keys, items);
    }

    private static bool IsEnd(long moment) => (moment & 1) != 0;
}
