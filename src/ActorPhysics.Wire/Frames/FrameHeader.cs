using System.Buffers.Binary;
using ActorPhysics.Wire.Checksums;

namespace ActorPhysics.Wire.Frames;

/// <summary>What a frame's body is. Numbers are never reused; additions are negotiated by the version in the handshake.</summary>
public enum FrameKind : byte
{
    /// <summary>Not a frame; a reader refuses it.</summary>
    None = 0,

    /// <summary>The first frame in each direction: who speaks, for which cluster, in which protocol versions (hello.proto).</summary>
    Hello = 1,

    /// <summary>Why the sender is about to close the connection (hello.proto).</summary>
    Goodbye = 2,

    /// <summary>A batch of client requests (client.proto).</summary>
    ClientRequests = 3,

    /// <summary>A batch of responses to client requests (client.proto).</summary>
    ClientResponses = 4,

    /// <summary>A batch of messages between replicas of the line protocol (line.proto).</summary>
    LineMessages = 5,

    /// <summary>An empty frame that keeps a silent connection provably alive; it asks for nothing.</summary>
    KeepAlive = 6,
}

/// <summary>
/// The twelve bytes before a frame's body, little-endian: <c>u32 bodyBytes, u32 crc32c, u8 kind, u8 version, u16 reserved = 0</c>. The
/// checksum covers the last four header bytes and the body. A wrong length is not covered, but is bounded, and makes the checksum fail.
/// </summary>
public readonly record struct FrameHeader(int BodyBytes, Crc32C Checksum, FrameKind Kind, byte Version, ushort Reserved)
{
    /// <summary>The size of an encoded header.</summary>
    public const int EncodedBytes = 12;

    /// <summary>The layout described here.</summary>
    public const byte CurrentVersion = 1;

    private const int ChecksummedFrom = 8;

    /// <summary>Reads a header; the length is checked against <paramref name="maxBodyBytes"/> before any other field is looked at.</summary>
    /// <returns>The fault that makes the header unusable, or <see cref="FrameFault.None"/>.</returns>
    internal static FrameFault Read(ReadOnlySpan<byte> bytes, int maxBodyBytes, out FrameHeader header)
    {
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (length > (uint)maxBodyBytes)
        {
            header = default;
            return FrameFault.BodyTooLong;
        }

        header = new FrameHeader(
            (int)length,
            new Crc32C(BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..])),
            (FrameKind)bytes[8],
            bytes[9],
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]));
        return header switch
        {
            { Version: not CurrentVersion } => FrameFault.UnknownVersion,
            { Kind: FrameKind.None } or { Reserved: not 0 } => FrameFault.BadHeader,
            _ => FrameFault.None,
        };
    }

    /// <summary>Fills in the header of a frame whose body already follows it in <paramref name="frame"/>.</summary>
    internal static void Seal(Span<byte> frame, FrameKind kind)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)(frame.Length - EncodedBytes));
        frame[8] = (byte)kind;
        frame[9] = CurrentVersion;
        BinaryPrimitives.WriteUInt16LittleEndian(frame[10..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[4..], ChecksumOf(frame).Value);
    }

    /// <summary>The checksum of a whole frame, header included, over the part that it guards.</summary>
    internal static Crc32C ChecksumOf(ReadOnlySpan<byte> frame) => Crc32C.Of(frame[ChecksummedFrom..]);
}
