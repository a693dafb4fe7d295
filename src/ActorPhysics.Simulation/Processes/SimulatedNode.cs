using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Actors.Runtime;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.Storage;
using ActorPhysics.Simulation.World;

namespace ActorPhysics.Simulation.Processes;

/// <summary>
/// A node of the simulated world: a medium and clocks that stay, and one process after the other that runs the shipped replica actors on them, on
/// one event loop and one journal. It gives the process a turn whenever something happens to it, and lets the monitors look after each.
/// </summary>
internal class SimulatedNode(IProcessWorld world, int index, ClockPlan clock, SeededRandom random) : ILoopFaultListener, IBackgroundWorker
{
    private readonly List<SimulatedReplica> _replicas = [];
    private SimulatedLoop? _loop;
    private SimulatedJournal? _journal;
    private WorldTime _wakeAt = WorldTime.Never;
    private WorldTime _pausedUntil;
    // What arrived during a pause.
    private readonly Queue<Action> _deferred = new();
    private bool _resuming;
    private bool _turnPlanned;
    private bool _failed;

    public IProcessWorld World => world;
    public int Index => index;
    public NodeId Node => new((ulong)index + 1);

    /// <summary>The replicas that live here, in the order of their coming.</summary>
    public IReadOnlyList<SimulatedReplica> Replicas => _replicas;

    public DiskCondition Condition { get; } = new();
    public SimulatedClock Clock { get; } = new(world.Events, clock.Start, clock.PartsPerMillion) { WallOffset = clock.WallOffset };

    /// <summary>What its process does besides running replicas; null where it does nothing else, or is down.</summary>
    public virtual IProcessDesk? Desk => null;

    /// <summary>Whether its process runs.</summary>
    public bool IsRunning => _loop is not null;

    /// <summary>Counts the processes of this node; what was meant for an earlier one is not for the present one.</summary>
    public int Run { get; private set; }
    public ProcessVersion Version { get; private set; }
    public bool IsPaused => _pausedUntil > world.Events.Now;
    public TimeSpan Stall => Clock.Stall;

    /// <summary>The replica of a group that lives here, or null.</summary>
    public SimulatedReplica? Find(GroupId group)
    {
        foreach (SimulatedReplica replica in _replicas)
        {
            if (replica.Group.Founding.Group == group)
            {
                return replica;
            }
        }

        return null;
    }

    /// <summary>From now on a replica that has never run lives here too. A process that is up begins it at once, or when its pause is over.</summary>
    public SimulatedReplica Found(SimulatedGroup group, ReplicaId id)
    {
        var replica = new SimulatedReplica(this, group, id);
        _replicas.Add(replica);
        Act(() => Begin(replica));
        return replica;
    }

    /// <summary>A replica is gone for good, with all that it kept. Its process is down, or does not hear of it any more.</summary>
    public void Discard(SimulatedReplica replica)
    {
        replica.Crash(random);
        _replicas.Remove(replica);
    }

    /// <summary>All replicas recover from the disk and begin. What cannot recover is told.</summary>
    public void Start(ProcessVersion version)
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
        _journal = new SimulatedJournal(Condition, world.Events, world.Disk, random.Fork(), RequestTurn);
        ProcessBegins(_loop);
        bool begun = true;
        foreach (SimulatedReplica replica in _replicas)
        {
            begun &= Begin(replica);
        }

