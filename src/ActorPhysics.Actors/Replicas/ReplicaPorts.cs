using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Actors.Replicas;

/// <summary>
/// The world of one replica. Each host gives its own: a node with files and sockets, a simulation, a persistent actor in an Akka cluster.
/// Whatever a port completes later comes back as an input, on the replica's own thread of control.
/// </summary>
/// <param name="Log">The journal stream of this replica.</param>
/// <param name="Snapshots">Its state snapshots.</param>
/// <param name="Transport">The way to the nodes of its peers.</param>
/// <param name="Timers">Its two timers.</param>
/// <param name="Replies">Where its clients' answers go.</param>
/// <param name="Observer">Who watches it, for logs and metrics.</param>
/// <param name="Clock">Time now: the monotonic one between batches, and the wall clock that the leader writes into entries.</param>
public sealed record ReplicaPorts(
    IRecordLog Log,
    IReplicaSnapshots Snapshots,
    ITransport<LineMessage> Transport,
    IReplicaTimers Timers,
    IRequestReplies Replies,
    IReplicaObserver Observer,
    IReplicaClock Clock);

/// <summary>"Append these records, tell me when they are durable": a write-ahead journal's stream, or <c>PersistAllAsync</c>.</summary>
public interface IRecordLog
{
    /// <summary>
    /// Queues records; each call follows the one before without a gap. When they are durable the host calls
    /// <see cref="ReplicaEngine.OnDurable"/> with the last of them, in order.
    /// </summary>
    void Append(RecordNumber first, IReadOnlyList<HistoryEvent> records);

    /// <summary>The records through this one are no longer needed.</summary>
    void DiscardThrough(RecordNumber through);

    /// <summary>Whether new commands are welcome; false while the disk is full.</summary>
    bool AcceptsCommands { get; }
}

/// <summary>Materializes and restores state aside; each answer comes back through <see cref="ReplicaEngine.Step"/>.</summary>
public interface IReplicaSnapshots
{
    /// <summary>Writes the capture and disposes it, then brings <see cref="SnapshotCaptured"/> or <see cref="SnapshotCaptureFailed"/>.</summary>
    void Save(ReplicatedStateCapture capture, CaptureSnapshot order);

    /// <summary>Brings <see cref="SnapshotChunkRead"/>.</summary>
    void Read(ReadSnapshotChunk order);

    /// <summary>Brings <see cref="SnapshotChunkStored"/>; after the last chunk hands a restored state to <see cref="ReplicaEngine.OnSnapshotPrepared"/>.</summary>
    void Store(StoreSnapshotChunk order);

    void Discard(DiscardSnapshots order);
}

/// <summary>One pending timer of each kind; it fires through <see cref="ReplicaEngine.Step"/> as <see cref="TimerFired"/>.</summary>
public interface IReplicaTimers
{
    void Set(LineTimer timer, MonotonicTime due);
}

/// <summary>The clocks a host lends. The steppers never see them.</summary>
public interface IReplicaClock
{
    /// <summary>Monotonic time as it is at this very moment, for the check that a lease still holds after the state was read.</summary>
    MonotonicTime Now { get; }

    /// <summary>The wall clock.</summary>
    LogTime WallTime { get; }
}

/// <summary>Where answers go. Every request that was taken in is answered exactly once through one of these calls.</summary>
public interface IRequestReplies
{
    /// <param name="outcome">Valid during the call.</param>
    /// <param name="frontier">The commit frontier that covers the command.</param>
    /// <param name="proof">Encoded once for all requests that committed together.</param>
    void Applied(RequestToken request, in AppliedCommand outcome, Coordinate frontier, ReadOnlyMemory<byte> proof);

    /// <param name="answer">Valid during the call.</param>
    void Served(RequestToken request, QueryOutcome outcome, ReadOnlySpan<byte> answer, ConsistencyLevel level, Coordinate frontier, ulong knownLagEntries, ReadOnlyMemory<byte> proof);

    /// <param name="detail">What exactly is wrong, or null where the refusal says it all.</param>
    void Refused(RequestToken request, Refusal refusal, LeaderHint leader, string? detail);

    /// <summary>The first step of a membership change is on the trunk; the further ones follow by themselves.</summary>
    void MembershipChanged(RequestToken request, Coordinate coordinate, GroupConfiguration configuration);

    void TransferCompleted(RequestToken request, LeaderHint leader);
}

/// <summary>Who leads, as far as a replica knows. An older epoch's hint must not overrule a newer one's. <c>default</c> knows nobody.</summary>
public readonly record struct LeaderHint(NodeId Node, LeaderEpoch Epoch);

/// <summary>Watches a replica; it must not call back.</summary>
public interface IReplicaObserver
{
    void RoleChanged(GroupConfiguration configuration, RoleChanged change);

    /// <summary>The replica goes by this configuration from now on; it may be wet still.</summary>
    void ConfigurationChanged(GroupConfiguration configuration);

    /// <summary>Entries were applied; <paramref name="commands"/> of them are commands.</summary>
    void Applied(int entries, int commands);
}
