using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;

namespace ActorPhysics.Simulation.Plans;

/// <summary>The kinds of groups that a simulation can run.</summary>
public enum QuorumShape
{
    Majority,

    /// <summary>Election quorums larger, commit quorums smaller than a majority (Howard, Malkhi and Spiegelman, 2016).</summary>
    Flexible,

    /// <summary>The first replica weighs two.</summary>
    Weighted,

    /// <summary>Replicas dealt to three zones in turn.</summary>
    Domains,

    /// <summary>In the middle of a change from the first three to the last three of five.</summary>
    Joint,
}

/// <summary>Which replicas there are and which of them decide.</summary>
/// <param name="Nodes">How many nodes, with one replica each.</param>
/// <param name="Quorums">Who decides.</param>
/// <param name="Witnesses">How many of the last voters store the log only.</param>
/// <param name="Learners">How many further nodes only learn.</param>
/// <param name="CrashStop">Memory is all there is: a replica that stopped never comes back.</param>
/// <param name="Spares">How many nodes beyond those host no replica at first.</param>
public sealed record GroupShape(
    int Nodes, QuorumShape Quorums = QuorumShape.Majority, int Witnesses = 0, int Learners = 0, bool CrashStop = false, int Spares = 0)
{
    public static GroupId Group => new(1);

    /// <summary>The nodes of the world, with or without a replica.</summary>
    public int AllNodes => Nodes + Spares;

    public GroupConfiguration Configuration()
    {
        QuorumSystem quorums = QuorumSystem.Create(RuleOf([.. Enumerable.Range(1, Nodes - Learners).Select(id => new ReplicaId((ulong)id))], isFounding: true));
        FailureModel failures = CrashStop ? CrashStopModel : CrashRecovery.Instance;
        var members = new List<Member>();
        foreach (ReplicaId voter in quorums.Members)
        {
            bool witness = (int)voter.Value > quorums.Members.Length - Witnesses;
            members.Add(new Member(voter, NodeOf(voter), witness ? MemberRole.Witness : MemberRole.Voter));
        }

        for (int learner = quorums.Members.Length + 1; learner <= Nodes; learner++)
        {
            members.Add(new Member(new ReplicaId((ulong)learner), new NodeId((ulong)learner), MemberRole.Learner));
        }

        return GroupConfiguration.Create(Group, new GroupIncarnation(0x51D), ConfigEpoch.Founding, [.. members], quorums, failures);
    }

    private static FailureModel CrashStopModel => Core.FailureModels.CrashStop.Instance;

    private static NodeId NodeOf(ReplicaId replica) => new(replica.Value);

    /// <summary>Who decides among other voters than the first ones. A change in the middle of which the group was founded ends with a majority.</summary>
    internal QuorumRule RuleOf(ImmutableArray<ReplicaId> voters) => RuleOf(voters, isFounding: false);

    private QuorumRule RuleOf(ImmutableArray<ReplicaId> ids, bool isFounding)
    {
        return Quorums switch
        {
            QuorumShape.Joint when !isFounding => new MajorityRule(ids),
            QuorumShape.Majority => new MajorityRule(ids),
            QuorumShape.Flexible => Flexible(ids),
            QuorumShape.Weighted => Weighted(ids),
            QuorumShape.Domains => new FailureDomainRule([.. ids.Select(id => new PlacedVoter(id, new FailureDomainId((id.Value - 1) % 3)))]),
            QuorumShape.Joint => new JointRule(new MajorityRule([.. ids.Take(3)]), new MajorityRule([.. ids.TakeLast(3)])),
            _ => throw new ArgumentOutOfRangeException(nameof(Quorums), Quorums, "no such shape"),
        };
    }

    private static FlexibleRule Flexible(ImmutableArray<ReplicaId> ids)
    {
        int commit = Math.Max(1, ids.Length / 2);
        return new FlexibleRule(ids, ids.Length - commit + 1, commit);
    }

    private static WeightedRule Weighted(ImmutableArray<ReplicaId> ids)
    {
        int total = ids.Length + 1;
        int decides = total - ((total - 1) / 2);
        return new WeightedRule([.. ids.Select(id => new WeightedVoter(id, id == ids[0] ? 2 : 1))], decides, decides);
    }
}
