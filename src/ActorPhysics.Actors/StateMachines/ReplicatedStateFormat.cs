using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Sessions;

namespace ActorPhysics.Actors.StateMachines;

/// <summary>
/// A replicated state on a stream, little-endian:
/// <code>
/// state    := magic "APSTATE\0"  u32 version  section(header)  section(sessions)  section(session)*  chunk*  u32 0  u64 state hash
/// snapshot := state  section(configuration)  u64 hash of the configuration, seeded with the state hash
/// header   := u64 group, config epoch, leader epoch, index, digest  u32 machine version  machine name in UTF-8
/// section, chunk := u32 length  bytes
/// </code>
/// The machine's bytes are framed in chunks, so that neither a machine that reads too far nor one that stops too early goes unnoticed.
/// </summary>
internal static class ReplicatedStateFormat
{
    private const uint Version = 1;
    private const int HeaderFixedBytes = (5 * sizeof(ulong)) + sizeof(uint);
    private const int MaxHeaderBytes = 4096;
    private const int MaxSessionBytes = 1 << 30;
    private const int MaxConfigurationBytes = 16 * 1024 * 1024;

    private static ReadOnlySpan<byte> Magic => "APSTATE\0"u8;

    public static StateHash Write(ReplicatedStateCapture capture, Stream output)
    {
        var hashed = new HashingWriter(output);
        hashed.Write(Magic);
        hashed.UInt32(Version);

        var part = new ArrayBufferWriter<byte>();
        WriteHeader(capture, part);
        hashed.Section(part.WrittenSpan);
        part.ResetWrittenCount();
        capture.Sessions.WriteHeader(part);
        hashed.Section(part.WrittenSpan);
        for (int i = 0; i < capture.Sessions.Count; i++)
        {
            part.ResetWrittenCount();
            capture.Sessions.WriteSession(i, part);
            hashed.Section(part.WrittenSpan);
        }

        using (var chunks = new ChunkWriteStream(hashed))
        {
            capture.WriteMachineTo(chunks);
            chunks.Complete();
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
        Refuse(version != Version, $"Snapshot format {version} is unknown; this build knows {Version}.");

        ReadHeader(definition, hashed.Section(MaxHeaderBytes).Span, out Coordinate applied, out StateDigest digest);
        SessionTable sessions = ReadSessions(hashed);
        IReplicatedStateMachine machine = ReadMachine(definition, hashed);
        ulong stateHash = hashed.CheckHash("state");
        hashed.Restart(stateHash);
        configuration = hashed.Section(MaxConfigurationBytes).ToArray();
        hashed.CheckHash("configuration");
        return new ReplicatedState(definition, machine, sessions, applied, digest);
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

    private static SessionTable ReadSessions(HashingReader hashed)
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

    private static void Refuse(bool condition, string reason)
    {
        if (condition)
        {
            throw new InvalidDataException(reason);
        }
    }
}
