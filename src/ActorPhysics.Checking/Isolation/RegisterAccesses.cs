namespace ActorPhysics.Checking.Isolation;

/// <summary>What a transaction shows the others of a register: what it read there before it wrote, and what it wrote last.</summary>
/// <param name="Read">An element, <see cref="TransactionHistory.Initial"/>, or <see cref="TransactionHistory.Unseen"/> for none.</param>
/// <param name="Written">An element; <see cref="TransactionHistory.Unseen"/> for none.</param>
internal readonly record struct RegisterAccess(int Transaction, int Key, int Read, int Written)
{
    /// <summary>The version after the transaction.</summary>
    public int Last => Written >= 0 ? Written : Read;

    /// <summary>The version before it, as far as it shows.</summary>
    public int First => Read != TransactionHistory.Unseen ? Read : Written;
}

/// <summary>The accesses of all transactions that count as committed, in their order, of each in the order of its first touch of the key.</summary>
internal static class RegisterAccesses
{
    public static List<RegisterAccess> Of(TransactionHistory history)
    {
        bool[] counted = ObservedTransactions.Of(history);
        var accesses = new List<RegisterAccess>();
        var place = new int[history.KeyCount];
        Array.Fill(place, -1);
        for (int transaction = 0; transaction < history.Count; transaction++)
        {
            if (!counted[transaction])
            {
                continue;
            }

            int first = accesses.Count;
            foreach (MicroOperation operation in history.Operations(transaction))
            {
                if (place[operation.Key] < first)
                {
                    place[operation.Key] = accesses.Count;
                    accesses.Add(new RegisterAccess(transaction, operation.Key, TransactionHistory.Unseen, TransactionHistory.Unseen));
                }

                accesses[place[operation.Key]] = With(accesses[place[operation.Key]], operation);
            }
        }

        return accesses;
    }

    private static RegisterAccess With(RegisterAccess access, MicroOperation operation)
    {
        if (operation.IsWrite)
        {
            return access with { Written = operation.Argument };
        }

        bool external = access is { Read: TransactionHistory.Unseen, Written: TransactionHistory.Unseen };
        return external ? access with { Read = operation.Argument } : access;
    }
}
