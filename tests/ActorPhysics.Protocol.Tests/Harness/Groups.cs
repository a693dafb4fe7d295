using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;

namespace ActorPhysics.Protocol.Tests.Harness;

/// <summary>The groups that the tests run: replicas 1, 2, 3, … on the nodes of the same number.</summary>
internal static class Groups
{
    public static GroupId Id => new(7);
    public static GroupIncarnation Incarnation => new(0xA11CE);

    public static ImmutableArray<ReplicaId> Replicas(int count) => [.. Enumerable.Range(1, count).Select(id => new ReplicaId((ulong)id))];

    public static GroupConfiguration Of(QuorumRule rule, FailureModel? failureModel = null, params ReadOnlySpan<Member> others)
    {
        QuorumSystem quorums = QuorumSystem.Create(rule);
        var members = quorums.Members.Select(voter => new Member(voter, new NodeId(voter.Value), MemberRole.Voter)).ToList();
        foreach (Member other in others)
        {
            members.RemoveAll(member => member.Replica == other.Replica);
            members.Add(other);
        }

        return GroupConfiguration.Create(Id, Incarnation, ConfigEpoch.Founding, [.. members], quorums, failureModel ?? CrashRecovery.Instance);
    }

    public static GroupConfiguration Majority(int replicas, FailureModel? failureModel = null) => Of(new MajorityRule(Replicas(replicas)), failureModel);

    /// <summary>Election and commit quorums of different sizes (Howard, Malkhi and Spiegelman, 2016).</summary>
    public static GroupConfiguration Flexible(int replicas, int election, int commit) =>
        Of(new FlexibleRule(Replicas(replicas), election, commit));

    /// <summary>Four replicas of which the first weighs 2: three of the five votes decide, so replica 1 and any other make a quorum.</summary>
    public static GroupConfiguration Weighted() =>
        Of(new WeightedRule([.. Replicas(4).Select(id => new WeightedVoter(id, id.Value == 1 ? 2 : 1))], ElectionWeight: 3, CommitWeight: 3));

    /// <summary>Replicas are dealt to zones in turn: 1, 4, … in the first of three zones.</summary>
    public static GroupConfiguration ByDomain(int replicas, int zones) =>
        Of(new FailureDomainRule([.. Replicas(replicas).Select(id => new PlacedVoter(id, new FailureDomainId((id.Value - 1) % (ulong)zones)))]));

    /// <summary>In the middle of a change from {1, 2, 3} to {3, 4, 5}.</summary>
    public static GroupConfiguration Joint() =>
        Of(new JointRule(new MajorityRule(Replicas(3)), new MajorityRule([new(3), new(4), new(5)])));
}
