namespace ActorPhysics.Simulation.Exploration;

/// <summary>
/// A set of 64-bit keys by open addressing, 8 to 16 bytes a key. A state that shares the key of another one would be taken for visited: among n
/// states about n²/2⁶⁵ are expected to.
/// </summary>
internal sealed class VisitedTable
{
    private ulong[] _slots = new ulong[1 << 10];
    private long _count;

    public long Bytes => (long)_slots.Length * sizeof(ulong);

    /// <summary>What the table will need at most while it takes in one key more.</summary>
    public long BytesToGrow => IsFull ? Bytes * 3 : Bytes;

    private bool IsFull => _count * 4 >= (long)_slots.Length * 3;

    public bool Contains(ulong key)
    {
        ulong[] slots = _slots;
        int mask = slots.Length - 1;
        for (int slot = (int)key & mask; ; slot = (slot + 1) & mask)
        {
            if (slots[slot] == key)
            {
                return true;
            }

            if (slots[slot] == 0)
            {
                return false;
            }
        }
    }

    /// <returns>Whether the key is new.</returns>
    public bool Add(ulong key)
    {
        if (IsFull)
        {
            ulong[] former = _slots;
            _slots = new ulong[former.Length * 2];
            foreach (ulong known in former)
            {
                if (known != 0)
                {
                    Put(known);
                }
            }
        }

        bool isNew = Put(key);
        _count += isNew ? 1 : 0;
        return isNew;
    }

    private bool Put(ulong key)
    {
        int mask = _slots.Length - 1;
        int slot = (int)key & mask;
        while (_slots[slot] != 0)
        {
            if (_slots[slot] == key)
            {
                return false;
            }

            slot = (slot + 1) & mask;
        }

        _slots[slot] = key;
        return true;
    }
}
