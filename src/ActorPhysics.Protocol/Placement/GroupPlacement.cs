using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Space;

namespace ActorPhysics.Protocol.Placement;

/// <summary>A member of a group by its node; a group has at most one there.</summary>
public readonly record struct PlacedReplica(NodeId Node, MemberRole Role)
{
    /// <summary>Whether quorums are made of it.</summary>
    public bool Votes => Role != MemberRole.Learner;
}

/// <summary>
/// Where a group lives now. Its space says how many replicas and witnesses it should have and what its quorums are. The size is that of one
/// replica; the load is what leading it costs, in any unit that is the same for all groups, and at least 1.
/// </summary>
public sealed record GroupPlacement(
    GroupId Group, SpaceDescription Space, ImmutableArray<PlacedReplica> Members, NodeId? Leader, ByteSize Size, int Load = 1)
{
    /// <summary>Keeps sums of loads exact.</summary>
    public const int HighestLoad = 1_000_000;
}
