using ActorPhysics.Core;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Line;

/// <summary>What a journal lost below its durable frontier.</summary>
/// <param name="Reason">What recovery found, for people.</param>
/// <param name="PromiseLost">The guarded copy of the promise is damaged too: the replica can never know whom it voted for, and never votes again.</param>
public sealed record JournalDamage(string Reason, bool PromiseLost);

/// <summary>
/// A replica as its journal tells it: the fold of its history events. Everything here is durable, because the host made it so before it
/// handed it over (what a restart reads may have been page cache that never reached the disk).
/// </summary>
public sealed class RecoveredReplica
{
    private RecoveredReplica(GroupConfiguration configuration) => Configuration = configuration;

    public GroupConfiguration Configuration { get; private set; }
    public LeaderEpoch Epoch { get; private set; }
    public ReplicaId VotedFor { get; private set; }

    /// <summary>The previous run; <c>default</c> when this replica never ran.</summary>
    public ReplicaRun Run { get; private set; }
    public HistoryLog Log { get; private set; } = new(default);

    /// <summary>The newest state snapshot the journal knows of: the host opens it, or an older one, before the first step. Null: there is none.</summary>
    public SnapshotDescription? Snapshot { get; private set; }

    /// <summary>The snapshot from which the host restored the state machine; null means the empty state.</summary>
    public VerifiedStateSnapshot? Restored { get; private set; }
    public CommitCertificate? LatestCommit { get; private set; }
    public LogIndex AppliedThrough => Restored?.Position.Index ?? LogIndex.Zero;

    /// <summary>C as far as durable certificates prove it, never beyond the log's end.</summary>
    public LogIndex CommittedThrough { get; private set; }
    public RecordNumber LastRecord { get; private set; }
    public JournalDamage? Damage { get; private set; }

    /// <summary>The epoch of the leader that confirmed the last repair: this replica votes only in later ones.</summary>
    public LeaderEpoch VoteFloor { get; private set; }

    internal List<(RecordNumber Record, LogIndex Highest)> EntryRecords { get; } = [];

    /// <summary>A replica that never ran.</summary>
    public static RecoveredReplica Fresh(GroupConfiguration configuration) => new(configuration);

    /// <summary>
    /// Folds a journal. When it is damaged, <paramref name="events"/> is what survives in front of the damage and <paramref name="guarded"/> the
    /// guarded copy of the promise; the log is then shorter than it was, and the replica must not vote with it.
    /// </summary>
    /// <param name="first">The number of the first event; 1 unless older records were deleted.</param>
    /// <param name="lastRecord">The number of the newest record the journal ever numbered, which the next one follows.</param>
    /// <exception cref="InvariantViolationException">An undamaged journal contradicts itself.</exception>
    public static RecoveredReplica Fold(
        GroupConfiguration founding,
        RecordNumber first,
        IEnumerable<HistoryEvent> events,
        RecordNumber lastRecord,
        EpochPromised? guarded,
        JournalDamage? damage)
    {
        var replica = new RecoveredReplica(founding);
        RecordNumber number = first;
        foreach (HistoryEvent record in events)
        {
            replica.Fold(number, record);
            number = number.Next;
        }

        replica.LastRecord = lastRecord;
        if (guarded is not null && (guarded.Epoch > replica.Epoch || (guarded.Epoch == replica.Epoch && guarded.Run.CompareTo(replica.Run) >= 0)))
        {
            replica.Fold(guarded);
        }

        replica.Damage = damage ?? replica.Damage;
        if (replica.Snapshot is null && replica.Log.Base.Index > LogIndex.Zero)
        {
            replica.LoseSnapshot("the journal lost the record of the snapshot that its log stands on");
        }

        return replica;
    }

    /// <summary>The host restored the state machine from this snapshot, which may be older than the newest, as long as the log reaches it.</summary>
    /// <returns>False when the log does not continue from there; the state is then of no use.</returns>
    public bool RestoreFrom(VerifiedStateSnapshot proof, SnapshotDescription snapshot)
    {
        LogIndex at = snapshot.Position.Index;
        if (at < Log.Base.Index || (Log.EpochAt(at) is { } epoch && epoch != snapshot.Position.Epoch && at <= CommittedThrough))
        {
            return false;
        }

        if (Log.EpochAt(at) != snapshot.Position.Epoch)
        {
            Log.ResetTo(snapshot.Position);
        }

        Restored = proof;
        Snapshot = snapshot;
        Configuration = snapshot.Configuration;
        CommittedThrough = LogIndex.Max(CommittedThrough, at);
        return true;
    }

