namespace ActorPhysics.Checking.Isolation;

/// <summary>What is wrong with transactions over registers without any cycle of transactions.</summary>
internal static class RegisterAnomalies
{
    public static void Find(TransactionHistory history, RegisterVersionOrders orders, AnomalyList anomalies)
    {
        var faults = new WriteFaults(history);
        var state = new KeyStates<Register>(history.KeyCount);
        for (int transaction = 0; transaction < history.Count; transaction++)
        {
            if (history.Outcome(transaction) != TransactionOutcome.Committed)
            {
                continue;
            }

            state.Clear();
            foreach (MicroOperation operation in history.Operations(transaction))
            {
                if (operation.IsKnownRead && operation.Argument >= 0)
                {
                    JudgeRead(history, faults, transaction, operation, state.Find(operation.Key)?.Value, anomalies);
                }

                JudgeInside(history, transaction, operation, state, anomalies);
            }
        }

        LostUpdates.Find(history, anomalies);
        AddCyclicVersions(history, orders, anomalies);
    }

    private static void JudgeRead(
        TransactionHistory history, WriteFaults faults, int reader, MicroOperation read, int? own, AnomalyList anomalies)
    {
        int writer = history.Writer(read.Argument);
        if (WriteFaults.IsAborted(history, read.Argument))
        {
            Add(AnomalyKind.AbortedRead, "which aborted");
        }
        else if (writer != reader && writer >= 0 && faults.Intermediate[read.Argument])
        {
            Add(AnomalyKind.IntermediateRead, "which wrote the key again");
        }
        else if (writer == reader && own is null)
        {
            Add(AnomalyKind.FutureRead, "itself, only later");
        }

        void Add(AnomalyKind kind, string reason) => anomalies.Add(
            new AnomalyType(kind),
            writer == reader ? [reader] : [writer, reader],
            () => [$"{history.Name(reader)} did {history.Describe(read)}, written by {history.Name(writer)}, {reason}"]);
    }

    private static void JudgeInside(
        TransactionHistory history, int transaction, MicroOperation operation, KeyStates<Register> state, AnomalyList anomalies)
    {
        if (!operation.IsWrite && !operation.IsKnownRead)
        {
            return;
        }

        if (state.Find(operation.Key) is not { } register)
        {
            state.Add(operation.Key, new Register { Value = operation.Argument });
            return;
        }

        int expected = register.Value;
        if (!operation.IsWrite && expected != operation.Argument)
        {
            anomalies.Add(
                new AnomalyType(AnomalyKind.InternalInconsistency),
                [transaction],
                () => [$"{history.Name(transaction)} did {history.Describe(operation)} where its own operations before imply {history.ElementName(expected)}"]);
        }

        register.Value = operation.Argument;
    }

    private static void AddCyclicVersions(TransactionHistory history, RegisterVersionOrders orders, AnomalyList anomalies)
    {
        foreach ((int[] versions, string source) in orders.Cycles)
        {
            int key = versions[0] < history.ElementCount ? history.KeyOf(versions[0]) : versions[0] - history.ElementCount;
            int[] writers = [.. versions.Where(version => version < history.ElementCount).Select(history.Writer).Where(writer => writer >= 0)];
            string names = string.Join(", ", versions.Select(version => history.ElementName(version < history.ElementCount ? version : TransactionHistory.Initial)));
            anomalies.Add(
                new AnomalyType(AnomalyKind.CyclicVersions),
                writers,
                () => [$"the versions {names} of {history.KeyName(key)} come before each other if {source}"]);
        }
    }

    private sealed class Register
    {
        public int Value { get; set; }
    }
}
