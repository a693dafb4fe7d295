using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Placement;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>What a move means for the members of its group.</summary>
internal static class MoveTarget
{
    /// <summary>Whether members are where the move wants them.</summary>
    public static bool IsReached(PlacementMove move, ImmutableArray<Member> members) => move switch
    {
        AddReplica add => On(members, add.To) is { } member && member.Role == add.Role,
        RemoveReplica remove => On(members, remove.From) is null,
        ReplaceReplica replace => On(members, replace.From) is null && On(members, replace.To) is { Votes: true },
        _ => true,
    };

    /// <summary>The node that is to hold a new replica, and its role; null when the move needs none beside the present ones.</summary>
    public static (NodeId Node, MemberRole Role)? Newcomer(PlacementMove move, ImmutableArray<Member> members) => move switch
    {
        AddReplica add when On(members, add.To) is null => (add.To, add.Role),
        ReplaceReplica replace when On(members, replace.To) is null && On(members, replace.From) is { } former => (replace.To, former.Role),
        _ => null,
    };

    /// <summary>Who belongs to the group at the end.</summary>
    /// <param name="now">The group's settled configuration.</param>
    /// <param name="newcomer">The id of the new replica; unused where there is none.</param>
    /// <param name="domainOf">The failure domain of a node.</param>
    public static MembershipTarget Of(
        PlacementMove move, GroupConfiguration now, ReplicaId newcomer, SpaceDescription space, Func<NodeId, FailureDomainId> domainOf)
    {
        NodeId from = move switch
        {
            RemoveReplica remove => remove.From,
            ReplaceReplica replace => replace.From,
            _ => default,
        };
        ImmutableArray<Member> members = now.Members.RemoveAll(member => member.Node == from);
        if (Newcomer(move, now.Members) is { } joining)
        {
            members = members.Add(new Member(newcomer, joining.Node, joining.Role));
        }
        else if (move is AddReplica add)
        {
            members = [.. members.Select(member => member.Node == add.To ? member with { Role = add.Role } : member)];
        }

        return new MembershipTarget(members, RuleFor(space, members, domainOf));
    }

    /// <summary>The way back of a change that is still learning: its members without the newcomers.</summary>
    public static MembershipTarget Back(GroupConfiguration learning, SpaceDescription space, Func<NodeId, FailureDomainId> domainOf)
    {
        ImmutableArray<Member> members = learning.Members.RemoveAll(member => member.Role == MemberRole.Learner);
        return new MembershipTarget(members, RuleFor(space, members, domainOf));
    }

    private static QuorumRule RuleFor(
        SpaceDescription space, ImmutableArray<Member> members, Func<NodeId, FailureDomainId> domainOf) =>
        space.RuleFor([.. members.Select(member => new PlacedMember(member, domainOf(member.Node)))]);

    private static Member? On(ImmutableArray<Member> members, NodeId node)
    {
        foreach (Member member in members)
        {
            if (member.Node == node)
            {
                return member;
            }
        }

        return null;
    }
}
