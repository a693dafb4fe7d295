using System.Collections.Immutable;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Placement;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>How the config actor goes about its work.</summary>
public sealed record ConfigPolicy
{
    /// <summary>Limits of the moves that the planner asks for.</summary>
    public PlacementPolicy Placement { get; init; } = new();

    /// <summary>A node of which nothing was heard for this long is absent.</summary>
    public TimeSpan AbsentAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often the planner looks at the cluster, and what stands still is looked at again.</summary>
    public TimeSpan PlanEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>An order that was not done is sent again after this, doubled with each try.</summary>
    public TimeSpan ShortestRetry { get; init; } = TimeSpan.FromMilliseconds(20);

    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A handoff whose taker is not founded within this time is given up; so is a move that the planner asked for.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many groups are founded or retired at the same time.</summary>
    public int MostFoundings { get; init; } = 64;

    /// <summary>How many orders are under way at the same time.</summary>
    public int MostOrders { get; init; } = 256;

    /// <summary>Spaces that the settings name: each is created as soon as there are enough nodes, and again whenever it is missing.</summary>
    public ImmutableArray<SpaceSettings> Spaces { get; init; } = [];

    /// <summary>Whether the planner may move anything. Without it only operators do.</summary>
    public bool Plans { get; init; } = true;
}
