using System.Buffers.Binary;

namespace ActorPhysics.Hosting.Journal;

/// <summary>The first record of a segment. Little-endian: <c>[0] pages of the segment · [4] whether streams may be missing from the list</c>.</summary>
internal readonly record struct SegmentOpenedRecord(uint Pages, bool MayMissStreams)
{
    public const int SizeBytes = 5;

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Pages);
        destination[4] = MayMissStreams ? (byte)1 : (byte)0;
    }

    public static bool TryRead(ReadOnlySpan<byte> payload, out SegmentOpenedRecord opened)
    {
        opened = default;
        if (payload.Length < SizeBytes)
        {
            return false;
        }

        opened = new SegmentOpenedRecord(BinaryPrimitives.ReadUInt32LittleEndian(payload), payload[4] != 0);
        return true;
    }
}
