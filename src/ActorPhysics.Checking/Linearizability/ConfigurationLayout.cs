using System.Numerics;

namespace ActorPhysics.Checking.Linearizability;

/// <summary>
/// How the words of a configuration are used. First come the bits of the calls that are open: set once the call took effect. Then, for each
/// kind that has calls of unknown outcome, a field that counts how many of them were used. A field is one bit wider than its count needs:
/// that guard bit is always clear, and lets whole words of fields be compared by one subtraction. A lavish search needs no counts.
/// </summary>
internal sealed class ConfigurationLayout
{
    private const int WordBits = 64;

    private readonly bool _countsUses;
    private readonly int[] _fieldOfKind;
    private readonly List<(int Word, int Shift, int Bits)> _fields = [];
    private readonly ulong[] _guards;

    public ConfigurationLayout(Part part, int kindCount, bool countsUses)
    {
        BitWords = Math.Max(1, (part.Width + WordBits - 1) / WordBits);
        var unknown = new int[kindCount];
        for (int call = 0; call < part.Count; call++)
        {
            unknown[part.KindOf(call)] += part.IsOpen(call) ? 1 : 0;
        }

        _countsUses = countsUses;

        _fieldOfKind = new int[kindCount];
        (int word, int shift) = (0, 0);
        List<ulong> guards = [];
        for (int kind = 0; kind < kindCount; kind++)
        {
            _fieldOfKind[kind] = -1;
            if (unknown[kind] == 0)
            {
                continue;
            }

            if (!countsUses)
            {
                _fieldOfKind[kind] = _fields.Count;
                _fields.Add(default);
                continue;
            }

            int bits = 1 + BitOperations.Log2((uint)unknown[kind]) + 1;
            if (guards.Count == 0 || shift + bits > WordBits)
            {
                guards.Add(0);
                (word, shift) = (guards.Count - 1, 0);
            }

            _fieldOfKind[kind] = _fields.Count;
            _fields.Add((BitWords + word, shift, bits));
            guards[word] |= 1UL << (shift + bits - 1);
            shift += bits;
        }

        _guards = [.. guards];
    }

    public int BitWords { get; }

    public int Words => BitWords + _guards.Length;

    /// <summary>How many kinds have calls of unknown outcome.</summary>
    public int FieldCount => _fields.Count;

    /// <summary>The field of a kind, -1 where the kind has no call of unknown outcome.</summary>
    public int FieldOf(int kind) => _fieldOfKind[kind];

    public int Used(ReadOnlySpan<ulong> words, int field)
    {
        if (!_countsUses)
        {
            return 0;
        }

        (int word, int shift, int bits) = _fields[field];
        return (int)((words[word] >> shift) & ((1UL << bits) - 1));
    }

    public void UseOne(Span<ulong> words, int field)
    {
        if (_countsUses)
        {
            (int word, int shift, _) = _fields[field];
            words[word] += 1UL << shift;
        }
    }

    /// <summary>Whether the first uses no more calls of unknown outcome than the second, of any kind.</summary>
    public bool UsesNoMore(ReadOnlySpan<ulong> first, ReadOnlySpan<ulong> second)
    {
        for (int i = 0; i < _guards.Length; i++)
        {
            ulong guard = _guards[i];
            if ((((second[BitWords + i] | guard) - first[BitWords + i]) & guard) != guard)
            {
                return false;
            }
        }

        return true;
    }
}
