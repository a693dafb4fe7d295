using ActorPhysics.Checking.Isolation;

namespace ActorPhysics.Checking.Causal;

/// <summary>Reads that no level allows, whatever the order: of values that aborted, were overwritten by their own writer, or came from nowhere.</summary>
internal static class ReadFaults
{
    /// <summary>Of each kind the first.</summary>
    public static IEnumerable<CausalAnomaly> Find(TransactionHistory history)
    {
        var faults = new WriteFaults(history);
        var own = new KeyStates<Own>(history.KeyCount);
        var found = new Dictionary<string, CausalAnomaly>(StringComparer.Ordinal);
        for (int transaction = 0; transaction < history.Count; transaction++)
        {
            if (history.Outcome(transaction) != TransactionOutcome.Committed)
            {
                continue;
            }

            own.Clear();
            foreach (MicroOperation operation in history.Operations(transaction))
            {
                if (operation.IsWrite)
                {
                    Note(own, operation);
                }
                else if (operation.IsKnownRead && Judge(history, faults, transaction, operation, own.Find(operation.Key)?.Element) is var (name, writer))
                {
                    found.TryAdd(name, new CausalAnomaly(
                        CausalLevel.ReadCommitted,
                        name,
                        writer >= 0 && writer != transaction ? [writer, transaction] : [transaction],
                        [$"{history.Name(transaction)} did {history.Describe(operation)}"]));
                }
            }
        }

        return found.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value);
    }

    private static void Note(KeyStates<Own> own, MicroOperation write)
    {
        if (own.Find(write.Key) is { } known)
        {
            known.Element = write.Argument;
        }
        else
        {
            own.Add(write.Key, new Own { Element = write.Argument });
        }
    }

    private static (string Name, int Writer)? Judge(TransactionHistory history, WriteFaults faults, int reader, MicroOperation read, int? own)
    {
        int element = read.Argument;
        if (own is { } mine)
        {
            return mine == element ? null : ("internal", reader);
        }

        if (element == TransactionHistory.Initial)
        {
            return null;
        }

        int writer = history.Writer(element);
        return writer == TransactionHistory.Nobody ? ("unwritten-read", writer)
            : writer == reader ? ("future-read", writer)
            : WriteFaults.IsAborted(history, element) ? ("G1a", writer)
            : faults.Intermediate[element] ? ("G1b", writer)
            : null;
    }

    private sealed class Own
    {
        public int Element { get; set; }
    }
}
