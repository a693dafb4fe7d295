using System.Numerics;
using System.Runtime.InteropServices;

namespace ActorPhysics.Wire.Checksums;

/// <summary>
/// The Castagnoli checksum (CRC-32C, RFC 3720 appendix B.4) that guards frames, journal records and snapshots: processors compute it in
/// hardware. <c>default</c> is the checksum of no bytes, so appending to it starts a new one.
/// </summary>
public readonly record struct Crc32C(uint Value)
{
    /// <summary>The checksum of <paramref name="bytes"/>.</summary>
    public static Crc32C Of(ReadOnlySpan<byte> bytes) => default(Crc32C).Append(bytes);

    /// <summary>The checksum of everything summed so far followed by <paramref name="bytes"/>.</summary>
    public Crc32C Append(ReadOnlySpan<byte> bytes)
    {
        uint state = ~Value;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
        {
            // The sum is defined over bytes in order, which is a word's little-endian reading.
            state = BitOperations.Crc32C(state, BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (byte last in bytes[(words.Length * sizeof(ulong))..])
        {
            state = BitOperations.Crc32C(state, last);
        }

        return new Crc32C(~state);
    }

    public override string ToString() => Value.ToString("x8", System.Globalization.CultureInfo.InvariantCulture);
}
