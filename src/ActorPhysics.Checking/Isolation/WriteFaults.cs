namespace ActorPhysics.Checking.Isolation;

/// <summary>What is known of elements from their writers alone.</summary>
internal sealed class WriteFaults
{
    public WriteFaults(TransactionHistory history)
    {
        Intermediate = new bool[history.ElementCount];
        var last = new int[history.KeyCount];
        Array.Fill(last, TransactionHistory.Nobody);
        for (int transaction = 0; transaction < history.Count; transaction++)
        {
            foreach (MicroOperation write in history.Operations(transaction))
            {
                if (!write.IsWrite || history.Writer(write.Argument) != transaction)
                {
                    continue;
                }

                int before = last[write.Key];
                if (before >= 0 && history.Writer(before) == transaction)
                {
                    Intermediate[before] = true;
                }

                last[write.Key] = write.Argument;
            }
        }
    }

    /// <summary>Whether its own writer wrote the key again after it.</summary>
    public bool[] Intermediate { get; }

    public static bool IsAborted(TransactionHistory history, int element) =>
        history.Writer(element) is var writer and >= 0 && history.Outcome(writer) == TransactionOutcome.Aborted;
}
