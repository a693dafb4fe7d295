using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Actors.Runtime;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Simulation.Monitors;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.Storage;
using ActorPhysics.Simulation.World;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Simulation.Processes;

/// <summary>
/// A node of the simulated world: a disk and clocks that stay, and one process after the other that runs the shipped replica actor on them. It
/// gives the process a turn whenever something happens to it, and lets the monitors look after each.
/// </summary>
internal sealed class SimulatedProcess : ILoopFaultListener, ISupervisionListener, IBackgroundWorker
{
    private readonly IProcessWorld _world;
    private readonly SeededRandom _random;
    private readonly ProcessPorts _ports;
    private SimulatedLoop? _loop;
    private SimulatedJournal? _journal;
    private WorldTime _wakeAt = WorldTime.Never;
    private WorldTime _pausedUntil;
    // What arrived during a pause.
    private readonly Queue<Action> _deferred = new();
    private bool _resuming;
    private bool _turnPlanned;
    private bool _ranBefore;
    private bool _failed;

    public SimulatedProcess(IProcessWorld world, int index, ClockPlan clock, SeededRandom random)
    {
        _world = world;
        _random = random;
        Index = index;
        Clock = new SimulatedClock(world.Events, clock.Start, clock.PartsPerMillion) { WallOffset = clock.WallOffset };
        Disk = new SimulatedDisk(watcher: null);
        _ports = new ProcessPorts(world, this);
        if (index < world.Configuration.Members.Length)
        {
            Host(world.Configuration.Members[index].Replica);
        }
    }

    public int Index { get; }
    public NodeId Node => new((ulong)Index + 1);

    /// <summary>The replica that lives here, or null before there was one.</summary>
    public Subject? Subject { get; private set; }

    /// <summary>That replica's disk: who comes after it begins with an empty one.</summary>
    public SimulatedDisk Disk { get; private set; }
    public SimulatedClock Clock { get; }
    public ReplicaActor? Actor { get; private set; }

    [MemberNotNullWhen(true, nameof(Actor), nameof(Subject))]
    public bool IsUp => Actor is not null;

    /// <summary>Counts the processes of this node; what was meant for an earlier one is not for the present one.</summary>
    public int Run { get; private set; }
    public ProcessVersion Version { get; private set; }
    public bool IsPaused => _pausedUntil > _world.Events.Now;
    public TimeSpan Stall => Clock.Stall;

    /// <summary>From now on another replica lives here, which has never run; the one before it is gone for good.</summary>
    [MemberNotNull(nameof(Subject))]
    public void Host(ReplicaId replica)
    {
        Crash();
        Subject = new Subject(_world.Observatory, replica, Index);
        Disk = new SimulatedDisk(Subject);
        Subject.Disk = Disk;
        _ranBefore = false;
    }

    /// <summary>Recovers from the disk and begins. What cannot recover stays down, and that is told.</summary>
    public void Start(ProcessVersion version)
    {
        try
        {
            Begin(version);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            _world.Observatory.ProductFault(Subject!, fault);
        }
    }

    private void Begin(ProcessVersion version)
    {
        Run++;
        Version = version;
        _failed = false;
        _pausedUntil = default;
        _wakeAt = WorldTime.Never;
        _turnPlanned = false;
        _deferred.Clear();
        Clock.StallAtNextLook = TimeSpan.Zero;
        _loop = new SimulatedLoop(Clock, this);
        _loop.BeginTurn();
        _journal = new SimulatedJournal(Disk, _world.Events, _world.Plan.Disk, _random.Fork(), RequestTurn);
        ReplicaSettings settings = _world.SettingsOf(Subject!.Id);
        IJournal journal = version == ProcessVersion.Later ? new LaterJournal(_journal) : _journal;
        if (Disk.HasTornTail)
        {
            _world.Observatory.Marks.Mark(CoverageMark.TornTail);
        }

        RecoveredState recovered = ReplicaRecovery.Recover(settings, _world.Configuration, journal, Disk.Snapshots, _ranBefore);
        _ranBefore |= _world.Plan.Group.CrashStop;
        var host = new ReplicaHost(journal, Disk.Snapshots, this, _ports, _ports, _ports, Clock);
        ActorSettings actor = ActorSettings.WithDefaults(new ActorName($"{Node}/{GroupShape.Group}"), _loop, new Supervisor(this));
        Actor = new ReplicaActor(actor, settings, recovered, host, _random.NextBits());
        Subject.Started(Actor, recovered.Replica);
        Actor.Start();
        Turn();
    }

