using System.Buffers.Binary;
using ActorPhysics.Actors.Ports;

namespace ActorPhysics.Hosting.Journal;

/// <summary>
/// What the beginning of a segment says of a stream, so that earlier segments can be recycled and a loss in them is noticed.
/// Little-endian: <c>[0] deleted through · [8] lost from, or 0 · [16] sequence of the latest guarded record, or 0 · [24] whether that
/// one is lost · [25] its payload</c>.
/// </summary>
internal readonly ref struct StreamStateRecord
{
    public const int FixedBytes = 25;

    public required JournalSequence DeletedThrough { get; init; }

    /// <summary>The first lost sequence of a loss that the owner has not taken note of; zero for none.</summary>
    public required JournalSequence LostFrom { get; init; }

    public required JournalSequence GuardedSequence { get; init; }
    public required bool GuardedIsDamaged { get; init; }
    public required ReadOnlySpan<byte> GuardedPayload { get; init; }

    public int SizeBytes => FixedBytes + GuardedPayload.Length;

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, DeletedThrough.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], LostFrom.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], GuardedSequence.Value);
        destination[24] = GuardedIsDamaged ? (byte)1 : (byte)0;
        GuardedPayload.CopyTo(destination[FixedBytes..]);
    }

    public static bool TryRead(ReadOnlySpan<byte> payload, out StreamStateRecord state)
    {
        state = default;
        if (payload.Length < FixedBytes)
        {
            return false;
        }

        state = new StreamStateRecord
        {
            DeletedThrough = new JournalSequence(BinaryPrimitives.ReadUInt64LittleEndian(payload)),
            LostFrom = new JournalSequence(BinaryPrimitives.ReadUInt64LittleEndian(payload[8..])),
            GuardedSequence = new JournalSequence(BinaryPrimitives.ReadUInt64LittleEndian(payload[16..])),
            GuardedIsDamaged = payload[24] != 0,
            GuardedPayload = payload[FixedBytes..],
        };
        return true;
    }
}
