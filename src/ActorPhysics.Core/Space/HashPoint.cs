using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace ActorPhysics.Core.Space;

/// <summary>
/// Where a key lies in a space that is sharded by hash. <c>default</c> is the first of the 2⁶⁴ points. A key's point never changes: shard
/// maps, journals and clients of all versions and machines rely on it.
/// </summary>
/// <remarks>
/// XXH64 with seed 0 (Yann Collet, "xxHash fast digest algorithm", specification 0.1.1): every bit of the key moves every bit of the point, and
/// other languages have it. It withstands no attacker who chooses keys to meet on one point; such a shard cannot be split.
/// </remarks>
public readonly record struct HashPoint(ulong Value) : IComparable<HashPoint>
{
    private const ulong Prime1 = 0x9E3779B185EBCA87;
    private const ulong Prime2 = 0xC2B2AE3D27D4EB4F;
    private const ulong Prime3 = 0x165667B19E3779F9;
    private const ulong Prime4 = 0x85EBCA77C2B2AE63;
    private const ulong Prime5 = 0x27D4EB2F165667C5;
    private const int StripeBytes = 32;

    /// <summary>The point of a key.</summary>
    public static HashPoint Of(ReadOnlySpan<byte> key)
    {
        ulong hash = key.Length >= StripeBytes ? OfStripes(ref key, (ulong)key.Length) : Prime5 + (ulong)key.Length;
        for (; key.Length >= sizeof(ulong); key = key[sizeof(ulong)..])
        {
            hash ^= Round(0, BinaryPrimitives.ReadUInt64LittleEndian(key));
            hash = BitOperations.RotateLeft(hash, 27) * Prime1 + Prime4;
        }

        if (key.Length >= sizeof(uint))
        {
            hash ^= BinaryPrimitives.ReadUInt32LittleEndian(key) * Prime1;
            hash = BitOperations.RotateLeft(hash, 23) * Prime2 + Prime3;
            key = key[sizeof(uint)..];
        }

        foreach (byte rest in key)
        {
            hash ^= rest * Prime5;
            hash = BitOperations.RotateLeft(hash, 11) * Prime1;
        }

        hash = (hash ^ (hash >> 33)) * Prime2;
        hash = (hash ^ (hash >> 29)) * Prime3;
        return new HashPoint(hash ^ (hash >> 32));
    }

    public int CompareTo(HashPoint other) => Value.CompareTo(other.Value);
    public static bool operator <(HashPoint a, HashPoint b) => a.Value < b.Value;
    public static bool operator >(HashPoint a, HashPoint b) => a.Value > b.Value;
    public static bool operator <=(HashPoint a, HashPoint b) => a.Value <= b.Value;
    public static bool operator >=(HashPoint a, HashPoint b) => a.Value >= b.Value;
    public override string ToString() => $"#{Value.ToString("x16", CultureInfo.InvariantCulture)}";

    /// <summary>Takes all whole stripes off the key, four lanes at a time.</summary>
    private static ulong OfStripes(ref ReadOnlySpan<byte> key, ulong length)
    {
        (ulong a, ulong b, ulong c, ulong d) = (unchecked(Prime1 + Prime2), Prime2, 0, unchecked(0 - Prime1));
        for (; key.Length >= StripeBytes; key = key[StripeBytes..])
        {
            a = Round(a, BinaryPrimitives.ReadUInt64LittleEndian(key));
            b = Round(b, BinaryPrimitives.ReadUInt64LittleEndian(key[8..]));
            c = Round(c, BinaryPrimitives.ReadUInt64LittleEndian(key[16..]));
            d = Round(d, BinaryPrimitives.ReadUInt64LittleEndian(key[24..]));
        }

        ulong hash = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7) + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
        foreach (ulong lane in (ReadOnlySpan<ulong>)[a, b, c, d])
        {
            hash = (hash ^ Round(0, lane)) * Prime1 + Prime4;
        }

        return hash + length;
    }

    private static ulong Round(ulong lane, ulong input) => BitOperations.RotateLeft(lane + input * Prime2, 31) * Prime1;
}
