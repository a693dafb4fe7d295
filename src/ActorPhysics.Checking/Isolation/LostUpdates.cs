namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// Committed transactions that read the same version of a key and then wrote the key: in every serial order the second of them would have
/// read the write of the first. Needs no version order (Berenson et al., SIGMOD 1995, P4).
/// </summary>
internal static class LostUpdates
{
    public static void Find(TransactionHistory history, AnomalyList anomalies)
    {
        int versions = history.Versions.Count;
        List<(int Version, int Transaction)> updates = Updates(history);
        Grouping byVersion = Grouping.Of(versions + history.ElementCount + history.KeyCount, updates);
        foreach (int version in updates.Select(update => update.Version).Distinct().Order())
        {
            int[] rivals = byVersion[version].ToArray();
            if (rivals.Length < 2)
            {
                continue;
            }

            anomalies.Add(new AnomalyType(AnomalyKind.LostUpdate), rivals, () => Explain(history, version, rivals));
        }
    }

    /// <summary>Each update by the version that it is based on: a list's, or an element, or a register's initial value.</summary>
    private static List<(int Version, int Transaction)> Updates(TransactionHistory history)
    {
        var updates = new List<(int Version, int Transaction)>();
        var seen = new KeyStates<Seen>(history.KeyCount);
        for (int transaction = 0; transaction < history.Count; transaction++)
        {
            if (history.Outcome(transaction) != TransactionOutcome.Committed)
            {
                continue;
            }

            seen.Clear();
            foreach (MicroOperation operation in history.Operations(transaction))
            {
                Seen? key = seen.Find(operation.Key);
                if (key is null)
                {
                    seen.Add(operation.Key, new Seen { Version = operation.IsKnownRead ? VersionOf(history, operation) : -1 });
                }
                else if (operation.IsWrite && key.Version >= 0)
                {
                    updates.Add((key.Version, transaction));
                    key.Version = -1;
                }
            }
        }

        return updates;
    }

    private static int VersionOf(TransactionHistory history, MicroOperation read)
    {
        int versions = history.Versions.Count;
        return read.Kind == MicroOperationKind.ReadList ? read.Argument
            : read.Argument >= 0 ? versions + read.Argument
            : versions + history.ElementCount + read.Key;
    }

    private static IEnumerable<string> Explain(TransactionHistory history, int version, int[] rivals)
    {
        foreach (int rival in rivals)
        {
            foreach (MicroOperation read in history.Operations(rival))
            {
                if (read.IsKnownRead && VersionOf(history, read) == version)
                {
                    yield return $"{history.Name(rival)} based its write of {history.KeyName(read.Key)} on: {history.Describe(read)}";
                    break;
                }
            }
        }
    }

    private sealed class Seen
    {
        /// <summary>-1 where the key was written first, or has been counted.</summary>
        public int Version { get; set; }
    }
}
