using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using ActorPhysics.Actors.StateMachines.Handoffs;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Actors.StateMachines;

/// <summary>
/// A replicated state on a stream, little-endian:
/// <code>
/// state    := magic "APSTATE\0"  u32 version  section(header)  section(sessions)  section(session)*  machine  keys?  u64 state hash
/// machine  := chunk*  u32 0
/// keys     := section(ownership)  outgoing parcel: chunk*  u32 0  incoming parcel, as far as it has come: chunk*  u32 0
/// snapshot := state  section(configuration)  u64 hash of the configuration, seeded with the state hash
/// header   := u64 group, config epoch, leader epoch, index, digest  u32 machine version  machine name in UTF-8
/// section, chunk := u32 length  bytes
/// </code>
/// Version 1 has no keys; it is written for groups outside of any space. Version 2 has them. The machine's bytes are framed in chunks, so that neither a machine that reads too far nor one that stops too early goes unnoticed.
/// </summary>
internal static class ReplicatedStateFormat
{
    private const uint Version = 1;
    private const uint VersionWithKeys = 2;
    private const int HeaderFixedBytes = (5 * sizeof(ulong)) + sizeof(uint);
    private const int MaxHeaderBytes = 4096;
    private const int MaxSessionBytes = 1 << 30;
    private const int MaxConfigurationBytes = 16 * 1024 * 1024;
    private const int MaxOwnershipBytes = 16 * 1024 * 1024;

    private static ReadOnlySpan<byte> Magic => "APSTATE\0"u8;

    public static StateHash Write(ReplicatedStateCapture capture, Stream output)
    {
        var hashed = new HashingWriter(output);
        hashed.Write(Magic);
        hashed.UInt32(capture.Keys is null ? Version : VersionWithKeys);

        var part = new ArrayBufferWriter<byte>();
        WriteHeader(capture, part);
        hashed.Section(part.WrittenSpan);
        WriteSessions(capture.Sessions, hashed, part);
        WriteChunks(hashed, capture.WriteMachineTo);
        if (capture.Keys is { } keys)
        {
            hashed.Section(KeyOwnershipCodec.Encode(keys.Ownership));
            WriteChunks(hashed, keys.Outgoing.WriteTo);
            WriteChunks(hashed, keys.Incoming.WriteTo);
        }

        ulong stateHash = hashed.WriteHash();
        hashed.Restart(stateHash);
        hashed.Section(capture.Configuration.Span);
        hashed.WriteHash();
        return new StateHash(stateHash);
    }

    public static ReplicatedState Read(StateMachineDefinition definition, Stream snapshot, out ReadOnlyMemory<byte> configuration)
    {
        var hashed = new HashingReader(snapshot);
        Span<byte> magic = stackalloc byte[Magic.Length];
        hashed.Read(magic);
        Refuse(!magic.SequenceEqual(Magic), "This is no snapshot of a replicated state.");
        uint version = hashed.UInt32();
        Refuse(version is not (Version or VersionWithKeys), $"Snapshot format {version} is unknown; this build knows {Version} and {VersionWithKeys}.");

        ReadHeader(definition, hashed.Section(MaxHeaderBytes).Span, out Coordinate applied, out StateDigest digest);
        SessionTable sessions = ReadSessions(hashed);
        IReplicatedStateMachine machine = ReadMachine(definition, hashed);
        KeyDesk? keys = version == VersionWithKeys ? ReadKeys(definition, machine, hashed) : null;
        ulong stateHash = hashed.CheckHash("state");
        hashed.Restart(stateHash);
        configuration = hashed.Section(MaxConfigurationBytes).ToArray();
        hashed.CheckHash("configuration");
        return new ReplicatedState(definition, machine, sessions, applied, digest, keys);
    }

    /// <summary>Writes a table in sections, as <see cref="ReadSessions"/> reads it.</summary>
    /// <param name="part">Room for one session at a time.</param>
    internal static void WriteSessions(SessionTableCapture sessions, HashingWriter output, ArrayBufferWriter<byte> part)
    {
        part.ResetWrittenCount();
        sessions.WriteHeader(part);
        output.Section(part.WrittenSpan);
        for (int i = 0; i < sessions.Count; i++)
        {
            part.ResetWrittenCount();
            sessions.WriteSession(i, part);
            output.Section(part.WrittenSpan);
        }
    }

    private static void WriteChunks(HashingWriter output, Action<Stream> write)
    {
        using var chunks = new ChunkWriteStream(output);
        write(chunks);
        chunks.Complete();
    }