    /// <summary>The process is gone at once, with all that it had not made durable.</summary>
    public void Crash()
    {
        if (!IsUp)
        {
            return;
        }

        Actor = null;
        _loop = null;
        _journal!.Close();
        _journal = null;
        Disk.Crash(_random);
        Subject!.Crashed();
        _ports.Reset();
        _world.ProcessEnded(this);
    }

    public void Pause(TimeSpan duration) => _pausedUntil = WorldTime.Max(_pausedUntil, _world.Events.Now + duration);

    public void Drift(int partsPerMillion)
    {
        Clock.Drift(partsPerMillion);
        _wakeAt = WorldTime.Never;
        PlanWake();
    }

    /// <summary>A peer's message arrives, over the connection from a node.</summary>
    public void Deliver(LineMessage message, NodeId from)
    {
        if (!IsUp)
        {
            return;
        }

        if (MustWait)
        {
            WhenRunning(() => Deliver(message, from));
            return;
        }

        FinishWork();
        if (!IsUp)
        {
            return;
        }

        BeginTurn();
        Subject!.Hears(message);
        Actor!.TryTell(new PeerMail(message, from), MailClass.Peer);
        EndTurn();
    }

    /// <summary>Does something to the actor, in a turn of its process; later if it is paused, never if it dies before.</summary>
    public void Act(Action<ReplicaActor> act)
    {
        if (!IsUp)
        {
            return;
        }

        if (MustWait)
        {
            WhenRunning(() => Act(act));
            return;
        }

        BeginTurn();
        act(Actor!);
        EndTurn();
    }

    /// <summary>Hands a client's request to the replica, or answers at once that it cannot be taken in.</summary>
    public void Offer(ReplicaActor actor, RequestToken token, byte[] encoded, ConsistencyLevel level)
    {
        ReadLevel? read = level switch
        {
            ConsistencyLevel.StrongRead => ReadLevel.Strong,
            ConsistencyLevel.LeaseRead => ReadLevel.Lease,
            ConsistencyLevel.FollowerRead => ReadLevel.Follower,
            _ => null,
        };
        _ports.TakenIn(token);
        bool taken = read is { } asked ? actor.TryOfferRead(token, encoded, asked, level) : actor.TryOfferCommand(token, encoded);
        RefuseUnless(taken, token);
    }

    /// <summary>Hands an operator's request to the replica.</summary>
    public void Offer(ReplicaActor actor, TransferMail transfer)
    {
        _ports.TakenIn(transfer.Request);
        RefuseUnless(actor.TryTell(transfer, MailClass.Request), transfer.Request);
    }

    /// <summary>Hands an operator's request to the replica.</summary>
    public void Offer(ReplicaActor actor, MembershipMail change)
    {
        _ports.TakenIn(change.Request);
        RefuseUnless(actor.TryTell(change, MailClass.Request), change.Request);
    }

    private void RefuseUnless(bool taken, RequestToken token)
    {
        if (!taken)
        {
            _ports.Refused(token, Refusal.Overloaded, default, detail: null);
        }
    }

    /// <summary>The first role comes after the run's record is durable: from now on the node's folder says that the replica has run.</summary>
    public void NoteRun() => _ranBefore = true;

