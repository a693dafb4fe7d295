using System.Buffers.Binary;
using System.Globalization;

namespace ActorPhysics.Core.Boundaries;

/// <summary>
/// The SHA-256 (FIPS 180-4) of a state snapshot's header and content, as two big-endian halves: equal on every node that holds the same
/// snapshot. <c>default</c> is the checksum of nothing that exists.
/// </summary>
public readonly record struct SnapshotChecksum(UInt128 High, UInt128 Low)
{
    /// <summary>The length of a checksum's bytes.</summary>
    public const int SizeBytes = 32;

    private const int HalfBytes = SizeBytes / 2;

    /// <summary>Reads a digest.</summary>
    /// <returns>False when <paramref name="bytes"/> are not <see cref="SizeBytes"/> long.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out SnapshotChecksum checksum)
    {
        bool isWhole = bytes.Length == SizeBytes;
        checksum = isWhole
            ? new SnapshotChecksum(BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt128BigEndian(bytes[HalfBytes..]))
            : default;
        return isWhole;
    }

    /// <summary>Writes the digest.</summary>
    /// <param name="destination">At least <see cref="SizeBytes"/> long.</param>
    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt128BigEndian(destination, High);
        BinaryPrimitives.WriteUInt128BigEndian(destination[HalfBytes..], Low);
    }

    public override string ToString() =>
        High.ToString("x32", CultureInfo.InvariantCulture) + Low.ToString("x32", CultureInfo.InvariantCulture);
}
