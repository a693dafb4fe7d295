using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Quorums;
using static ActorPhysics.Core.Tests.Given;

namespace ActorPhysics.Core.Tests.Quorums;

[Trait("Seed", "4.1")]
public sealed class QuorumSystemTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(4, 3)]
    [InlineData(5, 3)]
    [InlineData(64, 33)]
    public void A_majority_is_more_than_half_of_the_voters(int voters, int quorum)
    {
        QuorumSystem system = MajorityOf(voters);

        Assert.True(system.IsElectionQuorum(MemberSet.FirstPositions(quorum)));
        Assert.True(system.IsCommitQuorum(MemberSet.FirstPositions(quorum)));
        Assert.False(system.IsElectionQuorum(MemberSet.FirstPositions(quorum - 1)));
        Assert.False(system.IsCommitQuorum(MemberSet.FirstPositions(quorum - 1)));
    }

    [Fact]
    public void Voters_are_sorted_and_found_by_position_and_strangers_have_none()
    {
        QuorumSystem system = QuorumSystem.Majority(R(9), R(2), R(5));

        Assert.Equal<ReplicaId>([R(2), R(5), R(9)], system.Members);
        Assert.Equal(1, system.PositionOf(R(5)));
        Assert.Equal(-1, system.PositionOf(R(3)));
        Assert.Equal(-1, system.PositionOf(ReplicaId.None));
        Assert.Equal(1, system.SetOf(R(9), R(9), R(4)).Count);
    }

    [Fact]
    public void The_commit_frontier_is_what_a_quorum_holds_not_what_most_hold_somewhere()
    {
        QuorumSystem system = MajorityOf(5);

        Assert.Equal(I(4), system.CommitFrontier([I(9), I(4), I(0), I(7), I(2)]));
        Assert.Equal(I(0), system.CommitFrontier([I(9), I(9), I(0), I(0), I(0)]));
        Assert.Throws<ArgumentException>(() => system.CommitFrontier([I(1)]));
    }

    [Fact]
    public void A_vote_that_was_taken_back_is_no_vote()
    {
        QuorumSystem system = MajorityOf(3);

        Assert.Equal(VoteTally.Pending, system.Tally(system.SetOf(R(1), R(2)), system.SetOf(R(2))));
        Assert.Equal(VoteTally.Lost, system.Tally(system.SetOf(R(1), R(2)), system.SetOf(R(2), R(3))));
    }

    [Fact]
    public void Flexible_quorums_that_elect_apart_are_refused_with_both_quorums()
    {
        // Commits meet elections (1 + 4 > 4), but two pairs could elect two leaders of one epoch.
        var rule = new FlexibleRule([.. Replicas(4)], ElectionSize: 2, CommitSize: 4);

        Assert.Null(QuorumSystem.TryCreate(rule, out QuorumRefusal? refusal));

        var shown = Assert.IsType<QuorumCounterexample>(refusal);
        Assert.Equal<ReplicaId>([R(1), R(2)], shown.First);
        Assert.Equal<ReplicaId>([R(3), R(4)], shown.Second);
        Assert.Equal(QuorumPhase.Election, shown.SecondPhase);
        Assert.Empty(shown.Intersection);
        Assert.Equal("election quorum {r1, r2} and election quorum {r3, r4} do not intersect", shown.Explanation);
    }

    [Fact]
    public void Flexible_quorums_that_commit_behind_an_elections_back_are_refused()
    {
        Assert.Null(QuorumSystem.TryCreate(new FlexibleRule([.. Replicas(5)], ElectionSize: 3, CommitSize: 2), out QuorumRefusal? refusal));

        var shown = Assert.IsType<QuorumCounterexample>(refusal);
        Assert.Equal(QuorumPhase.Commit, shown.SecondPhase);
        Assert.Equal("election quorum {r1, r2, r3} and commit quorum {r4, r5} do not intersect", shown.Explanation);
    }

    [Fact]
    public void Flexible_quorums_trade_large_elections_for_small_commits()
    {
        QuorumSystem system = QuorumSystem.Create(new FlexibleRule([.. Replicas(6)], ElectionSize: 5, CommitSize: 2));

        Assert.True(system.IsCommitQuorum(system.SetOf(R(1), R(4))));
        Assert.False(system.IsElectionQuorum(system.SetOf(R(1), R(2), R(3), R(4))));
    }

    [Fact]
    public void Lumpy_weights_that_cannot_split_are_accepted_although_their_sums_would_allow_it()
    {
        // 4 + 4 ≤ 9, yet no set of weight-3 voters leaves out another set that reaches 4.
        var rule = new WeightedRule([new(R(1), 3), new(R(2), 3), new(R(3), 3)], ElectionWeight: 4, CommitWeight: 4);

        Assert.NotNull(QuorumSystem.TryCreate(rule, out _));
    }

    [Fact]
    public void The_heaviest_weights_of_the_most_voters_are_decided_exactly()
    {
        ImmutableArray<WeightedVoter> voters = [.. Replicas(MemberSet.Capacity).Select(voter => new WeightedVoter(voter, WeightedRule.HighestWeight))];
        int total = MemberSet.Capacity * WeightedRule.HighestWeight;

        Assert.NotNull(QuorumSystem.TryCreate(new WeightedRule(voters, total / 2 + 1, total / 2 + 1), out _));
        Assert.Null(QuorumSystem.TryCreate(new WeightedRule(voters, total / 2, total / 2), out QuorumRefusal? refusal));
        Assert.Equal(32, Assert.IsType<QuorumCounterexample>(refusal).First.Length);
    }

    [Fact]
    public void A_zone_is_represented_by_a_majority_within_it()
    {
        var rule = new FailureDomainRule([.. Replicas(9).Select(voter => new PlacedVoter(voter, new FailureDomainId(voter.Value % 3)))]);
        QuorumSystem system = QuorumSystem.Create(rule);

        Assert.True(system.IsCommitQuorum(system.SetOf(R(1), R(4), R(2), R(5))));
        Assert.False(system.IsCommitQuorum(system.SetOf(R(1), R(4), R(7), R(2), R(3))));
    }

    [Fact]
    public void Too_few_zones_for_a_commit_are_refused()
    {
        var voters = Replicas(9).Select(voter => new PlacedVoter(voter, new FailureDomainId(voter.Value % 3))).ToImmutableArray();

        Assert.Null(QuorumSystem.TryCreate(new FailureDomainRule(voters, ElectionDomains: 2, CommitDomains: 1), out QuorumRefusal? refusal));
        Assert.Empty(Assert.IsType<QuorumCounterexample>(refusal).Intersection);
    }

    [Theory]
    [InlineData(4, 1, 3)]
    [InlineData(7, 2, 5)]
    [InlineData(5, 1, 4)]
    [InlineData(10, 3, 7)]
    public void Byzantine_quorums_are_2f_plus_1_of_3f_plus_1(int voters, int faults, int quorum)
    {
        QuorumSystem system = QuorumSystem.Create(new ByzantineRule([.. Replicas(voters)], faults));

        Assert.True(system.IsCommitQuorum(MemberSet.FirstPositions(quorum)));
        Assert.False(system.IsCommitQuorum(MemberSet.FirstPositions(quorum - 1)));
        Assert.Equal(faults, system.ByzantineFaults);
    }

    [Fact]
    public void Three_replicas_cannot_bear_a_liar_and_the_liar_is_shown()
    {
        Assert.Null(QuorumSystem.TryCreate(new ByzantineRule([.. Replicas(3)], Faults: 1), out QuorumRefusal? refusal));

        var shown = Assert.IsType<QuorumCounterexample>(refusal);
        Assert.Equal<ReplicaId>([R(1), R(2)], shown.First);
        Assert.Equal<ReplicaId>([R(2), R(3)], shown.Second);
        Assert.Equal<ReplicaId>([R(2)], shown.FaultSet);
        Assert.Contains("intersect only in {r2}, all of whom may be faulty at once", shown.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void A_majority_that_is_safe_among_the_honest_is_refused_where_two_may_lie()
    {
        var rule = new MajorityRule([.. Replicas(7)]);

        Assert.NotNull(QuorumSystem.TryCreate(rule, CrashRecovery.Instance, out _));
        Assert.Null(QuorumSystem.TryCreate(rule, new Byzantine(2), out QuorumRefusal? refusal));
        Assert.Single(Assert.IsType<QuorumCounterexample>(refusal).Intersection);
    }

    [Fact]
    [Trait("Seed", "5.1.2")]
    public void A_joint_system_needs_both_halves()
    {
        QuorumSystem system = QuorumSystem.Create(new JointRule(new MajorityRule([R(1), R(2), R(3)]), new MajorityRule([R(3), R(4), R(5)])));

        Assert.False(system.IsCommitQuorum(system.SetOf(R(1), R(2))));
        Assert.False(system.IsElectionQuorum(system.SetOf(R(4), R(5))));
        Assert.True(system.IsCommitQuorum(system.SetOf(R(1), R(3), R(4))));
        Assert.Equal(I(5), system.CommitFrontier([I(9), I(5), I(0), I(9), I(9)]));
        Assert.Equal(VoteTally.Lost, system.Tally(system.SetOf(R(1), R(2), R(3)), system.SetOf(R(4), R(5))));
    }

    [Fact]
    public void In_a_joint_system_fencing_the_other_half_alone_is_not_enough()
    {
        // Blocking the new half blocks every joint election, but a voter that has not heard of the change still elects by the old half.
        QuorumSystem system = QuorumSystem.Create(new JointRule(new MajorityRule([R(1), R(2), R(3)]), new MajorityRule([R(4), R(5), R(6)])));

        Assert.False(system.MeetsEveryElectionQuorum(system.SetOf(R(4), R(5), R(6))));
        Assert.True(system.MeetsEveryElectionQuorum(system.SetOf(R(1), R(2), R(4), R(5))));
    }

    [Fact]
    public void Half_of_an_even_group_fences_elections_without_being_a_quorum()
    {
        QuorumSystem system = MajorityOf(4);

        Assert.True(system.MeetsEveryElectionQuorum(system.SetOf(R(1), R(2))));
        Assert.False(system.IsElectionQuorum(system.SetOf(R(1), R(2))));
        Assert.False(system.MeetsEveryElectionQuorum(system.SetOf(R(1))));
    }

    public static TheoryData<QuorumRule, string> Malformed => new()
    {
        { new MajorityRule([]), "at least one voter" },
        { new MajorityRule(default), "at least one voter" },
        { new MajorityRule([R(1), R(2), R(1)]), "r1 is named twice" },
        { new MajorityRule([R(0)]), "names nobody" },
        { new MajorityRule([.. Replicas(65)]), "at most 64" },
        { new FlexibleRule([.. Replicas(3)], 0, 3), "between 1 and 3" },
        { new FlexibleRule([.. Replicas(3)], 2, 4), "between 1 and 3" },
        { new WeightedRule([new(R(1), 0)], 1, 1), "weight 0" },
        { new WeightedRule([new(R(1), 256)], 1, 1), "weight 256" },
        { new WeightedRule([new(R(1), 2)], 3, 1), "between 1 and 2" },
        { new FailureDomainRule([new(R(1), new(1))], 2, 1), "between 1 and 1" },
        { new ByzantineRule([.. Replicas(4)], 0), "at least one fault" },
        { new ByzantineRule([.. Replicas(4)], 4), "leave nobody" },
        { new JointRule(new MajorityRule([]), new MajorityRule([R(1)])), "at least one voter" },
        { new JointRule(new JointRule(new MajorityRule([R(1)]), new MajorityRule([R(1)])), new MajorityRule([R(1)])), "itself joint" },
        { new JointRule(new MajorityRule([.. Replicas(40)]), new MajorityRule([.. Replicas(80).Skip(40)])), "at most 64" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_rule_that_describes_no_system_is_refused_in_words(QuorumRule rule, string expected)
    {
        Assert.Null(QuorumSystem.TryCreate(rule, out QuorumRefusal? refusal));
        Assert.Contains(expected, Assert.IsType<MalformedQuorumRule>(refusal).Explanation, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => QuorumSystem.Create(rule));
    }

    [Fact]
    public void Rules_are_equal_by_content()
    {
        Assert.Equal(new JointRule(new MajorityRule([R(1)]), new MajorityRule([R(2)])), new JointRule(new MajorityRule([R(1)]), new MajorityRule([R(2)])));
        Assert.NotEqual(new MajorityRule([R(1)]), new MajorityRule([R(2)]));
        Assert.NotEqual<QuorumRule>(new ByzantineRule([.. Replicas(4)], 1), new MajorityRule([.. Replicas(4)]));
    }

    [Fact]
    public void Asking_for_quorums_and_frontiers_allocates_nothing()
    {
        QuorumSystem[] systems =
        [
            MajorityOf(5),
            QuorumSystem.Create(new JointRule(new MajorityRule([.. Replicas(3)]), new MajorityRule([R(2), R(4), R(5)]))),
            QuorumSystem.Create(new WeightedRule([.. Replicas(5).Select(voter => new WeightedVoter(voter, 2))], 6, 6)),
            QuorumSystem.Create(new FailureDomainRule([.. Replicas(5).Select(voter => new PlacedVoter(voter, new FailureDomainId(voter.Value % 3)))])),
        ];
        LogIndex[] held = [I(5), I(3), I(4), I(8), I(1)];
        ulong before = 0;
        long allocated = 0;
        for (int round = 0; round < 3; round++)
        {
            long start = GC.GetAllocatedBytesForCurrentThread();
            foreach (QuorumSystem system in systems)
            {
                before += system.CommitFrontier(held).Value;
                before += system.IsCommitQuorum(MemberSet.FirstPositions(3)) ? 1UL : 0;
                before += (ulong)system.Tally(MemberSet.FirstPositions(2), MemberSet.Empty);
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - start;
        }

        Assert.NotEqual(0UL, before);
        Assert.Equal(0, allocated);
    }
}
