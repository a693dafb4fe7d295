namespace ActorPhysics.Checking.Linearizability;

/// <summary>
/// A set of configurations without those that another one makes superfluous. Of two with the same state and the same state-changing calls
/// done, one is superfluous when the other has done at least its pure calls and used at most its calls of unknown outcome: whatever can
/// follow the former can follow the latter.
/// </summary>
/// <remarks>Invariant: entries below <see cref="Count"/> are in the order of their insertion; one that became superfluous later is dead until
/// <see cref="Compact"/>.</remarks>
internal sealed class Frontier(ConfigurationLayout layout, SearchMeter meter, int maxAlike)
{
    private const int FirstCapacity = 16;
    private const int Dead = -1;
    private const int None = -1;

    private readonly int _stride = layout.Words;
    private ulong[] _words = [];
    private int[] _states = [];
    private int[] _nodes = [];
    private int[] _chains = [];
    private int[] _heads = [];

    // A head counts only if its stamp is the current one; so that emptying the table costs nothing.
    private int[] _stamps = [];
    private int _stamp;

    public int Count { get; private set; }

    /// <summary>Count without the dead.</summary>
    public int Living { get; private set; }

    public Span<int> Nodes => _nodes.AsSpan(0, Count);

    public Span<ulong> WordsOf(int index) => _words.AsSpan(index * _stride, _stride);

    public int StateOf(int index) => _states[index];

    public bool IsDead(int index) => _states[index] == Dead;

    public void Clear()
    {
        (Count, Living) = (0, 0);
        _stamp++;
    }

    /// <param name="pure">The bits of open pure calls.</param>
    /// <returns>The new entry, or -1 where it would be superfluous, or one too many of those that differ only in what may make one superfluous.</returns>
    public int Add(ReadOnlySpan<ulong> words, int state, ReadOnlySpan<ulong> pure)
    {
        if (Count == _states.Length)
        {
            Grow(pure);
        }

        int bucket = BucketOf(words, state, pure);
        int previous = None;
        int alike = 0;
        for (int i = _stamps[bucket] == _stamp ? _heads[bucket] : None; i != None; i = _chains[i])
        {
            Span<ulong> other = WordsOf(i);
            if (_states[i] == state && SameButPure(words, other, pure))
            {
                if (Covers(other, words, pure))
                {
                    return -1;
                }

                if (Covers(words, other, pure))
                {
                    _states[i] = Dead;
                    Living--;
                    Unlink(bucket, previous, _chains[i]);
                    continue;
                }

                if (++alike >= maxAlike)
                {
                    return -1;
                }
            }

            previous = i;
        }

        words.CopyTo(WordsOf(Count));
        _states[Count] = state;
        Link(bucket, Count);
        Living++;
        return Count++;
    }

    public void SetNode(int index, int node) => _nodes[index] = node;

    /// <summary>Closes the gaps that the dead leave. The table of entries is lost: until <see cref="Clear"/> nothing may be added.</summary>
    public void Compact()
    {
        if (Living == Count)
        {
            return;
        }

        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            if (_states[i] != Dead)
            {
                WordsOf(i).CopyTo(WordsOf(kept));
                (_states[kept], _nodes[kept]) = (_states[i], _nodes[i]);
                kept++;
            }
        }

        Count = kept;
    }

    private bool SameButPure(ReadOnlySpan<ulong> first, ReadOnlySpan<ulong> second, ReadOnlySpan<ulong> pure)
    {
        for (int i = 0; i < pure.Length; i++)
        {
            if (((first[i] ^ second[i]) & ~pure[i]) != 0)
            {
                return false;
            }
        }

        return true;
    }

    private bool Covers(ReadOnlySpan<ulong> first, ReadOnlySpan<ulong> second, ReadOnlySpan<ulong> pure)
    {
        for (int i = 0; i < pure.Length; i++)
        {
            if ((second[i] & ~first[i]) != 0)
            {
                return false;
            }
        }

        return layout.UsesNoMore(first, second);
    }

    private int BucketOf(ReadOnlySpan<ulong> words, int state, ReadOnlySpan<ulong> pure)
    {
        ulong hash = (uint)state * 0x9E37_79B9_7F4A_7C15UL;
        for (int i = 0; i < pure.Length; i++)
        {
            hash = (hash ^ (words[i] & ~pure[i])) * 0xFF51_AFD7_ED55_8CCD;
            hash ^= hash >> 32;
        }

        return (int)(hash & (ulong)(_heads.Length - 1));
    }

    private void Link(int bucket, int entry)
    {
        _chains[entry] = _stamps[bucket] == _stamp ? _heads[bucket] : None;
        (_heads[bucket], _stamps[bucket]) = (entry, _stamp);
    }

    private void Unlink(int bucket, int previous, int next)
    {
        if (previous == None)
        {
            _heads[bucket] = next;
        }
        else
        {
            _chains[previous] = next;
        }
    }

    private void Grow(ReadOnlySpan<ulong> pure)
    {
        int capacity = Math.Max(FirstCapacity, 2 * _states.Length);
        meter.Allocate((capacity - _states.Length) * (sizeof(ulong) * (long)_stride + 7 * sizeof(int)));
        Array.Resize(ref _words, capacity * _stride);
        Array.Resize(ref _states, capacity);
        Array.Resize(ref _nodes, capacity);
        Array.Resize(ref _chains, capacity);
        _heads = new int[2 * capacity];
        _stamps = new int[2 * capacity];
        _stamp = 1;
        for (int i = 0; i < Count; i++)
        {
            if (_states[i] != Dead)
            {
                Link(BucketOf(WordsOf(i), _states[i], pure), i);
            }
        }
    }
}
