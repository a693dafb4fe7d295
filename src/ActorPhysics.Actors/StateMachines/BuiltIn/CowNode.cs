using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace ActorPhysics.Actors.StateMachines.BuiltIn;

/// <summary>
/// A node of a <see cref="CowTree{TValue}"/>; never changed once its generation is over. Keys live in arrays of their own, so comparing
/// with one costs a cache miss; therefore a node knows how many leading bytes all of its keys share, and keeps the eight bytes behind
/// them beside each other: most searches touch one key only (the "poor man's normalized key" of Graefe, "Modern B-Tree Techniques", 2011).
/// </summary>
internal abstract class CowNode<TValue>(ulong generation)
{
    public const int Capacity = 32;

    /// <summary>Two nodes at the minimum and a separator fit into one.</summary>
    public const int Minimum = (Capacity / 2) - 1;

    public readonly ulong Generation = generation;
    public int Count;

    /// <summary>Invariant: all keys begin with the same so many bytes.</summary>
    private int _shared;

    /// <summary>Invariant: of each key the eight bytes behind the shared ones, as a big-endian number, filled up with zeros.</summary>
    private HeadArray _heads;
    private KeyArray _keys;

    public bool IsFull => Count == Capacity;

    /// <summary>The keys, in ascending order.</summary>
    public ReadOnlySpan<byte[]> Keys => ((ReadOnlySpan<byte[]>)_keys)[..Count];

    /// <summary>The key's place, or the complement of where it belongs.</summary>
    public int Find(ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<byte[]> keys = Keys;
        if (keys.IsEmpty)
        {
            return ~0;
        }

        int shared = _shared;
        ulong head = key.Length > shared ? HeadOf(key[shared..]) : 0;
        int place = LowerBound(((ReadOnlySpan<ulong>)_heads)[..keys.Length], head);

        // A key that is here costs one comparison; only one that is not needs to be told from those with other leading bytes.
        if (place < keys.Length && _heads[place] == head && key.SequenceEqual(keys[place]))
        {
            return place;
        }

        int order = key[..Math.Min(shared, key.Length)].SequenceCompareTo(keys[0].AsSpan(0, shared));
        if (order != 0)
        {
            return order < 0 ? ~0 : ~keys.Length;
        }

        for (; place < keys.Length && _heads[place] == head; place++)
        {
            order = keys[place].AsSpan().SequenceCompareTo(key);
            if (order >= 0)
            {
                return order == 0 ? place : ~place;
            }
        }

        return ~place;
    }

    public abstract CowNode<TValue> Copy(ulong generation);

    /// <summary>Moves the upper half into a new node; the separator is the lower bound of that node's keys.</summary>
    public abstract (byte[] Separator, CowNode<TValue> Right) SplitOff(ulong generation);

    /// <summary>Takes over the left sibling's last entry; returns what stands between the two from now on.</summary>
    public abstract byte[] TakeLastOf(CowNode<TValue> left, byte[] separator);

    /// <summary>Takes over the right sibling's first entry; returns what stands between the two from now on.</summary>
    public abstract byte[] TakeFirstOf(CowNode<TValue> right, byte[] separator);

    /// <summary>Takes over everything of the right sibling, which is left as it was: a capture may share it.</summary>
    public abstract void Absorb(CowNode<TValue> right, byte[] separator);

    /// <summary>Replaces a key by one that belongs in the same place.</summary>
    public void SetKey(int place, byte[] key)
    {
        _keys[place] = key;
        Narrow(key, place);
    }

    protected void InsertKey(int place, byte[] key)
    {
        Insert<byte[]>(_keys, Count, place, key);
        Insert<ulong>(_heads, Count, place, 0);
        Count++;
        Narrow(key, place);
    }

    protected void RemoveKey(int place)
    {
        Remove<byte[]>(_keys, Count, place);
        Remove<ulong>(_heads, Count, place);
        Count--;
    }

    protected void AppendKeys(ReadOnlySpan<byte[]> keys)
    {
        keys.CopyTo(((Span<byte[]>)_keys)[Count..]);
        Count += keys.Length;
        Recompute();
    }

