using ActorPhysics.Core;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Line;

/// <summary>
/// A replica as its journal tells it: the fold of its history events. Everything here is durable, because the host made it so before it
/// handed it over (what a restart reads may have been page cache that never reached the disk).
/// </summary>
public sealed class RecoveredReplica
{
    private readonly GroupConfiguration _founding;

    private RecoveredReplica(GroupConfiguration founding)
    {
        _founding = founding;
        Configurations = ConfigurationTrail.Of(founding);
    }

    /// <summary>The configuration that the group was founded with and those that the log changed it to.</summary>
    public ConfigurationTrail Configurations { get; private set; }

    /// <summary>The newest configuration of the log.</summary>
    public GroupConfiguration Configuration => Configurations.Newest;
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

    /// <summary>
    /// What recovery itself had to decide about the log, as records that the replica writes before anything else: without them the next
    /// recovery would meet entries that do not follow.
    /// </summary>
    internal List<HistoryEvent> Corrections { get; } = [];

    internal List<(RecordNumber Record, LogIndex Highest)> EntryRecords { get; } = [];

    /// <summary>A replica without a journal: a new one, or one that is known to have run before and remembers nothing.</summary>
    public static RecoveredReplica Fresh(GroupConfiguration configuration, ReplicaRun previousRun = default) => new(configuration) { Run = previousRun };

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

        if (damage is not null)
        {
            replica.Damage = damage with { PromiseLost = damage.PromiseLost || replica.Damage is { PromiseLost: true } };
            replica.Corrections.Add(new RepairBegun(replica.Damage, logGivenUp: false));
        }

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
            Corrections.Add(new SnapshotSaved(snapshot, SnapshotPlacement.ReplacesLog));
        }
        else if (Log.Base.Epoch == LeaderEpoch.None && Log.Base.Index > LogIndex.Zero)
        {
            // The damage took the record that names the base's epoch; the snapshot's own position is as good a base.
            Log.TrimTo(at);
            Corrections.Add(new SnapshotSaved(snapshot, SnapshotPlacement.ContinuesLog));
        }

        Restored = proof;
        Snapshot = snapshot;
        Configurations = TrailAbove(at, snapshot.Configuration);
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
            Corrections.Add(new RepairBegun(Damage, logGivenUp: true));
            GiveLogUp();
        }
        else
        {
            // The whole log is there and is applied once more from its beginning, under the configurations that were in force.
            Configurations = TrailAbove(LogIndex.Zero, _founding);
        }
    }

    private ConfigurationTrail TrailAbove(LogIndex at, GroupConfiguration configuration)
    {
        ConfigurationTrail trail = ConfigurationTrail.Of(configuration, at);
        for (LogIndex index = LogIndex.Max(at, Log.Base.Index).Next; index <= Log.End; index = index.Next)
        {
            trail = Log[index] is ConfigurationEntry entry ? trail.With(index, entry.Configuration) : trail;
        }

        return trail;
    }

    private void GiveLogUp()
    {
        Configurations = ConfigurationTrail.Of(_founding);
        Log.ResetTo(default);
        Snapshot = null;
        LatestCommit = null;
        CommittedThrough = LogIndex.Zero;
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
                Configurations = Configurations.PrunedAfter(pruned.NewEnd);
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
                Damage = begun.Damage;
                if (begun.LogGivenUp)
                {
                    GiveLogUp();
                }

                break;
            case RepairCompleted completed:
                VoteFloor = completed.ConfirmedEpoch;
                Damage = null;
                break;
            case GroupRecovered:
                // It says where the snapshot behind it comes from; who is told of it reads the record itself.
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
                Note(entry);
            }
        }

        if (appended.Entries is [.., var newest])
        {
            EntryRecords.Add((number, newest.Position.Index));
        }
    }

    private void Note(LogEntry entry)
    {
        if (entry is not ConfigurationEntry { Configuration: { } configuration, Position.Index: var at })
        {
            return;
        }

        // After a trim the entries before this one are gone; the snapshot that is restored says what was in force there.
        Configurations = configuration.Epoch == Configuration.Epoch.Next && at > Configurations.NewestFrom
            ? Configurations.With(at, configuration)
            : ConfigurationTrail.Of(configuration, at);
    }

    private void Fold(TrunkExtended extended)
    {
        if (Configurations.Find(extended.Commit.ConfigEpoch, extended.Through) is { } configuration
            && CommitCertificate.TryProve(extended.Commit, configuration) is { } certificate)
        {
            LatestCommit = certificate;
            CommittedThrough = LogIndex.Max(CommittedThrough, extended.Through);
        }
    }

    private void Fold(SnapshotSaved saved)
    {
        LogPosition at = saved.Snapshot.Position;
        if (Snapshot is not null && Snapshot.Position.Index > at.Index && saved.Placement == SnapshotPlacement.Captured)
        {
            return;
        }

        Snapshot = saved.Snapshot;
        Configurations = Configurations.Rebased(at.Index, saved.Snapshot.Configuration);
        CommittedThrough = LogIndex.Max(CommittedThrough, at.Index);
        switch (saved.Placement)
        {
            case SnapshotPlacement.ReplacesLog:
                Log.ResetTo(at);
                Configurations = ConfigurationTrail.Of(saved.Snapshot.Configuration, at.Index);
                break;
            case SnapshotPlacement.ContinuesLog when at.Index >= Log.Base.Index:
                Log.TrimTo(at.Index);
                break;
            default:
                // Captured beside the log; or older records are gone already, and the log begins above it.
                break;
        }
    }

    private void Fold(Trimmed trimmed)
    {
        Fold(trimmed.Promise);
        if (Snapshot is null || Snapshot.Position.Index < trimmed.Snapshot.Position.Index)
        {
            Snapshot = trimmed.Snapshot;
            Configurations = Configurations.Rebased(trimmed.Snapshot.Position.Index, trimmed.Snapshot.Configuration);
            CommittedThrough = LogIndex.Max(CommittedThrough, trimmed.Snapshot.Position.Index);
        }

        LogPosition through = trimmed.Through;
        if (Log.Base.Index == through.Index)
        {
            Log.ConfirmBase(through);
        }
        else if (Log.Base.Index < through.Index)
        {
            // An older checkpoint than the one that deleted the records before this says nothing new.
            TrimOrReset(through);
        }
    }

    private void TrimOrReset(LogPosition through)
    {
        if (Log.EpochAt(through.Index) == through.Epoch)
        {
            Log.TrimTo(through.Index);
        }
        else
        {
            Log.ResetTo(through);
        }
    }
}
