namespace ActorPhysics.Checking.Linearizability;

/// <summary>
/// A specification as a graph of numbers: states, and kinds of calls, where calls with the same operation and the same result are of one
/// kind. What a kind does in a state is computed once and remembered.
/// </summary>
internal abstract class StateGraph
{
    /// <summary>The kind has another result in that state than the call had.</summary>
    public const int Refused = -1;

    private const int Unknown = -2;

    // Up to so many kinds a state has a row with one cell for each; beyond, rows would be mostly empty, and a lossy cache takes their place.
    private const int MaxRowCells = 512;
    private const int CacheSlots = 1 << 14;

    private readonly List<int[]?> _rows = [];
    private (long Key, int Next)[]? _cache;

    /// <summary>The state at birth.</summary>
    public const int Initial = 0;

    public abstract int KindCount { get; }

    protected long RowBytes => KindCount > MaxRowCells ? 0 : sizeof(int) * KindCount;

    /// <summary>Whether calls of the kind leave every state that answers them as it is.</summary>
    public abstract bool IsPure(int kind);

    /// <summary>The state after a call of the kind, or <see cref="Refused"/>.</summary>
    public int Next(int state, int kind)
    {
        if (KindCount > MaxRowCells)
        {
            return NextFromCache(state, kind);
        }

        while (_rows.Count <= state)
        {
            _rows.Add(null);
        }

        int[]? row = _rows[state];
        if (row is null || kind >= row.Length)
        {
            int known = row?.Length ?? 0;
            Array.Resize(ref row, KindCount);
            Array.Fill(row, Unknown, known, row.Length - known);
            _rows[state] = row;
        }

        int next = row[kind];
        return next != Unknown ? next : row[kind] = Compute(state, kind);
    }

    /// <summary>For reports.</summary>
    public abstract string Describe(int state);

    protected abstract int Compute(int state, int kind);

    private int NextFromCache(int state, int kind)
    {
        _cache ??= NewCache();
        long key = ((long)state << 32) | (uint)kind;
        ulong hash = (ulong)key * 0x9E37_79B9_7F4A_7C15;
        ref (long Key, int Next) slot = ref _cache[(int)(hash >> 50)];
        if (slot.Key != key)
        {
            slot = (key, Compute(state, kind));
        }

        return slot.Next;
    }

    private static (long Key, int Next)[] NewCache()
    {
        var cache = new (long Key, int Next)[CacheSlots];
        Array.Fill(cache, (-1, 0));
        return cache;
    }
}
