using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;

namespace ActorPhysics.Protocol.Placement;

/// <summary>Why a move is made, the most urgent first.</summary>
public enum PlacementReason
{
    /// <summary>A replica's node has been absent for too long.</summary>
    LostReplica,

    /// <summary>The group has fewer replicas or witnesses than its space asks for.</summary>
    MissingReplica,

    /// <summary>The group has more than its space asks for.</summary>
    SurplusReplica,

    /// <summary>The replica's node is being drained.</summary>
    Drain,

    /// <summary>One failure domain holds more of the group than it has to.</summary>
    ZoneSpread,

    /// <summary>A node holds more or less than its share of replicas.</summary>
    ReplicaBalance,

    /// <summary>A node leads more or less than its share.</summary>
    LeaderBalance,
}

/// <summary>
/// One change that the planner asks for; a group has at most one under way. The hierarchy is closed: <see cref="AddReplica"/>,
/// <see cref="RemoveReplica"/>, <see cref="ReplaceReplica"/>, <see cref="TransferLeader"/>.
/// </summary>
public abstract record PlacementMove
{
    private protected PlacementMove(GroupId group, PlacementReason reason) => (Group, Reason) = (group, reason);

    public GroupId Group { get; }

    public PlacementReason Reason { get; }
}

/// <summary>The group grows by a member on the node: as a learner first, in its role when it has caught up.</summary>
public sealed record AddReplica : PlacementMove
{
    public AddReplica(GroupId group, NodeId to, MemberRole role, PlacementReason reason)
        : base(group, reason) => (To, Role) = (to, role);

    public NodeId To { get; }

    public MemberRole Role { get; }
}

/// <summary>The group shrinks by its member on the node.</summary>
public sealed record RemoveReplica : PlacementMove
{
    public RemoveReplica(GroupId group, NodeId from, PlacementReason reason)
        : base(group, reason) => From = from;

    public NodeId From { get; }
}

/// <summary>A member on one node takes the place and role of that on another, in one joint change, after it has caught up as a learner.</summary>
public sealed record ReplaceReplica : PlacementMove
{
    public ReplaceReplica(GroupId group, NodeId from, NodeId to, PlacementReason reason)
        : base(group, reason) => (From, To) = (from, to);

    public NodeId From { get; }

    public NodeId To { get; }
}

/// <summary>Another voter leads.</summary>
public sealed record TransferLeader : PlacementMove
{
    public TransferLeader(GroupId group, NodeId from, NodeId to, PlacementReason reason)
        : base(group, reason) => (From, To) = (from, to);

    public NodeId From { get; }

    public NodeId To { get; }
}