    private static void WriteHeader(ReplicatedStateCapture capture, ArrayBufferWriter<byte> output)
    {
        Span<byte> header = output.GetSpan(HeaderFixedBytes);
        Coordinate at = capture.Applied;
        BinaryPrimitives.WriteUInt64LittleEndian(header, at.Group.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], at.ConfigEpoch.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], at.LeaderEpoch.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], at.Index.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], capture.Digest.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(header[40..], (uint)capture.Definition.Version);
        output.Advance(HeaderFixedBytes);
        output.Write(Encoding.UTF8.GetBytes(capture.Definition.Name));
    }

    private static void ReadHeader(StateMachineDefinition definition, ReadOnlySpan<byte> header, out Coordinate applied, out StateDigest digest)
    {
        Refuse(header.Length <= HeaderFixedBytes, "The snapshot's header is too short.");
        applied = new Coordinate(
            new GroupId(BinaryPrimitives.ReadUInt64LittleEndian(header)),
            new ConfigEpoch(BinaryPrimitives.ReadUInt64LittleEndian(header[8..])),
            new LeaderEpoch(BinaryPrimitives.ReadUInt64LittleEndian(header[16..])),
            new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(header[24..])));
        digest = new StateDigest(BinaryPrimitives.ReadUInt64LittleEndian(header[32..]));
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(header[40..]);
        string name = Encoding.UTF8.GetString(header[HeaderFixedBytes..]);
        Refuse(name != definition.Name, $"The snapshot is of state machine '{name}', not of '{definition.Name}'.");
        Refuse(version > definition.Version, $"The snapshot is of version {version} of '{name}'; this build knows {definition.Version}.");
    }

    internal static SessionTable ReadSessions(HashingReader hashed)
    {
        if (!SessionTableFormat.TryReadHeader(hashed.Section(MaxHeaderBytes).Span, out SessionTable? sessions, out int count, out string? refusal))
        {
            throw new InvalidDataException(refusal);
        }

        for (int i = 0; i < count; i++)
        {
            if (!SessionTableFormat.TryReadSession(sessions, hashed.Section(MaxSessionBytes).Span, out refusal))
            {
                throw new InvalidDataException(refusal);
            }
        }

        return sessions;
    }

    private static IReplicatedStateMachine ReadMachine(StateMachineDefinition definition, HashingReader hashed)
    {
        IReplicatedStateMachine machine = definition.Create();
        using var chunks = new ChunkReadStream(hashed);
        try
        {
            machine.Restore(chunks);
        }
        catch (Exception fault) when (fault is not (IOException or InvalidDataException or OutOfMemoryException))
        {
            throw new InvalidDataException($"State machine '{definition.Name}' cannot restore the snapshot: {fault.Message}", fault);
        }

        Refuse(!chunks.AtEnd(), $"State machine '{definition.Name}' left a part of the snapshot unread.");
        return machine;
    }

    private static KeyDesk ReadKeys(StateMachineDefinition definition, IReplicatedStateMachine machine, HashingReader hashed)
    {
        if (!KeyOwnershipCodec.TryDecode(hashed.Section(MaxOwnershipBytes).Span, out KeyOwnership? ownership, out string? refusal))
        {
            throw new InvalidDataException(refusal);
        }

        ParcelBytes outgoing = ReadParcel(hashed);
        ParcelBytes incoming = ReadParcel(hashed);
        Refuse(ownership.Outgoing is { } handoff ? outgoing.Seal != handoff.Seal : outgoing.LengthBytes > 0, "The snapshot's outgoing parcel is not what was sealed.");
        Refuse(incoming.LengthBytes != (ownership.Incoming?.ReceivedBytes ?? 0), "The snapshot's incoming parcel has another length.");
        return new KeyDesk(
            definition, machine, ownership, ownership.Outgoing is null ? null : outgoing, incoming.LengthBytes == 0 ? null : incoming);
    }

    private static ParcelBytes ReadParcel(HashingReader hashed)
    {
        var parcel = new ParcelBytes();
        using var chunks = new ChunkReadStream(hashed);
        using var output = new ParcelOutput(parcel);
        chunks.CopyTo(output, ChunkWriteStream.ChunkBytes);
        return parcel;
    }

    private static void Refuse(bool condition, string reason)
    {
        if (condition)
        {
            throw new InvalidDataException(reason);
        }
    }
}
