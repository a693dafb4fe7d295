using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Simulation.Monitors;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.Storage;

namespace ActorPhysics.Simulation.Processes;

/// <summary>A node of a world with one group: it hosts one replica of it at most.</summary>
internal sealed class SimulatedProcess : SimulatedNode
{
    private readonly SimulatedGroup _group;
    private readonly SimulatedDisk _blank;

    public SimulatedProcess(IProcessWorld world, SimulatedGroup group, int index, ClockPlan clock, SeededRandom random)
        : base(world, index, clock, random)
    {
        _group = group;
        _blank = new SimulatedDisk(Condition, watcher: null);
        if (index < group.Founding.Members.Length)
        {
            Host(group.Founding.Members[index].Replica);
        }
    }

    /// <summary>The replica that lives here, or null before there was one.</summary>
    public SimulatedReplica? Replica => Replicas.Count > 0 ? Replicas[0] : null;

    public Subject? Subject => Replica?.Subject;

    /// <summary>That replica's disk: who comes after it begins with an empty one.</summary>
    public SimulatedDisk Disk => Replica?.Disk ?? _blank;
    public ReplicaActor? Actor => Replica?.Actor;

    [MemberNotNullWhen(true, nameof(Actor), nameof(Subject), nameof(Replica))]
    public bool IsUp => Actor is not null;

    /// <summary>From now on another replica lives here, which has never run; the one before it is gone for good, and so is what the disk suffered.</summary>
    public void Host(ReplicaId replica)
    {
        Crash();
        if (Replica is { } former)
        {
            Discard(former);
        }

        Condition.Mend();
        Found(_group, replica);
    }

    /// <summary>Does something to the replica, in a turn of its process; later if it is paused, never if it dies before.</summary>
    public void Act(Action<SimulatedReplica> act) => Act(() => act(Replica!));
}
