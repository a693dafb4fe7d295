using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Protocol.Sessions;

/// <summary>
/// The session table's part of a snapshot: little-endian fields of fixed width in the order in which the writers below put them, behind a
/// version byte. Readers take nothing on trust: counts and lengths are checked against the limits and against the bytes present.
/// <para>What only groups that exchanged keys have stands at the end of the header and of a session, and is left out where there is none: the table of
/// any other group is what it was in every earlier version.</para>
/// </summary>
public static class SessionTableFormat
{
    private const byte Version = 1;

    private const byte DivergedFlag = 1;
    private const byte SpentFlag = 2;

    /// <summary>Reads a header; the table it yields is empty and takes <paramref name="sessions"/> parts through <see cref="TryReadSession"/>.</summary>
    public static bool TryReadHeader(
        ReadOnlySpan<byte> header, [NotNullWhen(true)] out SessionTable? table, out int sessions, [NotNullWhen(false)] out string? refusal)
    {
        table = null;
        var reader = new Reader(header);
        byte version = reader.Byte();
        var limits = new SessionLimits
        {
            MaxSessions = reader.Int32(),
            WindowCommands = reader.Int32(),
            MaxRetainedBytesPerSession = (long)reader.UInt64(),
            MaxRetainedBytes = (long)reader.UInt64(),
            MaxResultBytes = reader.Int32(),
            IdleTimeoutMs = reader.UInt64(),
        };
        var time = new LogTime(reader.UInt64());
        sessions = reader.Int32();
        ShardMapVersion forgottenThrough = reader.AllRead ? default : new ShardMapVersion(reader.UInt64());
        refusal = !reader.AllRead ? "The session table's header has another length."
            : version != Version ? $"Session table version {version} is unknown; this build knows {Version}."
            : limits.Refusal() is { } bad ? bad
            : sessions < 0 || sessions > limits.MaxSessions ? $"{sessions} sessions exceed the limit of {limits.MaxSessions}."
            : null;
        if (refusal is not null)
        {
            return false;
        }

        table = new SessionTable(limits);
        table.RestoreTime(time, forgottenThrough);
        return true;
    }

    /// <summary>Adds one captured session to a table that is being restored; parts come in the order in which they were written.</summary>
    public static bool TryReadSession(SessionTable table, ReadOnlySpan<byte> part, [NotNullWhen(false)] out string? refusal)
    {
        var reader = new Reader(part);
        var session = new Session(new SessionId(reader.UInt64()), new SessionNonce(reader.UInt64()), reader.Place(), generation: 0);
        var lastActive = new LogTime(reader.UInt64());
        var completedThrough = new CommandSequence(reader.UInt64());
        session.Complete(completedThrough);
        int results = reader.Int32();
        CommandSequence previous = completedThrough;
        for (int i = 0; i < results && !reader.Failed; i++)
        {
            var sequence = new CommandSequence(reader.UInt64());
            var status = (CommandStatus)reader.Byte();
            CommandPlace place = reader.Place();
            ReadOnlySpan<byte> bytes = reader.Bytes(table.Limits.MaxResultBytes);
            bool inWindow = sequence > previous && sequence.Value - completedThrough.Value <= (ulong)table.Limits.WindowCommands;
            if (reader.Failed || !inWindow || status == CommandStatus.None)
            {
                refusal = $"Session {session.Id} keeps a result that cannot be its own (sequence {sequence}, status {(byte)status}).";
                return false;
            }

            session.Keep(new FirstResult(sequence, status, place, bytes));
            previous = sequence;
        }

        if (!reader.Failed && !reader.AllRead)
        {
            session.SharedSince = new ShardMapVersion(reader.UInt64());
            byte flags = reader.Byte();
            session.HasDiverged = (flags & DivergedFlag) != 0;
            session.IsSpent = (flags & SpentFlag) != 0;
        }

        refusal = reader.AllRead ? table.Restore(session, lastActive) : $"Session {session.Id} has another length.";
        return refusal is null;
    }

