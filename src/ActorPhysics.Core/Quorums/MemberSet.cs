using System.Numerics;

namespace ActorPhysics.Core.Quorums;

/// <summary>
/// A set of voters of one <see cref="QuorumSystem"/>, as bits over their positions in <see cref="QuorumSystem.Members"/>. Sets of
/// different systems must not be mixed. <c>default</c> is the empty set.
/// </summary>
public readonly record struct MemberSet(ulong Bits)
{
    /// <summary>The most voters that a quorum system may have.</summary>
    public const int Capacity = 64;

    public static MemberSet Empty => default;

    public int Count => BitOperations.PopCount(Bits);
    public bool IsEmpty => Bits == 0;

    /// <summary>Positions 0 up to, not including, <paramref name="count"/>.</summary>
    public static MemberSet FirstPositions(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Capacity);
        return count == Capacity ? new MemberSet(ulong.MaxValue) : new MemberSet((1UL << count) - 1);
    }

    public static MemberSet Of(int position) => new(1UL << Checked(position));

    public bool Contains(int position) => (uint)position < Capacity && (Bits >> position & 1) != 0;
    public MemberSet With(int position) => new(Bits | 1UL << Checked(position));
    public MemberSet Without(int position) => new(Bits & ~(1UL << Checked(position)));
    public MemberSet Union(MemberSet other) => new(Bits | other.Bits);
    public MemberSet Intersect(MemberSet other) => new(Bits & other.Bits);
    public MemberSet Except(MemberSet other) => new(Bits & ~other.Bits);
    public bool IsSubsetOf(MemberSet other) => (Bits & ~other.Bits) == 0;

    /// <summary>Walks the positions in ascending order without allocating.</summary>
    public Enumerator GetEnumerator() => new(Bits);

    public override string ToString()
    {
        var text = new System.Text.StringBuilder("{");
        foreach (int position in this)
        {
            text.Append(text.Length > 1 ? "," : "").Append(position);
        }

        return text.Append('}').ToString();
    }

    private static int Checked(int position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, Capacity);
        return position;
    }

    public struct Enumerator
    {
        private ulong _rest;

        internal Enumerator(ulong bits)
        {
            _rest = bits;
            Current = -1;
        }

        public int Current { get; private set; }

        public bool MoveNext()
        {
            if (_rest == 0)
            {
                return false;
            }

            Current = BitOperations.TrailingZeroCount(_rest);
            _rest &= _rest - 1;
            return true;
        }
    }
}
