namespace ActorPhysics.Checking.Linearizability;

/// <summary>Configurations of one width that were met, in flat arrays: a search meets millions.</summary>
internal sealed class ConfigurationSet(int width, SearchMeter meter)
{
    private const int FirstCapacity = 1024;

    private int[] _words = [];

    // Places by hash, one more than the number of a configuration; 0 is free. At most half full.
    private int[] _table = [];
    private int _count;

    /// <returns>Whether it was new. Where it would exceed the budget it is not kept, and the meter is exhausted.</returns>
    public bool Add(ReadOnlySpan<int> configuration)
    {
        if (2 * _count >= _table.Length && !TryGrow())
        {
            return true;
        }

        int slot = SlotOf(configuration);
        while (_table[slot] != 0)
        {
            if (At(_table[slot] - 1).SequenceEqual(configuration))
            {
                return false;
            }

            slot = (slot + 1) & (_table.Length - 1);
        }

        configuration.CopyTo(_words.AsSpan(_count * width));
        _table[slot] = ++_count;
        return true;
    }

    private ReadOnlySpan<int> At(int number) => _words.AsSpan(number * width, width);

    private int SlotOf(ReadOnlySpan<int> configuration)
    {
        ulong hash = 0;
        foreach (int word in configuration)
        {
            hash = (hash ^ (uint)word) * 0x9E37_79B9_7F4A_7C15;
            hash ^= hash >> 29;
        }

        return (int)(hash >> 32) & (_table.Length - 1);
    }

    private bool TryGrow()
    {
        long capacity = Math.Max(FirstCapacity, 2L * (_table.Length / 2));
        long words = capacity * width;
        meter.Allocate((words - _words.Length + (2 * capacity) - _table.Length) * sizeof(int));
        if (words > Array.MaxLength || capacity > 1 << 29)
        {
            meter.Allocate(meter.LeftBytes + 1);
        }

        if (meter.Exhausted is not null)
        {
            return false;
        }

        Array.Resize(ref _words, (int)words);
        _table = new int[2 * capacity];
        for (int number = 0; number < _count; number++)
        {
            int slot = SlotOf(At(number));
            while (_table[slot] != 0)
            {
                slot = (slot + 1) & (_table.Length - 1);
            }

            _table[slot] = number + 1;
        }

        return true;
    }
}
