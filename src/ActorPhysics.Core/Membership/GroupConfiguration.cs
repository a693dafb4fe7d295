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
        GroupId group,
        GroupIncarnation incarnation,
        ConfigEpoch epoch,
        ImmutableArray<Member> members,
        QuorumSystem quorums,
        FailureModel failureModel,
        MembershipTarget? target,
        ReplicaId highestReplica)
    {
        (Group, Incarnation, Epoch, Members, Quorums, FailureModel) = (group, incarnation, epoch, members, quorums, failureModel);
        (Target, HighestReplica) = (target, highestReplica);
    }

    public GroupId Group { get; }

    public GroupIncarnation Incarnation { get; }

    public ConfigEpoch Epoch { get; }

    /// <summary>All members, by ascending replica id.</summary>
    public ImmutableArray<Member> Members { get; }

    /// <summary>The quorums of the members that vote: its voters are exactly this configuration's voters and witnesses.</summary>
    public QuorumSystem Quorums { get; }

    public FailureModel FailureModel { get; }

    /// <summary>What the change under way leads to; null when none is.</summary>
    public MembershipTarget? Target { get; }

    /// <summary>No replica above this one was ever a member. Ids at or below it are never given to a new replica.</summary>
    public ReplicaId HighestReplica { get; }

    public MembershipStage Stage => Target is null ? MembershipStage.Settled
        : Quorums.Rule is JointRule ? MembershipStage.Joint
        : MembershipStage.Learning;

    /// <summary>The configuration without a change under way, or null with a reason when its parts contradict each other.</summary>
    public static GroupConfiguration? TryCreate(
        GroupId group,
        GroupIncarnation incarnation,
        ConfigEpoch epoch,
        ImmutableArray<Member> members,
        QuorumSystem quorums,
        FailureModel failureModel,
        out string? refusal) =>
        TryCreate(group, incarnation, epoch, members, quorums, failureModel, target: null, highestReplica: default, out refusal);

    /// <summary>As above, with what is known of the group's past and future.</summary>
    /// <param name="highestReplica">The highest id ever used; <c>default</c> when no former member had a higher one than the present ones.</param>
    public static GroupConfiguration? TryCreate(
        GroupId group,
        GroupIncarnation incarnation,
        ConfigEpoch epoch,
        ImmutableArray<Member> members,
        QuorumSystem quorums,
        FailureModel failureModel,
        MembershipTarget? target,
        ReplicaId highestReplica,
        out string? refusal)
    {
        ArgumentNullException.ThrowIfNull(quorums);
        ArgumentNullException.ThrowIfNull(failureModel);
        ImmutableArray<Member> sorted = members.IsDefault ? [] : members.Sort((a, b) => a.Replica.CompareTo(b.Replica));
        refusal = ComplaintAboutNames(group, incarnation, epoch)
            ?? ComplaintAboutMembers(sorted)
            ?? ComplaintAboutQuorums(sorted, quorums, failureModel);
        ReplicaId highest = sorted.IsEmpty || sorted[^1].Replica.CompareTo(highestReplica) < 0 ? highestReplica : sorted[^1].Replica;
        return refusal is null ? new GroupConfiguration(group, incarnation, epoch, sorted, quorums, failureModel, target, highest) : null;
    }

    /// <summary>As the one that may refuse, for parts that the caller knows to fit.</summary>
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

    /// <summary>Whether the replica was a member once and is none any more. One that is still to come was never a member.</summary>
    public bool HasRemoved(ReplicaId replica) => replica.CompareTo(HighestReplica) <= 0 && Find(replica) is null;

    /// <summary>Whether the replica leads by right: witnesses and learners never do.</summary>
    public bool MayLead(ReplicaId replica) => Find(replica) is { Role: MemberRole.Voter };

    /// <summary>
    /// Whether votes under this configuration can give the replica authority. Besides those that lead by right, a former voter may be needed until
    /// the configuration without it is committed: it may be the only one that can be elected (Raft thesis §4.2.2).
    /// </summary>
    public bool MayHoldAuthority(ReplicaId replica) =>
        MayLead(replica) || (Epoch > ConfigEpoch.Founding && replica.CompareTo(HighestReplica) <= 0 && Find(replica) is not { Role: MemberRole.Witness });

    public override string ToString() =>
        Target is null ? $"{Group} {Epoch}: {Quorums}, {FailureModel}" : $"{Group} {Epoch}: {Quorums}, {FailureModel}, {Stage} towards {Target}";

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
