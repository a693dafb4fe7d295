using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Line.Messages;

/// <summary>A piece of a state snapshot for a replica beyond the cliff (seed §4.4); it can be resumed at any chunk.</summary>
public sealed class SnapshotChunk(Envelope envelope, SnapshotDescription snapshot, ulong offsetBytes, ReadOnlyMemory<byte> bytes) : LineMessage(envelope)
{
    public SnapshotDescription Snapshot { get; } = snapshot;
    public ulong OffsetBytes { get; } = offsetBytes;
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;
}

/// <summary>Where the receiver wants the stream of that snapshot to go on. It is sent again when chunks were lost.</summary>
public sealed class SnapshotProgress(Envelope envelope, LogPosition snapshot, ulong nextOffsetBytes) : LineMessage(envelope)
{
    public LogPosition Snapshot { get; } = snapshot;
    public ulong NextOffsetBytes { get; } = nextOffsetBytes;
}

/// <summary>The snapshot is installed and durable, or the sender's trunk already reaches it: replication goes on behind it.</summary>
public sealed class SnapshotInstalled(Envelope envelope, LogPosition snapshot) : LineMessage(envelope)
{
    public LogPosition Snapshot { get; } = snapshot;
}

/// <summary>
/// A replica whose journal was corrupt asks where the log ends (protocol-aware recovery, FAST '18). The leader zeroes its match index
/// and answers after a quorum has confirmed it since this request.
/// </summary>
public sealed class RepairRequest(Envelope envelope, RepairToken token) : LineMessage(envelope)
{
    public RepairToken Token { get; } = token;
}

/// <summary>The confirmed leader's log end: a damaged replica votes again only after it durably holds everything up to here.</summary>
public sealed class RepairAnswer(Envelope envelope, RepairToken token, LogPosition end) : LineMessage(envelope)
{
    public RepairToken Token { get; } = token;
    public LogPosition End { get; } = end;
}

/// <summary>Matches a repair answer to its request; drawn anew for each request. <c>default</c> is no request.</summary>
public readonly record struct RepairToken(ulong Value);
