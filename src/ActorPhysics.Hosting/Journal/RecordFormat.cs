using System.Buffers.Binary;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Checksums;

namespace ActorPhysics.Hosting.Journal;

/// <summary>What a record in a segment says. The numbers are the format's.</summary>
internal enum RecordKind : byte
{
    /// <summary>A stream's next record.</summary>
    Appended = 1,

    /// <summary>An earlier record, written again so that its old segment can be recycled.</summary>
    Relocated = 2,

    /// <summary>The stream gave up its records through this sequence.</summary>
    DeletedThrough = 3,

    /// <summary>The owner has taken note of a loss: the stream goes on at this sequence, and what it had from there is void.</summary>
    Restarted = 4,

    /// <summary>What is known of a stream when a segment is opened; its sequence is the stream's last.</summary>
    StreamState = 5,

    /// <summary>Opens the list of stream states at the beginning of a segment; the streams not in the list do not exist.</summary>
    SegmentOpened = 6,
}

/// <summary>The fields of a record beside its payload.</summary>
internal readonly record struct RecordHeader(RecordKind Kind, bool Guarded, JournalStreamId Stream, JournalSequence Sequence, int PayloadBytes);

/// <summary>
/// A record: 36 bytes, little-endian, and its payload:
/// <c>[0] payload length · [4] crc32c of all but itself · [8] group · [16] replica · [24] sequence · [32] kind · [33] guarded · [34] zero</c>.
/// Records follow each other through the pages of a batch and may span them.
/// </summary>
internal static class RecordFormat
{
    public const int HeaderBytes = 36;

    /// <summary>How many bytes of a batch a record takes.</summary>
    public static int SizeBytes(int payloadBytes) => HeaderBytes + payloadBytes;

    public static void WriteHeader(Span<byte> destination, in RecordHeader header, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination, payload.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], header.Stream.Group.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], header.Stream.Replica.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], header.Sequence.Value);
        destination[32] = (byte)header.Kind;
        destination[33] = header.Guarded ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[34..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], Checksum(destination, payload));
    }

    /// <summary>
    /// Reads the record at the beginning of <paramref name="content"/>. The length is compared with what is there before anything is
    /// done with it, so a flipped bit in it reserves no memory.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> content, out RecordHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (content.Length < HeaderBytes)
        {
            return false;
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(content);
        if (length > (uint)(content.Length - HeaderBytes))
        {
            return false;
        }

        payload = content.Slice(HeaderBytes, (int)length);
        if (BinaryPrimitives.ReadUInt32LittleEndian(content[4..]) != Checksum(content, payload))
        {
            return false;
        }

        var stream = new JournalStreamId(
            new GroupId(BinaryPrimitives.ReadUInt64LittleEndian(content[8..])),
            new ReplicaId(BinaryPrimitives.ReadUInt64LittleEndian(content[16..])));
        var sequence = new JournalSequence(BinaryPrimitives.ReadUInt64LittleEndian(content[24..]));
        header = new RecordHeader((RecordKind)content[32], content[33] != 0, stream, sequence, (int)length);
        return true;
    }

    private static uint Checksum(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload) =>
        Crc32C.Of(header[..4]).Append(header[8..HeaderBytes]).Append(payload).Value;
}
