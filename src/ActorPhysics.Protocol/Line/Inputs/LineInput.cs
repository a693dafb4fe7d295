using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Reads;

namespace ActorPhysics.Protocol.Line.Inputs;

/// <summary>Everything that can happen to a replica. The stepper reads no clock: each input brings the host's monotonic time.</summary>
public abstract class LineInput(MonotonicTime now)
{
    public MonotonicTime Now { get; } = now;
}

/// <summary>The first input of a run, once.</summary>
public sealed class Started(MonotonicTime now) : LineInput(now);

/// <summary>A message of a peer, decoded; what it claims is checked by the stepper.</summary>
public sealed class MessageArrived(MonotonicTime now, LineMessage message) : LineInput(now)
{
    public LineMessage Message { get; } = message;
}

/// <summary>A timer reached the time of its latest <c>SetTimer</c>.</summary>
public sealed class TimerFired(MonotonicTime now, LineTimer timer) : LineInput(now)
{
    public LineTimer Timer { get; } = timer;
}

/// <summary>A replica has at most one timer of each kind.</summary>
public enum LineTimer
{
    /// <summary>Follower and candidate: the leader is silent, or the election brought nobody.</summary>
    Election,

    /// <summary>Leader: heartbeats, retransmission, check-quorum, transfer deadline.</summary>
    Heartbeat,
}

/// <summary>All journal records through <paramref name="through"/> are durable.</summary>
public sealed class RecordsDurable(MonotonicTime now, RecordNumber through) : LineInput(now)
{
    public RecordNumber Through { get; } = through;
}

/// <summary>The state machine has applied the trunk through <paramref name="through"/>.</summary>
public sealed class EntriesApplied(MonotonicTime now, LogIndex through) : LineInput(now)
{
    public LogIndex Through { get; } = through;
}

/// <summary>A batch of client commands, encoded; its requests are answered when the entry is applied, or refused.</summary>
public sealed class WriteRequested(MonotonicTime now, LogTime time, ReadOnlyMemory<byte> commands, IReadOnlyList<RequestToken> requests) : LineInput(now)
{
    public LogTime Time { get; } = time;
    public ReadOnlyMemory<byte> Commands { get; } = commands;

    /// <summary>One per command, by ordinal.</summary>
    public IReadOnlyList<RequestToken> Requests { get; } = requests;
}

/// <summary>Reads of one level that arrived together; they share one certificate.</summary>
public sealed class ReadRequested(MonotonicTime now, ReadLevel level, IReadOnlyList<RequestToken> requests) : LineInput(now)
{
    public ReadLevel Level { get; } = level;
    public IReadOnlyList<RequestToken> Requests { get; } = requests;
}

/// <summary>Names a request to the host that brought it. Opaque to the stepper.</summary>
public readonly record struct RequestToken(ulong Source, ulong Request);

/// <summary>Hand leadership to <paramref name="target"/>, or to the most advanced connected voter when it is <see cref="ReplicaId.None"/>.</summary>
public sealed class TransferRequested(MonotonicTime now, RequestToken request, ReplicaId target) : LineInput(now)
{
    public RequestToken Request { get; } = request;
    public ReplicaId Target { get; } = target;
}

/// <summary>
/// Change the group's members, if its ConfigEpoch is still <paramref name="expected"/>. The request is answered when the first step of the change
/// is committed; whoever leads then takes the further ones.
/// </summary>
public sealed class MembershipRequested(MonotonicTime now, RequestToken request, ConfigEpoch expected, MembershipTarget target) : LineInput(now)
{
    public RequestToken Request { get; } = request;
    public ConfigEpoch Expected { get; } = expected;
    public MembershipTarget Target { get; } = target;
}

/// <summary>The connection to a peer's node is up: what was in flight before is lost.</summary>
public sealed class PeerConnected(MonotonicTime now, ReplicaId peer) : LineInput(now)
{
    public ReplicaId Peer { get; } = peer;
}

/// <summary>The connection to a peer's node broke. It starts a pre-vote at once when the peer led; it shortens no lease promise.</summary>
public sealed class PeerDisconnected(MonotonicTime now, ReplicaId peer) : LineInput(now)
{
    public ReplicaId Peer { get; } = peer;
}

/// <summary>The snapshot asked for by <c>CaptureSnapshot</c> is durable.</summary>
public sealed class SnapshotCaptured(MonotonicTime now, VerifiedStateSnapshot proof, SnapshotDescription snapshot) : LineInput(now)
{
    public VerifiedStateSnapshot Proof { get; } = proof;
    public SnapshotDescription Snapshot { get; } = snapshot;
}

/// <summary>The snapshot asked for by <c>CaptureSnapshot</c> could not be written; the next threshold tries again.</summary>
public sealed class SnapshotCaptureFailed(MonotonicTime now) : LineInput(now);

/// <summary>A chunk asked for by <c>ReadSnapshotChunk</c>. No bytes mean that the snapshot is gone.</summary>
public sealed class SnapshotChunkRead(MonotonicTime now, ReplicaId peer, SnapshotDescription snapshot, ulong offsetBytes, ReadOnlyMemory<byte> bytes) : LineInput(now)
{
    public ReplicaId Peer { get; } = peer;
    public SnapshotDescription Snapshot { get; } = snapshot;
    public ulong OffsetBytes { get; } = offsetBytes;
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;
}

/// <summary>A received chunk was written aside; the stream goes on at <paramref name="nextOffsetBytes"/> (0: it was damaged, start again).</summary>
public sealed class SnapshotChunkStored(MonotonicTime now, SnapshotDescription snapshot, ulong nextOffsetBytes) : LineInput(now)
{
    public SnapshotDescription Snapshot { get; } = snapshot;
    public ulong NextOffsetBytes { get; } = nextOffsetBytes;
}

/// <summary>A received snapshot is complete, verified, durable, and a state machine restored from it stands ready to be adopted.</summary>
public sealed class SnapshotPrepared(MonotonicTime now, VerifiedStateSnapshot proof, SnapshotDescription snapshot) : LineInput(now)
{
    public VerifiedStateSnapshot Proof { get; } = proof;
    public SnapshotDescription Snapshot { get; } = snapshot;
}