        if (begun)
        {
            Turn();
        }
    }

    /// <summary>The process is gone at once, with all that it had not made durable.</summary>
    public void Crash()
    {
        if (!IsRunning)
        {
            return;
        }

        _loop = null;
        _journal!.Close();
        _journal = null;
        foreach (SimulatedReplica replica in _replicas)
        {
            replica.Crash(random);
        }

        ProcessEnded();
        world.ProcessEnded(this);
    }

    public void Pause(TimeSpan duration) => _pausedUntil = WorldTime.Max(_pausedUntil, world.Events.Now + duration);

    public void Drift(int partsPerMillion)
    {
        Clock.Drift(partsPerMillion);
        _wakeAt = WorldTime.Never;
        PlanWake();
    }

    /// <summary>A peer's message arrives, over the connection from a node.</summary>
    public void Deliver(LineMessage message, NodeId from)
    {
        if (!IsRunning)
        {
            return;
        }

        if (MustWait)
        {
            WhenRunning(() => Deliver(message, from));
            return;
        }

        FinishWork();
        if (!IsRunning || Find(message.Envelope.Group) is not { Actor: { } actor } replica)
        {
            return;
        }

        BeginTurn();
        replica.Subject.Hears(message);
        actor.TryTell(new PeerMail(message, from), MailClass.Peer);
        EndTurn();
    }

    /// <summary>Does something to the process, in a turn of it; later if it is paused, never if it dies before.</summary>
    public void Act(Action act)
    {
        if (!IsRunning)
        {
            return;
        }

        if (MustWait)
        {
            WhenRunning(() => Act(act));
            return;
        }

        BeginTurn();
        act();
        EndTurn();
    }

    /// <summary>As the node does: whatever this process said from now on would be a guess.</summary>
    public void JournalFailed() => _failed = true;

    public void Start(IBackgroundJob job, IEventLoop home)
    {
        int run = Run;
        TimeSpan latency = world.Disk.SnapshotLatency * Condition.Slowness;
        world.Events.Plan(world.Events.Now + latency, () => Work(job, run));
    }

    /// <summary>The connection with a peer broke or was made. In a turn of the process.</summary>
    public void LinkChanged(NodeId peer, bool up)
    {
        foreach (SimulatedReplica replica in _replicas)
        {
            replica.Actor?.Signal(new PeerLinkMail(peer, up));
        }

        Desk?.LinkChanged(peer, up);
    }

    public virtual void LoopFault(object source, Exception fault)
    {
        SimulatedReplica replica = _replicas.Find(replica => ReferenceEquals(replica.Actor, source)) ?? _replicas[0];
        replica.Group.Observatory.ProductFault(replica.Subject, fault);
    }

    /// <summary>A process is about to run its replicas.</summary>
    protected virtual void ProcessBegins(IEventLoop loop)
    {
    }

    protected virtual void ProcessEnded()
    {
    }

    /// <summary>A replica that has never run lives here from now on; in a turn of the process, or before it begins.</summary>
    protected void Settle(SimulatedGroup group, ReplicaId id, bool begins)
    {
        var replica = new SimulatedReplica(this, group, id);
        _replicas.Add(replica);
        if (begins)
        {
            Begin(replica);
        }
    }

    /// <summary>A replica ends for good, with all that it kept; in a turn of the process, or before it begins.</summary>
    protected void Unsettle(SimulatedReplica replica)
    {
        replica.Actor?.Stop();
        _journal?.Unmount(replica.Stream);
        Discard(replica);
    }

    private bool Begin(SimulatedReplica replica)
    {
        try
        {
            IJournal face = Version == ProcessVersion.Later ? new LaterJournal(_journal!) : _journal!;
            replica.Begin(_journal!, face, _loop!, random.NextBits());
            Desk?.Settled(replica);
            return true;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            replica.Group.Observatory.ProductFault(replica.Subject, fault);
            return false;
        }
    }

    private void Work(IBackgroundJob job, int run)
    {
        if (run != Run || !IsRunning)
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

    private void PlanResumption(int run) => world.Events.Plan(_pausedUntil, () => Resume(run));

    private void Resume(int run)
    {
        while (run == Run && IsRunning && !IsPaused && _deferred.TryDequeue(out Action? waited))
        {
            _resuming = true;
            waited();
            _resuming = false;
        }

        if (run == Run && IsRunning && _deferred.Count > 0)
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
        world.Events.Plan(WorldTime.Max(world.Events.Now, _pausedUntil), () =>
        {
            if (run == Run && IsRunning)
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
        foreach (SimulatedReplica replica in _replicas)
        {
            replica.Subject.TurnBegins();
        }

        _loop!.BeginTurn();
    }

    private void EndTurn()
    {
        _loop!.Turn();
        if (Clock.Stall > TimeSpan.Zero)
        {
            Pause(Clock.Stall);
        }

        foreach (SimulatedReplica replica in _replicas)
        {
            replica.Subject.TurnEnded();
        }

        if (_failed)
        {
            world.ProcessGaveUp(this);
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
            world.Events.Plan(due, new Wake(this, Run, due));
        }
    }

    private sealed class Wake(SimulatedNode node, int run, WorldTime at) : WorldEvent
    {
        public override void Happen()
        {
            if (run == node.Run && node.IsRunning && node._wakeAt == at)
            {
                node._wakeAt = WorldTime.Never;
                node.Turn();
            }
        }
    }
}
