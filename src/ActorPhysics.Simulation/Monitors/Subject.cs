using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Simulation.Storage;
using ActorPhysics.Simulation.World;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>One replica as the monitors see it, from outside: what it wrote, what of that is on its disk, what it says and what it claims.</summary>
internal sealed class Subject : IDiskWatcher
{
    private readonly Observatory _observatory;
    private JournalSequence _offeredThrough;
    private ConfigEpoch _wentBy;
    private readonly Queue<(JournalSequence Sequence, HistoryEvent Record)> _unsynced = new();

    public Subject(Observatory observatory, ReplicaId id, int index)
    {
        _observatory = observatory;
        Id = id;
        Index = index;
        observatory.Add(this);
    }

    public ReplicaId Id { get; }
    public int Index { get; }
    public SimulatedDisk? Disk { get; set; }

    /// <summary>Null while the process is down.</summary>
    public ReplicaActor? Actor { get; private set; }
    public bool IsUp => Actor is not null;
    public bool HasCrashed { get; private set; }

    /// <summary>The log as written.</summary>
    public ShadowLog Memory { get; private set; } = new();

    /// <summary>The log as it would survive a power cut.</summary>
    public ShadowLog Durable { get; private set; } = new();

    /// <summary>The disk refuses what the replica writes, so its log may be another than anybody outside can see.</summary>
    public bool IsHidden => Disk!.IsRefusing;

    /// <summary>Its trunk has been compared with everybody's through here.</summary>
    public LogIndex ConfirmedThrough { get; set; }

    /// <summary>The newest promise that was written, and the newest that would survive.</summary>
    public EpochPromised? Promise { get; private set; }
    public EpochPromised? DurablePromise { get; private set; }

    /// <summary>The newest promise before the record that was written last.</summary>
    public EpochPromised? PromiseBefore { get; private set; }

    /// <summary>Its disk lost something that was durable, and the end of the repair is not durable yet.</summary>
    public bool OwesRepair { get; private set; }

    /// <summary>It holds no certain knowledge of what it promised, and is out of the group for good.</summary>
    public bool IsLost { get; private set; }

    /// <summary>When a leader last sent it entries or a piece of a snapshot.</summary>
    public WorldTime FedAt { get; private set; }

    public LineRole Role { get; private set; }
    public BoundariesView Before { get; private set; }
    public LeaderEpoch EpochBefore { get; private set; }

    /// <summary>What a peer's message that the present turn handles says.</summary>
    public LineMessage? Heard { get; private set; }

    /// <summary>What the present turn wrote, besides promises, changed the log by a leader's word.</summary>
    public bool LogChanged { get; private set; }
    public RecoveredReplica? RecoveredFrom { get; private set; }

    /// <summary>Whether the replica holds a trunk position in the sense in which its word counts under the failure model: in its log, or in a snapshot.</summary>
    public bool Vouches(LogPosition trunk) => _observatory.Configuration.FailureModel.Acknowledgement == AcknowledgementMeaning.Durable
        ? Durable.Contains(trunk) || trunk.Index <= Disk!.Snapshots.NewestSound
        : Memory.Contains(trunk);

    public void Started(ReplicaActor actor, RecoveredReplica recovered)
    {
        Actor = actor;
        RecoveredFrom = recovered;
        _offeredThrough = Disk!.Written;
        Memory = ShadowLog.Of(recovered.Log);
        Role = LineRole.Starting;
        Before = actor.Boundaries;
        ConfirmedThrough = Before.TrimmedThrough.Index;
        _observatory.Started(this);
        Durable = Memory.Copy();
        OwesRepair |= recovered.Damage is not null;
        IsLost |= recovered.Damage is { PromiseLost: true };
        Heard = null;
    }

    public void Crashed()
    {
        Actor = null;
        Role = LineRole.Starting;
        _observatory.Crashed(this);
    }

    public void TurnBegins()
    {
        if (Actor is { } actor)
        {
            Before = actor.Boundaries;
            EpochBefore = actor.Epoch;
            LogChanged = false;
            Heard = null;
        }
    }

    public void IsFed() => FedAt = _observatory.Now;

    public void Hears(LineMessage message)
    {
        Heard = message;
        _observatory.Trace?.Delivered(this, message);
    }

    public void TurnEnded()
    {
        if (Actor is not null)
        {
            if (_observatory.Trace is { } trace && Actor.Boundaries.Committed > Before.Committed)
            {
                trace.Happened(this, $"C is {Actor.Boundaries.Committed}");
            }

            _observatory.TurnEnded(this);
        }
    }

    public void Sends(LineMessage message)
    {
        _observatory.Trace?.Sent(this, message);
        _observatory.Sent(this, message);
    }

    public void RoleChanged(RoleChanged change)
    {
        Role = change.Role;
        _observatory.Trace?.Happened(this, $"is {change.Role} in {change.Epoch}: {change.Reason}");
        _observatory.RoleChanged(this, change);
    }

    /// <summary>From now on the replica goes by this configuration; an earlier one than before when a branch was pruned.</summary>
    public void GoesBy(GroupConfiguration configuration)
    {
        if (configuration.Epoch < _wentBy)
        {
            _observatory.Marks.Mark(CoverageMark.ConfigurationPruned);
        }

        _wentBy = configuration.Epoch;
        _observatory.Trace?.Happened(this, $"goes by {configuration}");
    }

    public void AppliedEntries(int entries) => _observatory.Marks.Applied(entries);

    void IDiskWatcher.Offered(JournalSequence sequence, JournalRecord record)
    {
        if (sequence <= _offeredThrough)
        {
            return;
        }

        _offeredThrough = sequence;
        HistoryEvent written = _observatory.Decoder.Decode(record.Payload);
        _unsynced.Enqueue((sequence, written));
        Memory.Fold(written);
        PromiseBefore = Promise;
        Promise = PromiseIn(written) ?? Promise;
        OwesRepair |= written is RepairBegun;
        LogChanged |= written is EntriesAppended or BranchPruned or Protocol.Line.Records.TrunkExtended or SnapshotSaved { Placement: not SnapshotPlacement.Captured };
        _observatory.Written(this, written, record.Payload.Span);
    }

    void IDiskWatcher.Durable(JournalSequence through)
    {
        Fold(through);
        _observatory.DurableChanged(this);
    }

    void IDiskWatcher.Crashed(JournalSequence survivingThrough)
    {
        HasCrashed = true;
        Fold(survivingThrough);
        _unsynced.Clear();
        Memory = Durable.Copy();
        Promise = DurablePromise;
        _observatory.DurableChanged(this);
    }

    void IDiskWatcher.Damaged(JournalSequence lostFrom, bool promiseLost)
    {
        OwesRepair = true;
        _observatory.Trace?.Happened(this, $"has a disk that is damaged from record {lostFrom} on");
    }

    private void Fold(JournalSequence through)
    {
        while (_unsynced.TryPeek(out (JournalSequence Sequence, HistoryEvent Record) oldest) && oldest.Sequence <= through)
        {
            _unsynced.Dequeue();
            Durable.Fold(oldest.Record);
            DurablePromise = PromiseIn(oldest.Record) ?? DurablePromise;
            OwesRepair &= oldest.Record is not RepairCompleted;
        }
    }

    private static EpochPromised? PromiseIn(HistoryEvent record) => record switch
    {
        EpochPromised promise => promise,
        Trimmed trimmed => trimmed.Promise,
        _ => null,
    };

    public override string ToString() => $"{Id} {Role} {Memory.Base}..{Memory.Tail} durable {Durable.Tail}";
}