    /// <summary>Drops the keys from <paramref name="start"/> on.</summary>
    protected void TruncateKeys(int start)
    {
        ((Span<byte[]>)_keys)[start..Count].Clear();
        Count = start;
        Recompute();
    }

    protected void CopyKeysTo(CowNode<TValue> copy)
    {
        copy.Count = Count;
        copy._shared = _shared;
        copy._heads = _heads;
        copy._keys = _keys;
    }

    protected static void Insert<T>(Span<T> items, int count, int place, T item)
    {
        items[place..count].CopyTo(items[(place + 1)..]);
        items[place] = item;
    }

    protected static void Remove<T>(Span<T> items, int count, int place)
    {
        items[(place + 1)..count].CopyTo(items[place..]);
        items[count - 1] = default!;
    }

    /// <summary>Restores the invariants after a key came in at <paramref name="place"/>: it may share less with the others.</summary>
    private void Narrow(byte[] key, int place)
    {
        byte[] other = _keys[place == 0 ? Count - 1 : 0];
        if (Count == 1 || key.AsSpan().CommonPrefixLength(other) < _shared)
        {
            Recompute();
        }
        else
        {
            _heads[place] = HeadOf(key.AsSpan(_shared));
        }
    }

    /// <summary>As the keys ascend, what the first and the last share is shared by all.</summary>
    private void Recompute()
    {
        ReadOnlySpan<byte[]> keys = Keys;
        _shared = keys.IsEmpty ? 0 : keys[0].AsSpan().CommonPrefixLength(keys[^1]);
        for (int i = 0; i < keys.Length; i++)
        {
            _heads[i] = HeadOf(keys[i].AsSpan(_shared));
        }
    }

    private static ulong HeadOf(ReadOnlySpan<byte> rest)
    {
        if (rest.Length >= sizeof(ulong))
        {
            return BinaryPrimitives.ReadUInt64BigEndian(rest);
        }

        Span<byte> padded = stackalloc byte[sizeof(ulong)];
        padded.Clear();
        rest.CopyTo(padded);
        return BinaryPrimitives.ReadUInt64BigEndian(padded);
    }

    /// <summary>The first place whose head is not below <paramref name="head"/>.</summary>
    private static int LowerBound(ReadOnlySpan<ulong> heads, ulong head)
    {
        int low = 0;
        int high = heads.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (heads[middle] < head)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    [InlineArray(Capacity)]
    private struct HeadArray
    {
        private ulong _first;
    }

    [InlineArray(Capacity)]
    private struct KeyArray
    {
        private byte[] _first;
    }
}

/// <summary>Holds entries.</summary>
internal sealed class CowLeaf<TValue>(ulong generation) : CowNode<TValue>(generation)
{
    private ValueArray _values;

    /// <summary>The values, by the place of their keys.</summary>
    public Span<TValue> Values => ((Span<TValue>)_values)[..Count];

    public void Insert(int place, byte[] key, TValue value)
    {
        Insert<TValue>(_values, Count, place, value);
        InsertKey(place, key);
    }

    public void RemoveAt(int place)
    {
        Remove<TValue>(_values, Count, place);
        RemoveKey(place);
    }

    public override CowNode<TValue> Copy(ulong generation)
    {
        var copy = new CowLeaf<TValue>(generation) { _values = _values };
        CopyKeysTo(copy);
        return copy;
    }

    public override (byte[] Separator, CowNode<TValue> Right) SplitOff(ulong generation)
    {
        int half = Count / 2;
        var right = new CowLeaf<TValue>(generation);
        Values[half..].CopyTo(right._values);
        Values[half..].Clear();
        right.AppendKeys(Keys[half..]);
        TruncateKeys(half);
        return (right.Keys[0], right);
    }

    public override byte[] TakeLastOf(CowNode<TValue> left, byte[] separator)
    {
        var sibling = (CowLeaf<TValue>)left;
        int last = sibling.Count - 1;
        Insert(0, sibling.Keys[last], sibling.Values[last]);
        sibling.RemoveAt(last);
        return Keys[0];
    }

