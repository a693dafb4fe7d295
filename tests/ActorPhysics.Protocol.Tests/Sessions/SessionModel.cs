using ActorPhysics.Protocol.Sessions;

namespace ActorPhysics.Protocol.Tests.Sessions;

/// <summary>The session table's rules in their plainest form: lists searched from end to end.</summary>
internal sealed class SessionModel(SessionLimits limits)
{
    private const int ShareBytes = 96;

    private readonly List<Entry> _byUse = [];
    private ulong _time;

    public int Count => _byUse.Count;
    public long RetainedBytes => _byUse.Sum(Retained);

    public ulong FloorOf(SessionId id) => _byUse.Find(entry => entry.Id == id)?.Floor ?? 0;

    public void AdvanceTo(ulong time)
    {
        _time = Math.Max(_time, time);
        _byUse.RemoveAll(entry => _time - entry.LastActive > limits.IdleTimeoutMs);
    }

    public void Open(SessionId id, SessionNonce nonce)
    {
        if (_byUse.Find(entry => entry.Nonce == nonce) is { } known)
        {
            Assert.Equal(known.Id, id);
            Use(known);
            return;
        }

        if (_byUse.Count == limits.MaxSessions)
        {
            _byUse.RemoveAt(0);
        }

        _byUse.Add(new Entry(id, nonce) { LastActive = _time });
    }

    public void Close(SessionId id) => _byUse.RemoveAll(entry => entry.Id == id);

    public bool KeepAlive(SessionId id, ulong completedThrough)
    {
        if (_byUse.Find(entry => entry.Id == id) is not { } known)
        {
            return false;
        }

        Use(known);
        Complete(known, completedThrough);
        return true;
    }

    public string Run(SessionId id, ulong sequence, string result, ulong completedThrough)
    {
        if (sequence == 0)
        {
            return "Malformed";
        }

        if (!KeepAlive(id, completedThrough))
        {
            return "SessionExpired";
        }

        Entry known = _byUse[^1];
        if (sequence <= known.Floor)
        {
            return "SessionExpired";
        }

        if (known.Results.TryGetValue(sequence, out string? first))
        {
            return "repeat " + first;
        }

        if (sequence - known.Floor > (ulong)limits.WindowCommands || Retained(known) >= limits.MaxRetainedBytesPerSession)
        {
            return "SessionWindowFull";
        }

        known.Results.Add(sequence, result);
        while (RetainedBytes > limits.MaxRetainedBytes && _byUse.Count > 1)
        {
            _byUse.RemoveAt(0);
        }

        return "execute";
    }

    private void Use(Entry entry)
    {
        entry.LastActive = _time;
        _byUse.Remove(entry);
        _byUse.Add(entry);
    }

    private static void Complete(Entry entry, ulong through)
    {
        entry.Floor = Math.Max(entry.Floor, through);
        foreach (ulong done in entry.Results.Keys.Where(sequence => sequence <= through).ToList())
        {
            entry.Results.Remove(done);
        }
    }

    private static long Retained(Entry entry) => entry.Results.Values.Sum(result => (long)result.Length + ShareBytes);

    private sealed class Entry(SessionId id, SessionNonce nonce)
    {
        public SessionId Id { get; } = id;
        public SessionNonce Nonce { get; } = nonce;
        public ulong LastActive { get; set; }
        public ulong Floor { get; set; }
        public Dictionary<ulong, string> Results { get; } = [];
    }
}
