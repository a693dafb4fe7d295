using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Reads;

namespace ActorPhysics.Protocol.Line.Effects;

/// <summary>What a step asks of the world. The set of subtypes is closed, and effects hold data only, no functions.</summary>
public abstract class LineEffect;

/// <summary>
/// Append the records to the journal; when they and all earlier ones are durable, send the messages and step <see cref="RecordsDurable"/>.
/// The messages travel inside so that no interpreter can send them early. No records: the messages wait for the earlier ones.
/// </summary>
public sealed class Persist(RecordNumber first, IReadOnlyList<HistoryEvent> records, IReadOnlyList<LineMessage> thenSend) : LineEffect
{
    public RecordNumber First { get; } = first;
    public IReadOnlyList<HistoryEvent> Records { get; } = records;
    public IReadOnlyList<LineMessage> ThenSend { get; } = thenSend;

    /// <summary>The last record that must be durable before <see cref="ThenSend"/> leaves.</summary>
    public RecordNumber Last => new(First.Value + (ulong)Records.Count - 1);
}

/// <summary>Send now; nothing durable stands behind this message.</summary>
public sealed class Send(LineMessage message) : LineEffect
{
    public LineMessage Message { get; } = message;
}

/// <summary>Apply these trunk entries, contiguous and in order, then step <see cref="EntriesApplied"/>.</summary>
public sealed class ApplyEntries(IReadOnlyList<EntryToApply> entries, CommitCertificate certificate, EpochRuns runs) : LineEffect
{
    public IReadOnlyList<EntryToApply> Entries { get; } = entries;

    /// <summary>Ties the entries to the certificate's frontier.</summary>
    public EpochRuns Runs { get; } = runs;

    /// <summary>Proves all of the entries committed; it is what the waiting clients receive.</summary>
    public CommitCertificate Certificate { get; } = certificate;
}

/// <summary>An entry on the trunk, its configuration epoch, and the requests that wait for its results by ordinal (empty on followers).</summary>
public readonly record struct EntryToApply(LogEntry Entry, ConfigEpoch ConfigEpoch, IReadOnlyList<RequestToken> Waiting);

/// <summary>Answer these reads from the applied state, which includes everything through <paramref name="frontier"/>.</summary>
public sealed class ServeReads(ReadLevel level, IReadOnlyList<RequestToken> requests, LogIndex frontier, ReadCertificate? certificate) : LineEffect
{
    public ReadLevel Level { get; } = level;
    public IReadOnlyList<RequestToken> Requests { get; } = requests;

    /// <summary>The frontier consulted: C for certified reads, A for follower reads.</summary>
    public LogIndex Frontier { get; } = frontier;
    public ReadCertificate? Certificate { get; } = certificate;

    /// <summary>
    /// For a lease: look at the clock again after the state was read, and refuse with <see cref="Refusal.NoLease"/> from this moment on. A pause
    /// between the check and the answer must not let a deposed leader answer.
    /// </summary>
    public MonotonicTime AnswerBefore => Certificate?.Evidence is LeaseEvidence lease ? lease.ValidUntil : MonotonicTime.Never;
}

/// <summary>These requests end without a result.</summary>
public sealed class RefuseRequests(IReadOnlyList<RequestToken> requests, Refusal refusal, ReplicaId leaderHint, string? detail = null) : LineEffect
{
    public IReadOnlyList<RequestToken> Requests { get; } = requests;
    public Refusal Refusal { get; } = refusal;

    /// <summary>Whom to ask instead, if known.</summary>
    public ReplicaId LeaderHint { get; } = leaderHint;

    /// <summary>What exactly is wrong, for people, where the refusal alone does not say.</summary>
    public string? Detail { get; } = detail;
}

/// <summary>Why a request ends without a result.</summary>
public enum Refusal
{
    /// <summary>Nothing happened: this replica does not lead.</summary>
    NotLeader,

    /// <summary>Nothing happened: too much is uncommitted already.</summary>
    Overloaded,

    /// <summary>The command was appended and may or may not reach the trunk: nobody can know yet.</summary>
    OutcomeUnknown,

    /// <summary>Nothing happened: leadership could not be confirmed, or the replica may not serve (retired, being repaired, stopping).</summary>
    Unavailable,

