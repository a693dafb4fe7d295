using System.Buffers.Binary;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Wire.Checksums;

namespace ActorPhysics.Simulation.Storage;

/// <summary>A journal record as it lies on the disk: with its own place and a checksum over both, so that a flipped bit and a record in another's place show.</summary>
internal readonly record struct StoredRecord(JournalSequence Sequence, ReadOnlyMemory<byte> Payload, bool Guarded, ulong Checksum)
{
    public static StoredRecord Of(JournalSequence sequence, JournalRecord record) =>
        new(sequence, record.Payload, record.Guarded, ChecksumOf(sequence, record.Payload.Span, record.Guarded));

    public bool IsSoundAt(JournalSequence place) => Sequence == place && Checksum == ChecksumOf(Sequence, Payload.Span, Guarded);

    /// <summary>The same record after one bit of it changed on the medium.</summary>
    public StoredRecord WithFlippedBit(int bit)
    {
        if (Payload.IsEmpty)
        {
            return this with { Checksum = Checksum ^ 1 };
        }

        byte[] damaged = Payload.ToArray();
        damaged[bit / 8 % damaged.Length] ^= (byte)(1 << (bit % 8));
        return this with { Payload = damaged };
    }

    private static ulong ChecksumOf(JournalSequence sequence, ReadOnlySpan<byte> payload, bool guarded)
    {
        Span<byte> place = stackalloc byte[9];
        BinaryPrimitives.WriteUInt64LittleEndian(place, sequence.Value);
        place[8] = guarded ? (byte)1 : (byte)0;
        return ((ulong)Crc32C.Of(place).Value << 32) | Crc32C.Of(payload).Value;
    }
}
