namespace ActorPhysics.Checking.Causal;

/// <summary>
/// What happened before what: the transitive closure of session order and reads, as a vector for each transaction that holds for each session
/// how much of it precedes (Mattern 1988; as used by AWDIT, Møldrup &amp; Pavlogiannis, PLDI 2025).
/// </summary>
internal sealed class Causality
{
    private readonly SessionHistory _sessions;
    private readonly int[] _before;

    private Causality(SessionHistory sessions, int[] before)
    {
        _sessions = sessions;
        _before = before;
    }

    /// <param name="order">The transactions, each after all that it directly follows.</param>
    /// <returns>Null where the vectors would take more memory than is left.</returns>
    public static Causality? Of(SessionHistory sessions, IEnumerable<int> order, SearchMeter meter)
    {
        long size = (long)sessions.History.Count * sessions.Sessions;
        if (size * sizeof(int) > meter.LeftBytes || size > Array.MaxLength)
        {
            return null;
        }

        meter.Checkpoint(size * sizeof(int));
        var causality = new Causality(sessions, new int[size]);
        foreach (int transaction in order)
        {
            if (transaction < sessions.History.Count && sessions.Counted[transaction])
            {
                meter.Spend(0);
                causality.Join(transaction);
            }
        }

        return causality;
    }

    /// <summary>How many transactions of a session, from its first, happened before a transaction.</summary>
    public int Before(int transaction, int session) => Vector(transaction)[session];

    public bool HappenedBefore(int first, int second)
    {
        int origin = SessionHistory.Origin(_sessions.History);
        return first != second && second != origin && (first == origin || Before(second, _sessions.SessionOf[first]) > _sessions.PlaceOf[first]);
    }

    private Span<int> Vector(int transaction) => _before.AsSpan(transaction * _sessions.Sessions, _sessions.Sessions);

    private void Join(int transaction)
    {
        Join(transaction, _sessions.Predecessor[transaction]);
        foreach (ExternalRead read in _sessions.Reads(transaction))
        {
            Join(transaction, read.Writer);
        }
    }

    private void Join(int transaction, int before)
    {
        if (before == SessionHistory.Origin(_sessions.History))
        {
            return;
        }

        Span<int> mine = Vector(transaction);
        Span<int> its = Vector(before);
        int session = _sessions.SessionOf[before];
        if (mine[session] > _sessions.PlaceOf[before])
        {
            return;
        }

        for (int i = 0; i < mine.Length; i++)
        {
            mine[i] = Math.Max(mine[i], its[i]);
        }

        mine[session] = _sessions.PlaceOf[before] + 1;
    }
}
