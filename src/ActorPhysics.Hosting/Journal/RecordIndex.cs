using ActorPhysics.Core;

namespace ActorPhysics.Hosting.Journal;

/// <summary>Where a record lies: its segment, the offset of its first byte in the segment's file, and the size of its payload.</summary>
internal readonly record struct RecordLocation(ulong Segment, uint OffsetBytes, int PayloadBytes)
{
    public int SizeBytes => RecordFormat.SizeBytes(PayloadBytes);
}

/// <summary>The locations of a stream's live records, by sequence: a queue that can also be looked into and changed in place.</summary>
internal sealed class RecordIndex
{
    private RecordLocation[] _ring = [];
    private int _head;

    public int Count { get; private set; }

    public RecordLocation this[int position]
    {
        get => _ring[Slot(position)];
        set => _ring[Slot(position)] = value;
    }

    public void Add(RecordLocation location)
    {
        if (Count == _ring.Length)
        {
            Grow();
        }

        Count++;
        this[Count - 1] = location;
    }

    public RecordLocation RemoveFirst()
    {
        RecordLocation first = this[0];
        _head = (_head + 1) & (_ring.Length - 1);
        Count--;
        return first;
    }

    public RecordLocation RemoveLast()
    {
        RecordLocation last = this[Count - 1];
        Count--;
        return last;
    }

    public RecordLocation[] ToArray()
    {
        var all = new RecordLocation[Count];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = this[i];
        }

        return all;
    }

    private int Slot(int position)
    {
        Invariant.Require((uint)position < (uint)Count, "JournalIndex", "a record is looked up outside its stream");
        return (_head + position) & (_ring.Length - 1);
    }

    private void Grow()
    {
        // The size is a power of two, so that a slot is a mask away.
        var grown = new RecordLocation[Math.Max(16, _ring.Length * 2)];
        for (int i = 0; i < Count; i++)
        {
            grown[i] = this[i];
        }

        _ring = grown;
        _head = 0;
    }
}