    /// <summary>Nothing happened: lease reads are switched off or the lease is not held.</summary>
    NoLease,

    /// <summary>Nothing happened: the transfer's target is no voter, or it did not take over in time.</summary>
    TransferFailed,

    /// <summary>Nothing happened: the change names another ConfigEpoch than the group's, or another change is not settled yet.</summary>
    ConfigurationConflict,

    /// <summary>Nothing happened: the group cannot be configured like that.</summary>
    BadMembership,
}

/// <summary>A requested leadership transfer is done: a later epoch began, whose leader may not be known yet, or the target leads already.</summary>
public sealed class TransferCompleted(RequestToken request, ReplicaId leader) : LineEffect
{
    public RequestToken Request { get; } = request;
    public ReplicaId Leader { get; } = leader;
}

/// <summary>
/// From now on the replica counts, votes and feeds by this configuration, which may still be wet: a pruned one is followed by its predecessor.
/// The host learns from it where the members live.
/// </summary>
public sealed class ConfigurationChanged(Core.Membership.GroupConfiguration configuration) : LineEffect
{
    public Core.Membership.GroupConfiguration Configuration { get; } = configuration;
}

/// <summary>Step <see cref="TimerFired"/> at <paramref name="due"/>; it replaces the pending timer of the same kind.</summary>
public sealed class SetTimer(LineTimer timer, MonotonicTime due) : LineEffect
{
    public LineTimer Timer { get; } = timer;
    public MonotonicTime Due { get; } = due;
}

/// <summary>Capture the applied state as it is now (A = <paramref name="position"/>), write it aside while the group goes on, then step <see cref="SnapshotCaptured"/>.</summary>
public sealed class CaptureSnapshot(LogPosition position, Core.Membership.GroupConfiguration configuration) : LineEffect
{
    public LogPosition Position { get; } = position;
    public Core.Membership.GroupConfiguration Configuration { get; } = configuration;
}

/// <summary>Read a chunk of a durable snapshot for a peer, then step <see cref="SnapshotChunkRead"/>.</summary>
public sealed class ReadSnapshotChunk(ReplicaId peer, SnapshotDescription snapshot, ulong offsetBytes, int maximumBytes) : LineEffect
{
    public ReplicaId Peer { get; } = peer;
    public SnapshotDescription Snapshot { get; } = snapshot;
    public ulong OffsetBytes { get; } = offsetBytes;
    public int MaximumBytes { get; } = maximumBytes;
}

/// <summary>
/// Write a received chunk aside, then step <see cref="SnapshotChunkStored"/>; after the last one verify the whole, make it durable, restore a
/// state machine from it beside the living one, and step <see cref="SnapshotPrepared"/> instead.
/// </summary>
public sealed class StoreSnapshotChunk(SnapshotDescription snapshot, ulong offsetBytes, ReadOnlyMemory<byte> bytes) : LineEffect
{
    public SnapshotDescription Snapshot { get; } = snapshot;
    public ulong OffsetBytes { get; } = offsetBytes;
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;
}

/// <summary>Put the prepared state machine in the living one's place: the replica's applied state is now the snapshot.</summary>
public sealed class AdoptSnapshot(SnapshotDescription snapshot) : LineEffect
{
    public SnapshotDescription Snapshot { get; } = snapshot;
}

/// <summary>The journal records through <paramref name="through"/> are no longer needed.</summary>
public sealed class DiscardRecords(RecordNumber through) : LineEffect
{
    public RecordNumber Through { get; } = through;
}

/// <summary>Snapshots below <paramref name="keep"/> are no longer needed, but the store may keep older ones as a reserve.</summary>
public sealed class DiscardSnapshots(LogPosition keep) : LineEffect
{
    public LogPosition Keep { get; } = keep;
}

/// <summary>For logs and metrics: the replica's role, epoch or known leader changed.</summary>
public sealed class RoleChanged(LineRole role, LeaderEpoch epoch, ReplicaId leader, string reason) : LineEffect
{
    public LineRole Role { get; } = role;
    public LeaderEpoch Epoch { get; } = epoch;
    public ReplicaId Leader { get; } = leader;
    public string Reason { get; } = reason;
}
