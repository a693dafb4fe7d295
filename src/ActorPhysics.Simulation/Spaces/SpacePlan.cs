using System.Collections.Immutable;
using ActorPhysics.Core.Space;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Spaces.Control;

namespace ActorPhysics.Simulation.Spaces;

/// <summary>
/// Everything that a run of a sharded space is made of: a world of nodes with its faults and clients, the groups that own the space in the
/// beginning, and what becomes of the shards meanwhile. Two runs of equal plans are equal, event by event.
/// </summary>
/// <param name="World">Nodes, network, disks, clocks, clients and faults. Its group says only how many nodes there are.</param>
/// <param name="Kind">How the space lays its keys out.</param>
/// <param name="Shards">How many groups own the space in the beginning.</param>
/// <param name="Replicas">Of each group, on as many nodes.</param>
/// <param name="Changes">By time.</param>
/// <param name="PieceBytes">What a courier carries at once.</param>
/// <param name="Control">How the shipped config group runs the space; null where a stand-in drives <paramref name="Changes"/>.</param>
public sealed record SpacePlan(
    SimulationPlan World, ShardingKind Kind, int Shards, int Replicas, ImmutableArray<ShardChange> Changes, int PieceBytes, ControlPlan? Control = null)
{
    public int Nodes => World.Group.Nodes;
}

/// <summary>What is wanted of a shard.</summary>
public enum ShardWish
{
    /// <summary>Its upper part goes to a group that is founded for it.</summary>
    Split,

    /// <summary>Its group takes over the next shard.</summary>
    Merge,

    /// <summary>All of it goes to a group that is founded for it.</summary>
    Rehome,

    /// <summary>One of its group's replicas is replaced by a new one on another node.</summary>
    MoveReplica,
}

/// <summary>A wish at its moment. Where it cannot be met then (the shard is in the middle of another change, or is the only one), nothing happens.</summary>
/// <param name="Shard">By place in the map, counted around.</param>
public sealed record ShardChange(TimeSpan At, ShardWish Wish, int Shard);
