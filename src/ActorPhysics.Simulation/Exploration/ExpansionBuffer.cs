using ActorPhysics.Core;

namespace ActorPhysics.Simulation.Exploration;

/// <summary>A violation, placed so that of several found at once the same one is reported in every run.</summary>
internal sealed record Finding(int Parent, int Ordinal, InvariantViolationException Violation) : IComparable<Finding>
{
    public int CompareTo(Finding? other) =>
        other is null ? -1 : Parent != other.Parent ? Parent.CompareTo(other.Parent) : Ordinal.CompareTo(other.Ordinal);
}

/// <summary>
/// What the expansion of one slice of the frontier found, apart for each shard of the visited table, in the order in which it was found.
/// </summary>
internal sealed class ExpansionBuffer(StateLayout layout, VisitedTable[] visited) : IExpansionSink
{
    private readonly Shard[] _shards = [.. visited.Select(_ => new Shard(layout.Words + 1))];
    private readonly int _shift = 64 - System.Numerics.BitOperations.Log2((uint)visited.Length);
    private int _parent;
    private int _ordinal;

    public long Transitions { get; private set; }

    public Finding? Finding { get; private set; }

    public Shard this[int shard] => _shards[shard];

    public void Clear()
    {
        Transitions = 0;
        Finding = null;
        foreach (Shard shard in _shards)
        {
            shard.Count = 0;
        }
    }

    public void BeginParent(int parent)
    {
        _parent = parent;
        _ordinal = 0;
    }

    public void OnState(ReadOnlySpan<int> words, ulong key, in SearchAction action)
    {
        Transitions++;
        int ordinal = _ordinal++;
        int shard = (int)(key >> _shift);
        if (!visited[shard].Contains(key))
        {
            _shards[shard].Add(key, ordinal, words);
        }
    }

    public void OnViolation(in SearchAction action, InvariantViolationException violation)
    {
        Finding ??= new Finding(_parent, _ordinal, violation);
        _ordinal++;
    }

    /// <summary>States that may be new.</summary>
    internal sealed class Shard(int stride)
    {
        private ulong[] _keys = new ulong[16];
        private int[] _words = new int[16 * stride];

        public int Count { get; set; }

        public ulong KeyOf(int candidate) => _keys[candidate];

        public int OrdinalOf(int candidate) => _words[candidate * stride];

        public ReadOnlySpan<int> WordsOf(int candidate) => _words.AsSpan((candidate * stride) + 1, stride - 1);

        public void Add(ulong key, int ordinal, ReadOnlySpan<int> words)
        {
            if (Count == _keys.Length)
            {
                Array.Resize(ref _keys, Count * 2);
                Array.Resize(ref _words, Count * 2 * stride);
            }

            _keys[Count] = key;
            _words[Count * stride] = ordinal;
            words.CopyTo(_words.AsSpan((Count * stride) + 1));
            Count++;
        }
    }
}
