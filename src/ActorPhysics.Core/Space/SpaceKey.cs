using System.Collections.Immutable;
using System.Text;

namespace ActorPhysics.Core.Space;

/// <summary>
/// A key of a space: any bytes, ordered byte by byte as unsigned numbers, a prefix before what continues it. <c>default</c> is the empty
/// key, the first of all.
/// </summary>
public readonly struct SpaceKey : IEquatable<SpaceKey>, IComparable<SpaceKey>
{
    private readonly ImmutableArray<byte> _bytes;

    public SpaceKey(ImmutableArray<byte> bytes) => _bytes = bytes;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan();

    public bool IsEmpty => _bytes.IsDefaultOrEmpty;

    /// <summary>The text's UTF-8 bytes, whose order is that of its code points.</summary>
    public static SpaceKey OfText(string text) => new([.. Encoding.UTF8.GetBytes(text)]);

    /// <summary>As the other comparison, for a key that is still part of a message.</summary>
    public int CompareTo(ReadOnlySpan<byte> other) => Bytes.SequenceCompareTo(other);

    public int CompareTo(SpaceKey other) => CompareTo(other.Bytes);
    public bool Equals(SpaceKey other) => Bytes.SequenceEqual(other.Bytes);
    public override bool Equals(object? obj) => obj is SpaceKey other && Equals(other);
    public override int GetHashCode() => (int)HashPoint.Of(Bytes).Value;
    public static bool operator ==(SpaceKey a, SpaceKey b) => a.Equals(b);
    public static bool operator !=(SpaceKey a, SpaceKey b) => !a.Equals(b);
    public static bool operator <(SpaceKey a, SpaceKey b) => a.CompareTo(b) < 0;
    public static bool operator >(SpaceKey a, SpaceKey b) => a.CompareTo(b) > 0;
    public static bool operator <=(SpaceKey a, SpaceKey b) => a.CompareTo(b) <= 0;
    public static bool operator >=(SpaceKey a, SpaceKey b) => a.CompareTo(b) >= 0;

    /// <summary>As text where every byte is a printable ASCII character, in hexadecimal otherwise.</summary>
    public override string ToString()
    {
        ReadOnlySpan<byte> bytes = Bytes;
        return bytes.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e) ? $"0x{Convert.ToHexStringLower(bytes)}" : $"'{Encoding.ASCII.GetString(bytes)}'";
    }
}