    /// <summary>No snapshot could be opened: when the log begins above one, its entries are of no use and the leader must reseed the replica.</summary>
    public void LoseSnapshot(string reason)
    {
        Snapshot = null;
        Restored = null;
        if (Log.Base.Index > LogIndex.Zero)
        {
            Damage ??= new JournalDamage(reason, PromiseLost: false);
            Log.ResetTo(default);
            LatestCommit = null;
            CommittedThrough = LogIndex.Zero;
        }
    }

    private void Fold(RecordNumber number, HistoryEvent record)
    {
        switch (record)
        {
            case EpochPromised promise:
                Fold(promise);
                break;
            case EntriesAppended appended:
                Fold(number, appended);
                break;
            case BranchPruned pruned:
                Invariant.Require(pruned.NewEnd >= CommittedThrough, "TrunkMonotonicity", (pruned, CommittedThrough),
                    static x => $"the journal prunes to {x.pruned.NewEnd}, below its own commit {x.CommittedThrough}");
                Log.PruneTo(LogIndex.Max(pruned.NewEnd, Log.Base.Index));
                break;
            case TrunkExtended extended:
                Fold(extended);
                break;
            case SnapshotSaved saved:
                Fold(saved);
                break;
            case Trimmed trimmed:
                Fold(trimmed);
                break;
            case RepairBegun begun:
                Damage ??= new JournalDamage(begun.Reason, PromiseLost: false);
                break;
            case RepairCompleted completed:
                VoteFloor = completed.ConfirmedEpoch;
                Damage = null;
                break;
            default:
                throw new InvariantViolationException("JournalOrder", $"no fold for {record.GetType().Name}");
        }
    }

    private void Fold(EpochPromised promise)
    {
        Invariant.Require(promise.Epoch >= Epoch, "ElectionSafety", (promise, Epoch), static x => $"the journal promises {x.promise.Epoch} after {x.Epoch}");
        Epoch = promise.Epoch;
        VotedFor = promise.VotedFor;
        Run = promise.Run.CompareTo(Run) > 0 ? promise.Run : Run;
    }

    private void Fold(RecordNumber number, EntriesAppended appended)
    {
        foreach (LogEntry entry in appended.Entries)
        {
            if (Log.End == LogIndex.Zero && entry.Position.Index > new LogIndex(1))
            {
                // Older records were deleted under a trim; its own record, further on, names the base's epoch.
                Log.ResetTo(new LogPosition(LeaderEpoch.None, entry.Position.Index.Previous));
            }

            // Below the base only when older records outlived the trim that made them needless.
            if (entry.Position.Index > Log.Base.Index)
            {
                Log.Append(entry);
            }
        }

        if (appended.Entries is [.., var newest])
        {
            EntryRecords.Add((number, newest.Position.Index));
        }
    }

    private void Fold(TrunkExtended extended)
    {
        if (CommitCertificate.TryProve(extended.Commit, Configuration) is { } certificate)
        {
            LatestCommit = certificate;
            CommittedThrough = LogIndex.Max(CommittedThrough, extended.Through);
        }
    }

    private void Fold(SnapshotSaved saved)
    {
        LogPosition at = saved.Snapshot.Position;
        if (Snapshot is not null && Snapshot.Position.Index > at.Index)
        {
            return;
        }

        Snapshot = saved.Snapshot;
        Configuration = saved.Snapshot.Configuration;
        CommittedThrough = LogIndex.Max(CommittedThrough, at.Index);
        if (!saved.Installed)
        {
            return;
        }

        if (Log.EpochAt(at.Index) == at.Epoch)
        {
            Log.TrimTo(at.Index);
        }
        else
        {
            Log.ResetTo(at);
        }
    }

    private void Fold(Trimmed trimmed)
    {
        Fold(trimmed.Promise);
        Snapshot = trimmed.Snapshot;
        Configuration = trimmed.Snapshot.Configuration;
        CommittedThrough = LogIndex.Max(CommittedThrough, trimmed.Snapshot.Position.Index);
        if (Log.Base.Index == trimmed.Through.Index)
        {
            Log.ConfirmBase(trimmed.Through);
        }
        else if (Log.EpochAt(trimmed.Through.Index) == trimmed.Through.Epoch)
        {
            Log.TrimTo(trimmed.Through.Index);
        }
        else
        {
            Log.ResetTo(trimmed.Through);
        }
    }
}
