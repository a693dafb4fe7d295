using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Actors.StateMachines.Handoffs;

/// <summary>
/// What travels with the keys, little-endian, framed as in a snapshot (<see cref="ReplicatedStateFormat"/>):
/// <code>
/// parcel := magic "APPARCEL"  u32 version  section(header)  section(sessions)  section(session)*  chunk*  u32 0
/// </code>
/// The header is handoff.proto's <c>ParcelHeader</c>. There is no hash: the seal in the giver's answer covers every byte.
/// </summary>
internal static class ParcelFormat
{
    private const uint Version = 1;
    private const int MaxHeaderBytes = 16 * 1024 * 1024;

    private static ReadOnlySpan<byte> Magic => "APPARCEL"u8;

    public static ParcelBytes Write(ParcelHeader header, SessionTableCapture sessions, IStateCapture machine)
    {
        var parcel = new ParcelBytes();
        using var output = new ParcelOutput(parcel);
        using var buffered = new BufferedStream(output, ChunkWriteStream.ChunkBytes);
        var framed = new HashingWriter(buffered);
        framed.Write(Magic);
        framed.UInt32(Version);
        framed.Section(header.Encode());
        ReplicatedStateFormat.WriteSessions(sessions, framed, new ArrayBufferWriter<byte>());
        using (var chunks = new ChunkWriteStream(framed))
        {
            machine.WriteTo(chunks);
            chunks.Complete();
        }

        buffered.Flush();
        return parcel;
    }

    /// <summary>Reads who the parcel is for, and nothing else; false when it is no parcel that this version knows.</summary>
    public static bool TryReadHeader(Stream parcel, [NotNullWhen(true)] out ParcelHeader? header)
    {
        header = null;
        try
        {
            var framed = new HashingReader(parcel);
            return IsParcel(framed) && ParcelHeader.TryDecode(framed.Section(MaxHeaderBytes).Span, out header);
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>Reads the whole parcel: the sessions, and what the machine absorbs.</summary>
    /// <exception cref="InvalidDataException">This build cannot make sense of it.</exception>
    public static SessionTable Absorb(Stream parcel, IPartitionedStateMachine machine)
    {
        var framed = new HashingReader(parcel);
        if (!IsParcel(framed))
        {
            throw new InvalidDataException("This is no parcel that this build knows.");
        }

        framed.Section(MaxHeaderBytes);
        SessionTable sessions = ReplicatedStateFormat.ReadSessions(framed);
        using var chunks = new ChunkReadStream(framed);
        machine.Absorb(chunks);
        return chunks.AtEnd() ? sessions : throw new InvalidDataException("The state machine left a part of the parcel unread.");
    }

    private static bool IsParcel(HashingReader framed)
    {
        Span<byte> magic = stackalloc byte[Magic.Length];
        framed.Read(magic);
        return magic.SequenceEqual(Magic) && framed.UInt32() == Version;
    }
}
