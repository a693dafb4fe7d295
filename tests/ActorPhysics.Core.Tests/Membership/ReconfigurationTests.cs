using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using static ActorPhysics.Core.Tests.Given;

namespace ActorPhysics.Core.Tests.Membership;

/// <summary>The steps of a membership change (Raft §6, thesis §4).</summary>
[Trait("Seed", "5.1")]
public sealed class ReconfigurationTests
{
    [Fact]
    public void A_newcomer_learns_before_it_votes_and_votes_in_both_halves_before_it_decides_alone()
    {
        GroupConfiguration founding = Configuration(voters: 3);

        GroupConfiguration learning = Begin(founding, Target([1, 2, 4]));
        Assert.Equal(MembershipStage.Learning, learning.Stage);
        Assert.Equal(MemberRole.Learner, learning.Find(R(4))!.Value.Role);
        Assert.Equal(founding.Quorums.Rule, learning.Quorums.Rule);

        GroupConfiguration joint = Reconfiguration.EnterJoint(learning);
        Assert.Equal(MembershipStage.Joint, joint.Stage);
        Assert.Equal(new JointRule(founding.Quorums.Rule, learning.Target!.Quorums), joint.Quorums.Rule);
        Assert.False(joint.Quorums.IsCommitQuorum(joint.Quorums.SetOf(R(2), R(3))));
        Assert.False(joint.Quorums.IsCommitQuorum(joint.Quorums.SetOf(R(1), R(4))));
        Assert.True(joint.Quorums.IsCommitQuorum(joint.Quorums.SetOf(R(1), R(2))));

        GroupConfiguration settled = Reconfiguration.LeaveJoint(joint);
        Assert.Equal(MembershipStage.Settled, settled.Stage);
        Assert.Equal<ReplicaId>([R(1), R(2), R(4)], settled.Members.Select(member => member.Replica));
        Assert.Equal(new ConfigEpoch(4), settled.Epoch);
        Assert.True(settled.HasRemoved(R(3)));
        Assert.False(settled.HasRemoved(R(5)));
    }

    [Fact]
    public void Learners_come_and_go_in_one_step()
    {
        GroupConfiguration with = Begin(Configuration(voters: 3), Target([1, 2, 3], learners: [4]));
        Assert.Equal((MembershipStage.Settled, MemberRole.Learner), (with.Stage, with.Find(R(4))!.Value.Role));

        GroupConfiguration without = Begin(with, Target([1, 2, 3]));
        Assert.Equal((MembershipStage.Settled, true), (without.Stage, without.HasRemoved(R(4))));
    }

    [Fact]
    public void Where_nobody_has_to_learn_the_halves_are_joined_at_once()
    {
        GroupConfiguration joint = Begin(Configuration(voters: 3), Target([1, 2]));
        Assert.Equal((MembershipStage.Joint, new ConfigEpoch(2)), (joint.Stage, joint.Epoch));
    }

    [Fact]
    public void A_voter_that_becomes_a_learner_votes_in_the_old_half_until_the_end()
    {
        GroupConfiguration joint = Begin(Configuration(voters: 3), Target([1, 2], learners: [3]));
        Assert.Equal(MemberRole.Voter, joint.Find(R(3))!.Value.Role);
        Assert.Equal(MemberRole.Learner, Reconfiguration.LeaveJoint(joint).Find(R(3))!.Value.Role);
    }

