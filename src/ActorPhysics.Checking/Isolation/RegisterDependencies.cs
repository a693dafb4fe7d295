namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// Dependencies between transactions that write and read registers with unique values: reads tell wr edges, ww and rw edges come from as
/// much of the version order as is known (Kingsbury &amp; Alvaro, VLDB 2020, §5).
/// </summary>
internal static class RegisterDependencies
{
    public static void Add(
        TransactionHistory history, List<RegisterAccess> accesses, RegisterVersionOrders orders, DependencyGraph.Builder edges)
    {
        int versions = history.ElementCount + history.KeyCount;
        bool[] final = new bool[history.ElementCount];
        foreach (RegisterAccess access in accesses.Where(access => access.Written >= 0))
        {
            final[access.Written] = history.LivingWriter(access.Written) == access.Transaction;
        }

        Grouping readers = Grouping.Of(versions, Readers(orders, accesses));
        // Several assumptions may tell the same pair; each later writer counts once.
        Grouping later = Grouping.Of(versions, [.. orders.Pairs.Where(pair => pair.After < final.Length && final[pair.After]).Distinct()]);
        AddReads(history, accesses, final, edges);
        for (int version = 0; version < versions; version++)
        {
            ReadOnlySpan<int> after = later[version];
            if (after.IsEmpty)
            {
                continue;
            }

            if (version < final.Length && final[version])
            {
                foreach (int element in after)
                {
                    edges.Add(history.Writer(version), history.Writer(element), Dependency.WriteWrite, element);
                }
            }

            AntiDependencies.Add(history, edges, readers[version], after);
        }
    }

    private static List<(int Version, int Transaction)> Readers(RegisterVersionOrders orders, List<RegisterAccess> accesses) =>
        [.. accesses.Where(access => access.Read != TransactionHistory.Unseen)
            .Select(access => (access.Read == TransactionHistory.Initial ? orders.InitialOf(access.Key) : access.Read, access.Transaction))];

    private static void AddReads(TransactionHistory history, List<RegisterAccess> accesses, bool[] final, DependencyGraph.Builder edges)
    {
        foreach (RegisterAccess access in accesses)
        {
            if (access.Read >= 0 && final[access.Read])
            {
                edges.Add(history.Writer(access.Read), access.Transaction, Dependency.WriteRead, access.Read);
            }
        }
    }
}
