using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Quorums;

namespace ActorPhysics.Core.Membership;

/// <summary>
/// The steps of a membership change, from configuration to configuration (seed §5.1.2; Raft, section 6). Each step is one entry of the group's
/// log and raises ConfigEpoch by one: <c>Settled → Learning → Joint → Settled</c>. What concerns learners alone is one step, and what needs
/// nobody new is two. Any leader can take the next step, because the target is part of the configuration.
/// </summary>
public static class Reconfiguration
{
    /// <summary>
    /// The first step towards a target, or null with a refusal. A change that is still learning may be given another target, its own beginning
    /// included, which takes it back; one that is joint can only be finished.
    /// </summary>
    /// <param name="current">The newest configuration of the log.</param>
    public static GroupConfiguration? TryBegin(GroupConfiguration current, MembershipTarget target, out string? refusal)
    {
        ArgumentNullException.ThrowIfNull(current);
        ArgumentNullException.ThrowIfNull(target);
        refusal = ComplaintAbout(current, target);
        if (refusal is not null)
        {
            return null;
        }

        // Proves that the configuration at the end can exist at all, before anything moves towards it.
        GroupConfiguration? end = Create(current, target.Members, target.Quorums, goal: null, out refusal);
        if (end is null)
        {
            return null;
        }

        if (HasSameVoters(current, target))
        {
            return end;
        }

        ImmutableArray<Member> kept = [.. current.Members.Where(member => member.Votes || target.Find(member.Replica) is not null)];
        ImmutableArray<Member> joining = [.. target.Members.Where(member => current.Find(member.Replica) is null).Select(member => member with { Role = MemberRole.Learner })];
        ImmutableArray<Member> members = kept.AddRange(joining);
        bool someoneLearns = target.Members.Any(member => member.Votes && current.Find(member.Replica) is not { Votes: true });
        GroupConfiguration? learning = someoneLearns ? Create(current, members, current.Quorums.Rule, target, out refusal) : null;

        // The joint configuration is tried now: a change that could not go on would stop every leader that came to its next step.
        GroupConfiguration? joint = refusal is null ? Join(learning ?? current, members, target, out refusal) : null;
        return joint is null ? null : learning ?? joint;
    }

    /// <summary>The joint configuration of a change whose learners have caught up.</summary>
    /// <exception cref="InvariantViolationException">The configuration is not learning.</exception>
    public static GroupConfiguration EnterJoint(GroupConfiguration learning)
    {
        ArgumentNullException.ThrowIfNull(learning);
        Invariant.Require(learning.Stage == MembershipStage.Learning, InvariantNames.QuorumIntersection, $"{learning} cannot enter a joint configuration");
        return Join(learning, learning.Members, learning.Target!, out string? refusal)
            ?? throw new InvariantViolationException(InvariantNames.QuorumIntersection, $"the target of {learning} was accepted and cannot be joined: {refusal}");
    }

    /// <summary>The configuration at the end of a change: the target, alone.</summary>
    /// <exception cref="InvariantViolationException">The configuration is not joint.</exception>
    public static GroupConfiguration LeaveJoint(GroupConfiguration joint)
    {
        ArgumentNullException.ThrowIfNull(joint);
        Invariant.Require(joint.Stage == MembershipStage.Joint, InvariantNames.QuorumIntersection, $"{joint} is no joint configuration to leave");
        return Create(joint, joint.Target!.Members, joint.Target.Quorums, goal: null, out string? refusal)
            ?? throw new InvariantViolationException(InvariantNames.QuorumIntersection, $"the target of {joint} was accepted and cannot stand alone: {refusal}");
    }

    private static GroupConfiguration? Join(GroupConfiguration current, ImmutableArray<Member> members, MembershipTarget target, out string? refusal)
    {
        // Whoever votes before or after votes now; the old half decides who of the others is a witness.
        ImmutableArray<Member> joint =
        [
            .. members.Select(member => member.Votes || target.Find(member.Replica) is not { Votes: true } after ? member : member with { Role = after.Role }),
        ];
        return Create(current, joint, new JointRule(current.Quorums.Rule, target.Quorums), target, out refusal);
    }

    private static GroupConfiguration? Create(
        GroupConfiguration current, ImmutableArray<Member> members, QuorumRule rule, MembershipTarget? goal, out string? refusal)
    {
        if (QuorumSystem.TryCreate(rule, current.FailureModel, out QuorumRefusal? unsafeRule) is not { } quorums)
        {
            refusal = unsafeRule!.Explanation;
            return null;
        }

        ReplicaId highest = current.HighestReplica;
        foreach (Member member in members)
        {
            highest = member.Replica.CompareTo(highest) > 0 ? member.Replica : highest;
        }

        return GroupConfiguration.TryCreate(
            current.Group, current.Incarnation, current.Epoch.Next, members, quorums, current.FailureModel, goal, highest, out refusal);
    }

    private static string? ComplaintAbout(GroupConfiguration current, MembershipTarget target)
    {
        if (current.Stage == MembershipStage.Joint)
        {
            return $"{current.Group} is in a joint configuration ({current.Epoch}), which must be left first";
        }

        if (target.Members.IsDefaultOrEmpty)
        {
            return "a group needs members";
        }

        if (target.Quorums is JointRule)
        {
            return "a change ends with one rule for quorums, not with a joint one";
        }

        if (target.Members.GroupBy(member => member.Node).FirstOrDefault(node => node.Count() > 1) is { } crowded)
        {
            return $"{crowded.Key} would hold {crowded.Count()} replicas of the group; a node holds one";
        }

        foreach (Member member in target.Members)
        {
            if (current.Find(member.Replica) is not { } known)
            {
                if (current.Members.Any(other => other.Node == member.Node))
                {
                    return $"{member.Node} holds a replica of the group already; it must be gone before {member.Replica} can come there";
                }

                if (member.Replica.CompareTo(current.HighestReplica) <= 0)
                {
                    return $"{member.Replica} was a member before or is reserved; replica ids are never used again, the next one is above {current.HighestReplica}";
                }

                continue;
            }

            if (known.Node != member.Node)
            {
                return $"{member.Replica} lives on {known.Node}; a replica does not move, it is replaced by another on {member.Node}";
            }

            if ((known.Role == MemberRole.Witness && member.Role != MemberRole.Witness) || (known.Role == MemberRole.Voter && member.Role == MemberRole.Witness))
            {
                return $"{member.Replica} is a {known.Role.ToString().ToLowerInvariant()}; between voters and witnesses nobody changes sides, replace it by a new replica";
            }
        }

        return null;
    }

    private static bool HasSameVoters(GroupConfiguration current, MembershipTarget target) =>
        current.Quorums.Rule == target.Quorums
        && current.Members.Where(member => member.Votes).SequenceEqual(target.Members.Where(member => member.Votes).OrderBy(member => member.Replica));
}