    [Fact]
    [Trait("Pitfall", "34")]
    public void A_joint_configuration_takes_no_other_target()
    {
        GroupConfiguration joint = Begin(Configuration(voters: 3), Target([1, 2]));
        Assert.Contains("joint", RefusalOf(joint, Target([1, 2, 3])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_change_that_still_learns_can_be_taken_back_and_its_ids_are_used_up()
    {
        GroupConfiguration learning = Begin(Configuration(voters: 3), Target([1, 2, 3, 4]));
        GroupConfiguration back = Begin(learning, Target([1, 2, 3]));

        Assert.Equal((MembershipStage.Settled, 3), (back.Stage, back.Members.Length));
        Assert.Contains("never used again", RefusalOf(back, Target([1, 2, 3, 4])), StringComparison.Ordinal);
        Assert.Equal(MembershipStage.Learning, Begin(back, Target([1, 2, 3, 5])).Stage);
    }

    [Fact]
    [Trait("Pitfall", "M13")]
    public void A_removed_replica_never_comes_back_under_its_id()
    {
        GroupConfiguration without = Reconfiguration.LeaveJoint(Begin(Configuration(voters: 3), Target([1, 2])));
        Assert.Contains("never used again", RefusalOf(without, Target([1, 2, 3])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_replica_does_not_move_and_shares_no_node()
    {
        GroupConfiguration founding = Configuration(voters: 3);
        var moved = new MembershipTarget(founding.Members.SetItem(2, new Member(R(3), new NodeId(9), MemberRole.Voter)), founding.Quorums.Rule);
        var shared = new MembershipTarget(
            [.. founding.Members.Take(2), new Member(R(4), new NodeId(3), MemberRole.Voter)], new MajorityRule([R(1), R(2), R(4)]));

        Assert.Contains("does not move", RefusalOf(founding, moved), StringComparison.Ordinal);
        Assert.Contains("n3", RefusalOf(founding, shared), StringComparison.Ordinal);
    }

    [Fact]
    public void What_could_not_stand_at_the_end_is_refused_at_the_beginning()
    {
        GroupConfiguration founding = Configuration(voters: 3);
        var empty = new MembershipTarget([], new MajorityRule([]));
        var unsafeQuorums = new MembershipTarget(founding.Members, new FlexibleRule([R(1), R(2), R(3)], ElectionSize: 1, CommitSize: 1));
        var others = new MembershipTarget(founding.Members, new MajorityRule([R(1), R(2)]));

        Assert.NotEmpty(RefusalOf(founding, empty));
        Assert.NotEmpty(RefusalOf(founding, unsafeQuorums));
        Assert.NotEmpty(RefusalOf(founding, others));
    }

    [Fact]
    public void What_could_not_be_joined_in_the_middle_is_refused_at_the_beginning()
    {
        GroupConfiguration founding = Configuration(voters: 3);
        MembershipTarget grown = Target([1, 2, 3, 4]);
        GroupConfiguration large = Configuration(voters: 40);

        Assert.NotEmpty(RefusalOf(founding, grown with { Quorums = new JointRule(founding.Quorums.Rule, grown.Quorums) }));
        Assert.Contains("64", RefusalOf(large, Target(Enumerable.Range(41, 40).Select(id => (ulong)id))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_takes_one_newcomer()
    {
        GroupConfiguration founding = Configuration(voters: 3);
        MembershipTarget target = Target([1, 2, 3, 4, 5]);
        ImmutableArray<Member> crowded = [.. target.Members.Take(4), new Member(R(5), new NodeId(4), MemberRole.Voter)];

        Assert.Contains("n4", RefusalOf(founding, target with { Members = crowded }), StringComparison.Ordinal);
    }

    [Fact]
    public void Voters_and_witnesses_do_not_change_sides()
    {
        GroupConfiguration withWitness = Configuration(voters: 3, lastVoter: MemberRole.Witness);
        GroupConfiguration founding = Configuration(voters: 3);
        MembershipTarget voters = Target([1, 2, 3]);

        Assert.Contains("changes sides", RefusalOf(withWitness, voters), StringComparison.Ordinal);
        Assert.Contains("changes sides", RefusalOf(founding, voters with { Members = withWitness.Members }), StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_next_step_can_be_taken()
    {
        GroupConfiguration founding = Configuration(voters: 3);
        Assert.Throws<InvariantViolationException>(() => Reconfiguration.EnterJoint(founding));
        Assert.Throws<InvariantViolationException>(() => Reconfiguration.LeaveJoint(founding));
        Assert.Throws<InvariantViolationException>(() => Reconfiguration.EnterJoint(Begin(founding, Target([1, 2]))));
    }

    internal static MembershipTarget Target(IEnumerable<ulong> voters, params ulong[] learners)
    {
        ImmutableArray<ReplicaId> voting = [.. voters.Select(R)];
        return new MembershipTarget(
            [.. voting.Select(id => new Member(id, new NodeId(id.Value), MemberRole.Voter)), .. learners.Select(id => new Member(R(id), new NodeId(id), MemberRole.Learner))],
            new MajorityRule(voting));
    }

    private static GroupConfiguration Begin(GroupConfiguration current, MembershipTarget target)
    {
        GroupConfiguration? begun = Reconfiguration.TryBegin(current, target, out string? refusal);
        Assert.True(begun is not null, refusal);
        return begun;
    }

    private static string RefusalOf(GroupConfiguration current, MembershipTarget target)
    {
        Assert.Null(Reconfiguration.TryBegin(current, target, out string? refusal));
        return refusal!;
    }
}
