using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Actors.Runtime;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Simulation.Monitors;
using ActorPhysics.Simulation.Storage;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Simulation.Processes;

/// <summary>
/// One replica of one group on a simulated node: its records and snapshots, which stay, and the shipped actor that runs on them while the node's
/// process is up.
/// </summary>
internal sealed class SimulatedReplica : ISupervisionListener
{
    private readonly SimulatedNode _node;
    private readonly ProcessPorts _ports;
    private bool _ranBefore;

    public SimulatedReplica(SimulatedNode node, SimulatedGroup group, ReplicaId id)
    {
        _node = node;
        Group = group;
        Subject = new Subject(group.Observatory, id, node.Index);
        Disk = new SimulatedDisk(node.Condition, Subject);
        Subject.Disk = Disk;
        _ports = new ProcessPorts(node.World, this);
    }

    public SimulatedGroup Group { get; }
    public SimulatedNode Node => _node;
    public Subject Subject { get; }
    public SimulatedDisk Disk { get; }

    /// <summary>Null while the process is down.</summary>
    public ReplicaActor? Actor { get; private set; }

    public JournalStreamId Stream => new(Group.Founding.Group, Subject.Id);

    /// <summary>Recovers from the disk and begins, within a turn of its process.</summary>
    public void Begin(SimulatedJournal journal, IJournal face, IEventLoop loop, ulong randomSeed)
    {
        journal.Mount(Stream, Disk);
        if (Disk.HasTornTail)
        {
            Group.Observatory.Marks.Mark(CoverageMark.TornTail);
        }

        ReplicaSettings settings = Group.Settings with { Self = Subject.Id };
        RecoveredState recovered = ReplicaRecovery.Recover(settings, Group.Founding, face, Disk.Snapshots, _ranBefore);
        _ranBefore |= Group.IsCrashStop;
        var host = new ReplicaHost(face, Disk.Snapshots, _node, _ports, _ports, _ports, _node.Clock);
        ActorSettings actor = ActorSettings.WithDefaults(new ActorName($"{_node.Node}/{Group.Founding.Group}"), loop, new Supervisor(this));
        Actor = new ReplicaActor(actor, settings, recovered, host, randomSeed);
        Subject.Started(Actor, recovered.Replica);
        Actor.Start();
    }

    /// <summary>Its process is gone, with all that it had not made durable.</summary>
    public void Crash(Randomness.SeededRandom random)
    {
        if (Actor is null)
        {
            return;
        }

        Actor = null;
        Disk.Crash(random);
        Subject.Crashed();
        _ports.Reset();
    }

    /// <summary>Hands a client's request to the replica, or answers at once that it cannot be taken in.</summary>
    public void Offer(RequestToken token, byte[] encoded, ConsistencyLevel level)
    {
        ReadLevel? read = level switch
        {
            ConsistencyLevel.StrongRead => ReadLevel.Strong,
            ConsistencyLevel.LeaseRead => ReadLevel.Lease,
            ConsistencyLevel.FollowerRead => ReadLevel.Follower,
            _ => null,
        };
        _ports.TakenIn(token);
        bool taken = read is { } asked ? Actor!.TryOfferRead(token, encoded, asked, level) : Actor!.TryOfferCommand(token, encoded);
        RefuseUnless(taken, token);
    }

    /// <summary>Hands an operator's request to the replica.</summary>
    public void Offer(TransferMail transfer)
    {
        _ports.TakenIn(transfer.Request);
        RefuseUnless(Actor!.TryTell(transfer, MailClass.Request), transfer.Request);
    }

    /// <summary>Hands an operator's request to the replica.</summary>
    public void Offer(MembershipMail change)
    {
        _ports.TakenIn(change.Request);
        RefuseUnless(Actor!.TryTell(change, MailClass.Request), change.Request);
    }

    /// <summary>As the others; what comes to a process that died meanwhile is lost.</summary>
    public void OfferIfUp(RequestToken token, byte[] encoded, ConsistencyLevel level)
    {
        if (Actor is not null)
        {
            Offer(token, encoded, level);
        }
    }

    /// <summary>As the others; what comes to a process that died meanwhile is lost.</summary>
    public void OfferIfUp(MembershipMail change)
    {
        if (Actor is not null)
        {
            Offer(change);
        }
    }

    /// <summary>The first role comes after the run's record is durable: from now on the node's folder says that the replica has run.</summary>
    public void NoteRun() => _ranBefore = true;

    public void ActorFailed(ActorFailure failure)
    {
        if (failure.Fault is JournalFaultException)
        {
            _node.JournalFailed();
        }
        else
        {
            Group.Observatory.ProductFault(Subject, failure.Fault);
        }
    }

    private void RefuseUnless(bool taken, RequestToken token)
    {
        if (!taken)
        {
            _ports.Refused(token, Refusal.Overloaded, default, detail: null);
        }
    }
}