    public override byte[] TakeFirstOf(CowNode<TValue> right, byte[] separator)
    {
        var sibling = (CowLeaf<TValue>)right;
        Insert(Count, sibling.Keys[0], sibling.Values[0]);
        sibling.RemoveAt(0);
        return sibling.Keys[0];
    }

    public override void Absorb(CowNode<TValue> right, byte[] separator)
    {
        var sibling = (CowLeaf<TValue>)right;
        sibling.Values.CopyTo(((Span<TValue>)_values)[Count..]);
        AppendKeys(sibling.Keys);
    }

    [InlineArray(Capacity)]
    private struct ValueArray
    {
        private TValue _first;
    }
}

/// <summary>
/// Guides the search. Invariant: it has one child more than keys, and the keys of child i lie below key i, those of child i + 1 at or
/// above it. A key here need not be an entry any more.
/// </summary>
internal sealed class CowInner<TValue> : CowNode<TValue>
{
    private ChildArray _children;

    public CowInner(ulong generation, CowNode<TValue> onlyChild)
        : base(generation) => _children[0] = onlyChild;

    private CowInner(ulong generation)
        : base(generation)
    {
    }

    /// <summary>The children: one more than keys.</summary>
    public Span<CowNode<TValue>> Children => ((Span<CowNode<TValue>>)_children)[..(Count + 1)];

    /// <summary>Which child's subtree the key belongs to.</summary>
    public int ChildFor(ReadOnlySpan<byte> key)
    {
        int place = Find(key);
        return place >= 0 ? place + 1 : ~place;
    }

    /// <summary>Puts <paramref name="right"/> behind the child at <paramref name="child"/>.</summary>
    public void Insert(int child, byte[] separator, CowNode<TValue> right)
    {
        Insert<CowNode<TValue>>(_children, Count + 1, child + 1, right);
        InsertKey(child, separator);
    }

    /// <summary>Drops the child behind the one at <paramref name="child"/>, with the key between them.</summary>
    public void RemoveAt(int child)
    {
        Remove<CowNode<TValue>>(_children, Count + 1, child + 1);
        RemoveKey(child);
    }

    public override CowNode<TValue> Copy(ulong generation)
    {
        var copy = new CowInner<TValue>(generation) { _children = _children };
        CopyKeysTo(copy);
        return copy;
    }

    public override (byte[] Separator, CowNode<TValue> Right) SplitOff(ulong generation)
    {
        int half = Count / 2;
        byte[] separator = Keys[half];
        var right = new CowInner<TValue>(generation);
        Children[(half + 1)..].CopyTo(right._children);
        Children[(half + 1)..].Clear();
        right.AppendKeys(Keys[(half + 1)..]);
        TruncateKeys(half);
        return (separator, right);
    }

    public override byte[] TakeLastOf(CowNode<TValue> left, byte[] separator)
    {
        var sibling = (CowInner<TValue>)left;
        int last = sibling.Count - 1;
        byte[] between = sibling.Keys[last];
        Insert<CowNode<TValue>>(_children, Count + 1, 0, sibling._children[last + 1]);
        InsertKey(0, separator);
        sibling.RemoveAt(last);
        return between;
    }

    public override byte[] TakeFirstOf(CowNode<TValue> right, byte[] separator)
    {
        var sibling = (CowInner<TValue>)right;
        byte[] between = sibling.Keys[0];
        Insert(Count, separator, sibling._children[0]);
        Remove<CowNode<TValue>>(sibling._children, sibling.Count + 1, 0);
        sibling.RemoveKey(0);
        return between;
    }

    public override void Absorb(CowNode<TValue> right, byte[] separator)
    {
        var sibling = (CowInner<TValue>)right;
        sibling.Children.CopyTo(((Span<CowNode<TValue>>)_children)[(Count + 1)..]);
        InsertKey(Count, separator);
        AppendKeys(sibling.Keys);
    }

    [InlineArray(Capacity + 1)]
    private struct ChildArray
    {
        private CowNode<TValue> _first;
    }
}
