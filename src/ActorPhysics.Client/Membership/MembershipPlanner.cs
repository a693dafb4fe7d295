using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;

namespace ActorPhysics.Client.Membership;

/// <summary>A plan, or why there is none.</summary>
public readonly record struct PlanningResult(MembershipPlan? Plan, string Refusal)
{
    public static PlanningResult Of(MembershipPlan plan) => new(plan, "");

    public static PlanningResult Refused(string refusal) => new(null, refusal);
}

/// <summary>
/// Works out, from the group as it is found, who shall belong to it. While a change is learning its end is what counts, so that a change can be
/// corrected or taken back; what is so already makes a plan with nothing to do.
/// </summary>
public sealed class MembershipPlanner(Func<MembershipView, PlanningResult> work)
{
    /// <summary>The ConfigEpoch that the caller has seen; null when the plan is made from whatever is found.</summary>
    public ConfigEpoch? Expected { get; init; }

    /// <summary>Works the plan out; nothing happens yet.</summary>
    public PlanningResult Plan(MembershipView view) => work(view);

    /// <summary>A node becomes a member, with a new replica.</summary>
    public static MembershipPlanner Add(NodeId node, MemberRole role) => new(view =>
    {
        MembershipTarget end = MembershipPlan.EndOf(view.Configuration);
        if (OnNode(end, node) is { } member)
        {
            return member.Role == role
                ? Planned(view, end)
                : PlanningResult.Refused($"{node} holds {member.Replica}, a {member.Role.ToString().ToLowerInvariant()}, already");
        }

        Member joining = Joining(view, node, role);
        QuorumRule? rule = role == MemberRole.Learner ? end.Quorums : QuorumArithmetic.TryAdd(end.Quorums, joining.Replica);
        return Planned(view, end, end.Members.Add(joining), rule);
    });

    /// <summary>A node is no member any more.</summary>
    public static MembershipPlanner Remove(NodeId node) => new(view =>
    {
        MembershipTarget end = MembershipPlan.EndOf(view.Configuration);
        if (OnNode(end, node) is not { } member)
        {
            return Planned(view, end);
        }

        QuorumRule? rule = member.Votes ? QuorumArithmetic.TryRemove(end.Quorums, member.Replica) : end.Quorums;
        return Planned(view, end, end.Members.Remove(member), rule);
    });

    /// <summary>A new replica on another node takes a member's place, with its role and its weight or domain.</summary>
    public static MembershipPlanner Replace(NodeId old, NodeId node) => new(view =>
    {
        MembershipTarget end = MembershipPlan.EndOf(view.Configuration);
        Member? there = OnNode(end, node);
        if (OnNode(end, old) is not { } former)
        {
            return there is null ? PlanningResult.Refused($"{old} holds no member of {view.Configuration.Group}") : Planned(view, end);
        }

        if (there is { } present)
        {
            return PlanningResult.Refused(old == node
                ? $"{node} holds {present.Replica}: a replica cannot be replaced on its own node; remove it first, then add the node"
                : $"{node} holds {present.Replica} already");
        }

        Member joining = Joining(view, node, former.Role);
        QuorumRule rule = former.Votes ? QuorumArithmetic.Replace(end.Quorums, former.Replica, joining.Replica) : end.Quorums;
        return Planned(view, end, end.Members.Remove(former).Add(joining), rule);
    });

    /// <summary>A learner becomes a voter.</summary>
    public static MembershipPlanner Promote(NodeId node) => new(view =>
    {
        MembershipTarget end = MembershipPlan.EndOf(view.Configuration);
        return OnNode(end, node) switch
        {
            null => PlanningResult.Refused($"{node} holds no member of {view.Configuration.Group}"),
            { Role: MemberRole.Witness } => PlanningResult.Refused($"{node} holds a witness, which has no state to serve with; replace it"),
            { Role: MemberRole.Voter } => Planned(view, end),
            { } learner => Planned(
                view, end, end.Members.Replace(learner, learner with { Role = MemberRole.Voter }), QuorumArithmetic.TryAdd(end.Quorums, learner.Replica)),
        };
    });

    /// <summary>Who is about to leave, and still is a member, may stay: that takes a change back. Anybody else comes with a new replica.</summary>
    private static Member Joining(MembershipView view, NodeId node, MemberRole role)
    {
        foreach (Member member in view.Configuration.Members)
        {
            if (member.Node == node)
            {
                return member with { Role = role };
            }
        }

        return new Member(view.NextReplica, node, role);
    }

    private static PlanningResult Planned(MembershipView view, MembershipTarget end) => PlanningResult.Of(new MembershipPlan(view.Configuration, end));

    private static PlanningResult Planned(MembershipView view, MembershipTarget end, ImmutableArray<Member> members, QuorumRule? rule) => rule is null
        ? PlanningResult.Refused(QuorumArithmetic.Undecided(end.Quorums))
        : PlanningResult.Of(new MembershipPlan(view.Configuration, new MembershipTarget(members, rule)));

    private static Member? OnNode(MembershipTarget end, NodeId node)
    {
        foreach (Member member in end.Members)
        {
            if (member.Node == node)
            {
                return member;
            }
        }

        return null;
    }
}