    internal static void WriteHeader(IBufferWriter<byte> output, SessionLimits limits, LogTime time, int sessions, ShardMapVersion forgottenThrough)
    {
        var writer = new Writer(output);
        writer.Byte(Version);
        writer.Int32(limits.MaxSessions);
        writer.Int32(limits.WindowCommands);
        writer.UInt64((ulong)limits.MaxRetainedBytesPerSession);
        writer.UInt64((ulong)limits.MaxRetainedBytes);
        writer.Int32(limits.MaxResultBytes);
        writer.UInt64(limits.IdleTimeoutMs);
        writer.UInt64(time.UnixMilliseconds);
        writer.Int32(sessions);
        if (forgottenThrough != default)
        {
            writer.UInt64(forgottenThrough.Value);
        }
    }

    internal static void WriteSession(IBufferWriter<byte> output, Session session)
    {
        var writer = new Writer(output);
        writer.UInt64(session.Id.Value);
        writer.UInt64(session.Nonce.Value);
        writer.Place(session.OpenedAt);
        writer.UInt64(session.LastActive.UnixMilliseconds);
        writer.UInt64(session.CompletedThrough.Value);
        writer.Int32(session.Count);
        foreach (ref readonly FirstResult result in session.Kept)
        {
            writer.UInt64(result.Sequence.Value);
            writer.Byte((byte)result.Status);
            writer.Place(result.AppliedAt);
            writer.Int32(result.Length);
            output.Write(result.Bytes);
        }

        if (session.SharedSince != default)
        {
            writer.UInt64(session.SharedSince.Value);
            writer.Byte((byte)((session.HasDiverged ? DivergedFlag : 0) | (session.IsSpent ? SpentFlag : 0)));
        }
    }

    private readonly struct Writer(IBufferWriter<byte> output)
    {
        public void Byte(byte value)
        {
            output.GetSpan(1)[0] = value;
            output.Advance(1);
        }

        public void Int32(int value)
        {
            BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(sizeof(int)), value);
            output.Advance(sizeof(int));
        }

        public void UInt64(ulong value)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(output.GetSpan(sizeof(ulong)), value);
            output.Advance(sizeof(ulong));
        }

        public void Place(CommandPlace place)
        {
            UInt64(place.Coordinate.Group.Value);
            UInt64(place.Coordinate.ConfigEpoch.Value);
            UInt64(place.Coordinate.LeaderEpoch.Value);
            UInt64(place.Coordinate.Index.Value);
            Int32((int)place.Ordinal.Value);
        }
    }

    /// <summary>Reads past the end yield zeros and are remembered, so that a reader checks once, after a group of fields.</summary>
    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public bool Failed { get; private set; }
        public readonly bool AllRead => !Failed && _rest.IsEmpty;

        public byte Byte() => Take(1) is { IsEmpty: false } taken ? taken[0] : default;
        public int Int32() => Take(sizeof(int)) is { IsEmpty: false } taken ? BinaryPrimitives.ReadInt32LittleEndian(taken) : 0;
        public ulong UInt64() => Take(sizeof(ulong)) is { IsEmpty: false } taken ? BinaryPrimitives.ReadUInt64LittleEndian(taken) : 0;

        public CommandPlace Place()
        {
            var coordinate = new Coordinate(new GroupId(UInt64()), new ConfigEpoch(UInt64()), new LeaderEpoch(UInt64()), new LogIndex(UInt64()));
            return new CommandPlace(coordinate, new EntryOrdinal((uint)Int32()));
        }

        public ReadOnlySpan<byte> Bytes(int maximum)
        {
            int length = Int32();
            if (length < 0 || length > maximum)
            {
                Failed = true;
                return default;
            }

            return Take(length);
        }

        private ReadOnlySpan<byte> Take(int count)
        {
            if (Failed || count > _rest.Length)
            {
                Failed = true;
                return default;
            }

            ReadOnlySpan<byte> taken = _rest[..count];
            _rest = _rest[count..];
            return taken;
        }
    }
}
