using ActorPhysics.Checking.Isolation;

namespace ActorPhysics.Checking.Causal;

/// <summary>A read that shows something of others: not one of the transaction's own write.</summary>
/// <param name="Writer">The transaction that wrote the value; <see cref="SessionHistory.Origin"/> for the value before all writes.</param>
internal readonly record struct ExternalRead(int Key, int Writer);

/// <summary>
/// Transactions over registers seen as sessions: who follows whom, who read from whom, who wrote what last. A transaction of unknown outcome
/// whose writes were read stands at the end of a session of its own: its process may go on before it takes effect.
/// </summary>
internal sealed class SessionHistory
{
    private readonly int[][] _writtenKeys;
    private readonly ExternalRead[][] _reads;
    private readonly List<List<int>> _sessions = [];
    private readonly Dictionary<(int Session, int Key), List<int>> _writes = [];
    private readonly List<int>[] _writingSessions;

    public SessionHistory(TransactionHistory history)
    {
        History = history;
        Counted = ObservedTransactions.Of(history);
        SessionOf = new int[history.Count];
        PlaceOf = new int[history.Count];
        Predecessor = new int[history.Count];
        Array.Fill(SessionOf, -1);
        Array.Fill(Predecessor, Origin(history));
        _writtenKeys = new int[history.Count][];
        _reads = new ExternalRead[history.Count][];
        _writingSessions = new List<int>[history.KeyCount];
        BuildSessions();
        for (int transaction = 0; transaction < history.Count; transaction++)
        {
            BuildAccesses(transaction);
        }

        IndexWrites();
    }

    public TransactionHistory History { get; }

    /// <summary>Which transactions are taken to have committed.</summary>
    public bool[] Counted { get; }

    public int[] SessionOf { get; }

    /// <summary>The place of a transaction in its session, from 0.</summary>
    public int[] PlaceOf { get; }

    /// <summary>The transaction after which a transaction's session put it; the origin for the first.</summary>
    public int[] Predecessor { get; }

    public int Sessions => _sessions.Count;

    /// <summary>Stands for the transaction that wrote every key's initial value before all others.</summary>
    public static int Origin(TransactionHistory history) => history.Count;

    public IReadOnlyList<int> Session(int session) => _sessions[session];

    /// <summary>The reads of a transaction in their order.</summary>
    public ReadOnlySpan<ExternalRead> Reads(int transaction) => _reads[transaction];

    public ReadOnlySpan<int> WrittenKeys(int transaction) => _writtenKeys[transaction];

    public bool Writes(int transaction, int key) => Array.BinarySearch(_writtenKeys[transaction], key) >= 0;

    /// <summary>Sessions that write a key, in ascending order.</summary>
    public IReadOnlyList<int> WritingSessions(int key) => _writingSessions[key] ?? (IReadOnlyList<int>)[];

    /// <summary>The last transaction of a session, at a place up to the given one, that writes a key; -1 where there is none.</summary>
    public int LastWrite(int session, int key, int place)
    {
        if (place < 0 || !_writes.TryGetValue((session, key), out List<int>? places))
        {
            return -1;
        }

        int found = places.BinarySearch(place);
        found = found >= 0 ? found : ~found - 1;
        return found >= 0 ? _sessions[session][places[found]] : -1;
    }

    /// <summary>The element that a transaction left a key with.</summary>
    public string WrittenValue(int transaction, int key)
    {
        string value = "nil";
        if (transaction < History.Count)
        {
            foreach (MicroOperation operation in History.Operations(transaction))
            {
                value = operation.IsWrite && operation.Key == key ? History.ElementName(operation.Argument) : value;
            }
        }

        return value;
    }

    private void BuildSessions()
    {
        int[] order = [.. Enumerable.Range(0, History.Count).Where(transaction => Counted[transaction])];
        int[] begun = Array.ConvertAll(order, History.Begun);
        Array.Sort(begun, order);
        var sessionOfProcess = new Dictionary<long, int>();
        foreach (int transaction in order)
        {
            bool known = sessionOfProcess.TryGetValue(History.Process(transaction), out int session);
            int before = known ? _sessions[session][^1] : SessionHistory.Origin(History);
            bool certain = History.Outcome(transaction) == TransactionOutcome.Committed;
            if (!known || !certain)
            {
                session = _sessions.Count;
                _sessions.Add([]);
                if (certain)
                {
                    sessionOfProcess[History.Process(transaction)] = session;
                }
            }

            SessionOf[transaction] = session;
            PlaceOf[transaction] = _sessions[session].Count;
            Predecessor[transaction] = before;
            _sessions[session].Add(transaction);
        }
    }

    private void BuildAccesses(int transaction)
    {
        var written = new SortedSet<int>();
        var reads = new List<ExternalRead>();
        foreach (MicroOperation operation in Counted[transaction] ? History.Operations(transaction) : [])
        {
            if (operation.IsWrite)
            {
                written.Add(operation.Key);
            }
            else if (operation.IsKnownRead && !written.Contains(operation.Key))
            {
                // A value of nobody's, or of an aborted transaction's, is a fault of its own and orders nothing.
                int writer = operation.Argument == TransactionHistory.Initial ? Origin(History) : History.LivingWriter(operation.Argument);
                if (writer >= 0 && writer != transaction)
                {
                    reads.Add(new ExternalRead(operation.Key, writer));
                }
            }
        }

        _writtenKeys[transaction] = [.. written];
        _reads[transaction] = [.. reads];
    }

    private void IndexWrites()
    {
        for (int session = 0; session < _sessions.Count; session++)
        {
            for (int place = 0; place < _sessions[session].Count; place++)
            {
                foreach (int key in _writtenKeys[_sessions[session][place]])
                {
                    if (!_writes.TryGetValue((session, key), out List<int>? places))
                    {
                        places = _writes[(session, key)] = [];
                        (_writingSessions[key] ??= []).Add(session);
                    }

                    places.Add(place);
                }
            }
        }
    }
}
