using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Quorums;

namespace ActorPhysics.Core.Membership;

/// <summary>What a member does for its group.</summary>
public enum MemberRole
{
    /// <summary>Stores the log, applies it, votes, may lead.</summary>
    Voter,

    /// <summary>Stores and applies, but never counts toward any quorum.</summary>
    Learner,

    /// <summary>Stores the log and votes, but keeps no state and never leads; its acknowledgement counts only when the payload is durable there.</summary>
    Witness,
}

/// <summary>One replica of a group, the node that hosts it, and its role.</summary>
public readonly record struct Member(ReplicaId Replica, NodeId Node, MemberRole Role)
{
    /// <summary>Whether quorums are made of this member.</summary>
    public bool Votes => Role != MemberRole.Learner;
}

/// <summary>
/// One version of a group's membership (seed §5.1.2): who belongs to it, what makes a quorum and what may fail. Certificates are
/// proven and verified against the configuration of their own ConfigEpoch. Immutable.
/// </summary>
public sealed class GroupConfiguration
{
    private GroupConfiguration(
        GroupId group, GroupIncarnation incarnation, ConfigEpoch epoch, ImmutableArray<Member> members, QuorumSystem quorums, FailureModel failureModel)
    {
        (Group, Incarnation, Epoch, Members, Quorums, FailureModel) = (group, incarnation, epoch, members, quorums, failureModel);
    }

    public GroupId Group { get; }

    public GroupIncarnation Incarnation { get; }

    public ConfigEpoch Epoch { get; }

    /// <summary>All members, by ascending replica id.</summary>
    public ImmutableArray<Member> Members { get; }

    /// <summary>The quorums of the members that vote: its voters are exactly this configuration's voters and witnesses.</summary>
    public QuorumSystem Quorums { get; }

    public FailureModel FailureModel { get; }

    /// <summary>The configuration, or null with a reason when its parts contradict each other.</summary>
    public static GroupConfiguration? TryCreate(
        GroupId group,
        GroupIncarnation incarnation,
        ConfigEpoch epoch,
        ImmutableArray<Member> members,
        QuorumSystem quorums,
        FailureModel failureModel,
        out string? refusal)
    {
        ArgumentNullException.ThrowIfNull(quorums);
        ArgumentNullException.ThrowIfNull(failureModel);
        ImmutableArray<Member> sorted = members.IsDefault ? [] : members.Sort((a, b) => a.Replica.CompareTo(b.Replica));
        refusal = ComplaintAboutNames(group, incarnation, epoch)
            ?? ComplaintAboutMembers(sorted)
            ?? ComplaintAboutQuorums(sorted, quorums, failureModel);
        return refusal is null ? new GroupConfiguration(group, incarnation, epoch, sorted, quorums, failureModel) : null;
    }

    /// <summary>As <see cref="TryCreate"/>, for parts that the caller knows to fit.</summary>
    /// <exception cref="ArgumentException">They do not; the message says why.</exception>
    public static GroupConfiguration Create(
        GroupId group, GroupIncarnation incarnation, ConfigEpoch epoch, ImmutableArray<Member> members, QuorumSystem quorums, FailureModel failureModel) =>
        TryCreate(group, incarnation, epoch, members, quorums, failureModel, out string? refusal) ?? throw new ArgumentException(refusal, nameof(members));

    /// <summary>The member with this id, or null when it does not belong to the group in this configuration.</summary>
    public Member? Find(ReplicaId replica)
    {
        foreach (Member member in Members)
        {
            if (member.Replica == replica)
            {
                return member;
            }
        }

        return null;
    }

    /// <summary>The voter at a position of <see cref="QuorumSystem.Members"/>.</summary>
    public Member VoterAt(int position) => Find(Quorums.Members[position])!.Value;

    /// <summary>Whether the replica may hold authority: witnesses and learners never lead.</summary>
    public bool MayLead(ReplicaId replica) => Find(replica) is { Role: MemberRole.Voter };

    public override string ToString() => $"{Group} {Epoch}: {Quorums}, {FailureModel}";

    private static string? ComplaintAboutNames(GroupId group, GroupIncarnation incarnation, ConfigEpoch epoch)
    {
        if (group == default)
        {
            return "group 0 names no group";
        }

        if (incarnation == default)
        {
            return $"{group} has no incarnation";
        }

        return epoch < ConfigEpoch.Founding ? $"{group} has configuration epoch 0, which precedes the founding configuration" : null;
    }

    private static string? ComplaintAboutMembers(ImmutableArray<Member> sorted)
    {
        bool someoneMayLead = false;
        for (int i = 0; i < sorted.Length; i++)
        {
            if (sorted[i].Replica.IsNone || sorted[i].Node == default)
            {
                return "a member has no replica id or no node";
            }

            if (i > 0 && sorted[i].Replica == sorted[i - 1].Replica)
            {
                return $"{sorted[i].Replica} is a member twice";
            }

            someoneMayLead |= sorted[i].Role == MemberRole.Voter;
        }

        return someoneMayLead ? null : "no member may lead";
    }

    private static string? ComplaintAboutQuorums(ImmutableArray<Member> sorted, QuorumSystem quorums, FailureModel failureModel)
    {
        int voters = 0;
        foreach (Member member in sorted)
        {
            if (member.Votes && quorums.PositionOf(member.Replica) < 0)
            {
                return $"{member.Replica} votes but belongs to no quorum of the system";
            }

            if (!member.Votes && quorums.PositionOf(member.Replica) >= 0)
            {
                return $"{member.Replica} is a learner and must not count toward a quorum";
            }

            voters += member.Votes ? 1 : 0;
        }

        if (voters != quorums.Members.Length)
        {
            return "the quorum system counts replicas that are no members";
        }

        return failureModel.ByzantineFaults > quorums.ByzantineFaults
            ? $"the quorums withstand {quorums.ByzantineFaults} lying replicas, the failure model allows {failureModel.ByzantineFaults}"
            : null;
    }
}
