using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Membership;

namespace ActorPhysics.Protocol.Line.Records;

/// <summary>A record of a replica's journal. The journal is the history log: the replica is what folding its events gives.</summary>
public abstract class HistoryEvent
{
    /// <summary>The journal keeps the newest guarded event twice, so that a damaged log does not make a replica forget its vote.</summary>
    public virtual bool IsGuarded => false;
}

/// <summary>Counts the events of one replica's journal from 1, without gaps. <c>default</c> precedes the first.</summary>
public readonly record struct RecordNumber(ulong Value) : IComparable<RecordNumber>
{
    public RecordNumber Next => new(Value + 1);
    public int CompareTo(RecordNumber other) => Value.CompareTo(other.Value);
    public static bool operator <(RecordNumber a, RecordNumber b) => a.Value < b.Value;
    public static bool operator >(RecordNumber a, RecordNumber b) => a.Value > b.Value;
    public static bool operator <=(RecordNumber a, RecordNumber b) => a.Value <= b.Value;
    public static bool operator >=(RecordNumber a, RecordNumber b) => a.Value >= b.Value;
    public override string ToString() => $"record {Value}";
}

/// <summary>
/// The replica follows no leader of a lower epoch any more, and votes in this one for nobody but <paramref name="votedFor"/>. Epoch, vote
/// and run are one record: saved apart, a crash between them forgets a vote.
/// </summary>
public sealed class EpochPromised(LeaderEpoch epoch, ReplicaId votedFor, ReplicaRun run) : HistoryEvent
{
    public LeaderEpoch Epoch { get; } = epoch;

    /// <summary><see cref="ReplicaId.None"/> while no vote was given in this epoch.</summary>
    public ReplicaId VotedFor { get; } = votedFor;
    public ReplicaRun Run { get; } = run;
    public override bool IsGuarded => true;
}

/// <summary>Entries were appended directly above the log's end.</summary>
public sealed class EntriesAppended(IReadOnlyList<LogEntry> entries) : HistoryEvent
{
    public IReadOnlyList<LogEntry> Entries { get; } = entries;
}

/// <summary>The entries above <paramref name="newEnd"/> lost to the branch of <paramref name="winner"/>; they stay readable until trimmed.</summary>
public sealed class BranchPruned(LogIndex newEnd, LeaderEpoch winner) : HistoryEvent
{
    public LogIndex NewEnd { get; } = newEnd;
    public LeaderEpoch Winner { get; } = winner;
}

/// <summary>
/// This replica's log is known to be trunk through <paramref name="through"/>, which is below the evidence's frontier when the log had matched
/// only so far. It rides with the next append and is never awaited.
/// </summary>
public sealed class TrunkExtended(CommitEvidence commit, LogIndex through) : HistoryEvent
{
    public CommitEvidence Commit { get; } = commit;
    public LogIndex Through { get; } = through;
}

/// <summary>
/// A state snapshot is durable. When it was installed over the log, this one record also says what became of the log: there is no second
/// step to crash before.
/// </summary>
public sealed class SnapshotSaved(SnapshotDescription snapshot, SnapshotPlacement placement) : HistoryEvent
{
    public SnapshotDescription Snapshot { get; } = snapshot;
    public SnapshotPlacement Placement { get; } = placement;
}

/// <summary>How a durable snapshot relates to the log.</summary>
public enum SnapshotPlacement
{
    /// <summary>It was captured from the applied state; the log is untouched.</summary>
    Captured,

    /// <summary>It was installed, and the log held its position: the log goes on above it.</summary>
    ContinuesLog,

    /// <summary>It was installed, and the log is empty above it: it had not reached there, or on another branch.</summary>
    ReplacesLog,
}

/// <summary>The log is gone through <see cref="Through"/>. It repeats what older records said and is still needed, so that they may be deleted.</summary>
public sealed class Trimmed(LogPosition through, TrimEvidence evidence, EpochPromised promise, SnapshotDescription snapshot) : HistoryEvent
{
    public LogPosition Through { get; } = through;
    public TrimEvidence Evidence { get; } = evidence;
    public EpochPromised Promise { get; } = promise;
    public SnapshotDescription Snapshot { get; } = snapshot;
}

/// <summary>The replica found its journal damaged and must not vote until it is repaired; the record carries that over further restarts.</summary>
public sealed class RepairBegun(JournalDamage damage, bool logGivenUp) : HistoryEvent
{
    public JournalDamage Damage { get; } = damage;

    /// <summary>The log had lost the snapshot that it stood on and is empty from here on, until the leader sends another.</summary>
    public bool LogGivenUp { get; } = logGivenUp;
}

/// <summary>The replica durably holds the log of the confirmed leader through <paramref name="end"/>; it votes again in epochs above that leader's.</summary>
public sealed class RepairCompleted(LogPosition end, LeaderEpoch confirmedEpoch) : HistoryEvent
{
    public LogPosition End { get; } = end;
    public LeaderEpoch ConfirmedEpoch { get; } = confirmedEpoch;
}

/// <summary>
/// The group lost its quorum and began anew with this replica, by an operator's word; the snapshot that follows holds what there was. The first records of
/// a replica that had none before.
/// </summary>
public sealed class GroupRecovered(GroupRecovery recovery) : HistoryEvent
{
    public GroupRecovery Recovery { get; } = recovery;
}

/// <summary>What a state snapshot is: its header and the configuration in force at its position.</summary>
public sealed class SnapshotDescription(StateSnapshotHeader header, GroupConfiguration configuration)
{
    public StateSnapshotHeader Header { get; } = header;
    public GroupConfiguration Configuration { get; } = configuration;
    public LogPosition Position => Header.Position;
    public Coordinate Coordinate => new(Configuration.Group, Configuration.Epoch, Position.Epoch, Position.Index);

    /// <summary>Whether both describe the same bytes. Replicas snapshot by themselves, so equal positions alone do not say so.</summary>
    public bool IsSameAs(SnapshotDescription? other) => other is not null && Header == other.Header;
}

/// <summary>What a journal lost below its durable frontier.</summary>
/// <param name="Reason">What recovery found, for people.</param>
/// <param name="PromiseLost">The guarded copy of the promise is lost too: nobody can tell the replica whom it voted for, so it may take no part any more.</param>
public sealed record JournalDamage(string Reason, bool PromiseLost);
