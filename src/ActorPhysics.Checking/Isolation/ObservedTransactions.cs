namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// Which transactions are taken to have committed: those that are known to, and those of unknown outcome of whose writes somebody read one,
/// for a transaction takes effect as a whole (Kingsbury &amp; Alvaro, VLDB 2020, §4.1).
/// </summary>
internal static class ObservedTransactions
{
    public static bool[] Of(TransactionHistory history)
    {
        var counted = new bool[history.Count];
        for (int transaction = 0; transaction < history.Count; transaction++)
        {
            counted[transaction] |= history.Outcome(transaction) == TransactionOutcome.Committed;
            if (history.Outcome(transaction) == TransactionOutcome.Committed)
            {
                foreach (MicroOperation operation in history.Operations(transaction))
                {
                    if (operation is { Kind: MicroOperationKind.ReadValue, Argument: >= 0 })
                    {
                        Count(history, operation.Argument, counted);
                    }
                }
            }
        }

        VersionTree versions = history.Versions;
        for (int version = 0; version < versions.Count; version++)
        {
            if (versions.Element(version) >= 0)
            {
                Count(history, versions.Element(version), counted);
            }
        }

        return counted;
    }

    private static void Count(TransactionHistory history, int element, bool[] counted)
    {
        int writer = history.LivingWriter(element);
        if (writer >= 0)
        {
            counted[writer] = true;
        }
    }
}