    public void Start(IBackgroundJob job, IEventLoop home)
    {
        int run = Run;
        TimeSpan latency = _world.Plan.Disk.SnapshotLatency * Disk.Slowness;
        _world.Events.Plan(_world.Events.Now + latency, () => Work(job, run));
    }

    public void LoopFault(object source, Exception fault) => _world.Observatory.ProductFault(Subject!, fault);

    public void ActorFailed(ActorFailure failure)
    {
        if (failure.Fault is JournalFaultException)
        {
            // As the node does: whatever this process said from now on would be a guess.
            _failed = true;
        }
        else
        {
            _world.Observatory.ProductFault(Subject!, failure.Fault);
        }
    }

    private void Work(IBackgroundJob job, int run)
    {
        if (run != Run || !IsUp)
        {
            return;
        }

        try
        {
            job.Run();
        }
        catch (Exception fault) when (fault is SimulatedStorageException or InvalidDataException)
        {
            job.Failed(fault);
        }

        _loop!.Post(job);
        RequestTurn();
    }

    /// <summary>Once the pause is over, in the order of arrival, and if the process has not died by then.</summary>
    private void WhenRunning(Action again)
    {
        _deferred.Enqueue(again);
        if (_deferred.Count == 1)
        {
            PlanResumption(Run);
        }
    }

    private void PlanResumption(int run) => _world.Events.Plan(_pausedUntil, () => Resume(run));

    private void Resume(int run)
    {
        while (run == Run && IsUp && !IsPaused && _deferred.TryDequeue(out Action? waited))
        {
            _resuming = true;
            waited();
            _resuming = false;
        }

        if (run == Run && IsUp && _deferred.Count > 0)
        {
            // The pause was made longer meanwhile.
            PlanResumption(run);
        }
    }

    /// <summary>What arrives now must wait: for the end of a pause, or behind what waits for that.</summary>
    private bool MustWait => IsPaused || (_deferred.Count > 0 && !_resuming);

    /// <summary>Something was posted to the loop: it gets a turn at once, or when the pause is over.</summary>
    private void RequestTurn()
    {
        if (_turnPlanned)
        {
            return;
        }

        _turnPlanned = true;
        int run = Run;
        _world.Events.Plan(WorldTime.Max(_world.Events.Now, _pausedUntil), () =>
        {
            if (run == Run && IsUp)
            {
                _turnPlanned = false;
                Turn();
            }
        });
    }

    private void Turn()
    {
        if (IsPaused)
        {
            RequestTurn();
            return;
        }

        BeginTurn();
        EndTurn();
    }

    /// <summary>What waits already has a turn of its own, so that what a message leads to can be told from it.</summary>
    private void FinishWork()
    {
        _loop!.BeginTurn();
        if (_loop.HasWork || _loop.NextDue <= _loop.Now)
        {
            Turn();
        }
    }

    private void BeginTurn()
    {
        Subject!.TurnBegins();
        _loop!.BeginTurn();
    }

    private void EndTurn()
    {
        _loop!.Turn();
        if (Clock.Stall > TimeSpan.Zero)
        {
            Pause(Clock.Stall);
        }

        Subject!.TurnEnded();
        if (_failed)
        {
            _world.ProcessGaveUp(this);
            return;
        }

        PlanWake();
    }

    private void PlanWake()
    {
        if (_loop is null || _loop.NextDue.IsNever)
        {
            return;
        }

        WorldTime due = Clock.WhenReached(_loop.NextDue);
        if (due < _wakeAt)
        {
            _wakeAt = due;
            _world.Events.Plan(due, new Wake(this, Run, due));
        }
    }

    private sealed class Wake(SimulatedProcess process, int run, WorldTime at) : WorldEvent
    {
        public override void Happen()
        {
            if (run == process.Run && process.IsUp && process._wakeAt == at)
            {
                process._wakeAt = WorldTime.Never;
                process.Turn();
            }
        }
    }
}
