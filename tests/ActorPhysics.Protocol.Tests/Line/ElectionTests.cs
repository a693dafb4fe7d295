using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Tests.Harness;
using static ActorPhysics.Protocol.Tests.Harness.ReplicaUnderTest;

namespace ActorPhysics.Protocol.Tests.Line;

[Trait("Seed", "4.2")]
public sealed class ElectionTests
{
    [Fact]
    [Trait("Paper", "Raft dissertation 9.6")]
    public void A_silent_leader_makes_a_follower_ask_for_pre_votes_without_opening_an_epoch()
    {
        ReplicaUnderTest replica = Holding(epoch: 4, [At(3, 1)]);

        replica.Pass(replica.Options.ElectionTimeoutMaximum);
        replica.Fire(LineTimer.Election);

        Assert.Equal(LineRole.PreCandidate, replica.Line.RoleKind);
        Assert.Equal(new LeaderEpoch(4), replica.Line.Epoch);
        Assert.Empty(replica.Recorded);
        Assert.All(replica.Sent, message => Assert.Equal(new LeaderEpoch(5), Assert.IsType<PreVoteRequest>(message).ProspectiveEpoch));
        Assert.Equal(2, replica.Sent.Count);
    }

    [Fact]
    [Trait("Pitfall", "1")]
    [Trait("Paper", "Raft 5.2")]
    public void A_vote_leaves_only_behind_the_record_that_makes_it_durable()
    {
        ReplicaUnderTest replica = Holding(epoch: 4, [At(3, 1)]);

        replica.Hear(new VoteRequest(replica.From(2, 5), At(3, 1), leadershipTransfer: false));

        Assert.Empty(replica.Sent);
        Assert.True(Assert.IsType<VoteAnswer>(Assert.Single(replica.Gated)).Granted);
        EpochPromised promise = Assert.IsType<EpochPromised>(replica.Recorded[^1]);
        Assert.Equal((new LeaderEpoch(5), new ReplicaId(2)), (promise.Epoch, promise.VotedFor));
    }

    [Fact]
    [Trait("Pitfall", "M1")]
    public void Epoch_and_vote_are_one_record()
    {
        ReplicaUnderTest replica = Holding(epoch: 4, []);

        replica.Hear(new VoteRequest(replica.From(2, 5), At(3, 1), leadershipTransfer: false));

        // A record that moves the epoch without the vote may precede it; the one that names the vote must name the epoch and the run too.
        EpochPromised withVote = Assert.Single(replica.Recorded.OfType<EpochPromised>(), promise => promise.VotedFor == new ReplicaId(2));
        Assert.Equal(new LeaderEpoch(5), withVote.Epoch);
        Assert.Equal(new ReplicaRun(2), withVote.Run);
        Assert.True(withVote.IsGuarded);
    }

    [Fact]
    [Trait("Pitfall", "M4")]
    public void A_candidate_asks_for_votes_only_behind_its_own()
    {
        ReplicaUnderTest replica = Holding(epoch: 4, [At(3, 1)]);
        replica.Pass(replica.Options.ElectionTimeoutMaximum);
        replica.Fire(LineTimer.Election);

        replica.Hear(new PreVoteAnswer(replica.From(2, 4), new LeaderEpoch(5), granted: true));

        Assert.Equal(LineRole.Candidate, replica.Line.RoleKind);
        Assert.Empty(replica.Sent);
        Assert.Equal(2, replica.Gated.OfType<VoteRequest>().Count());
        Assert.Equal(new ReplicaId(1), Assert.IsType<EpochPromised>(Assert.Single(replica.Recorded)).VotedFor);
    }

    [Fact]
    [Trait("Pitfall", "3")]
    public void A_candidate_does_not_count_its_own_vote_before_it_is_durable()
    {
        ReplicaUnderTest replica = Holding(epoch: 4, []);
        replica.Pass(replica.Options.ElectionTimeoutMaximum);
        replica.Fire(LineTimer.Election);
        replica.Hear(new PreVoteAnswer(replica.From(2, 4), new LeaderEpoch(5), granted: true));

        replica.Hear(new VoteAnswer(replica.From(2, 5), granted: true));
        Assert.Equal(LineRole.Candidate, replica.Line.RoleKind);

        replica.Persist();
        Assert.Equal(LineRole.Leader, replica.Line.RoleKind);
    }

    [Theory]
    [InlineData(0, 2, true)]
    [InlineData(2, 2, true)]
    [InlineData(3, 2, false)]
    [Trait("Pitfall", "M2")]
    [Trait("Pitfall", "M3")]
    public void A_voter_votes_once_per_epoch_also_over_a_restart(ulong votedFor, ulong candidate, bool granted)
    {
        ReplicaUnderTest replica = Holding(epoch: 5, [], votedFor: new ReplicaId(votedFor));

        replica.Hear(new VoteRequest(replica.From(candidate, 5), default, leadershipTransfer: false));

        VoteAnswer answer = Assert.IsType<VoteAnswer>(Assert.Single(replica.Gated.Concat(replica.Sent)));
        Assert.Equal(granted, answer.Granted);
    }

    [Fact]
    [Trait("Pitfall", "M3")]
    public void Hearing_the_leader_does_not_free_the_vote()
    {
        ReplicaUnderTest replica = Holding(epoch: 5, [], votedFor: new ReplicaId(2));
        replica.Hear(new Heartbeat(replica.From(2, 5), default, commit: null));
        replica.Pass(replica.Options.LeaseDuration);

        replica.Hear(new VoteRequest(replica.From(3, 5), At(5, 9), leadershipTransfer: false));

        Assert.False(Assert.IsType<VoteAnswer>(Assert.Single(replica.Gated.Concat(replica.Sent))).Granted);
    }

    [Fact]
    [Trait("Pitfall", "M3")]
    public void Who_knows_the_epochs_leader_votes_for_nobody_else_in_it()
    {
        ReplicaUnderTest replica = Holding(epoch: 5, []);
        replica.Hear(new Heartbeat(replica.From(2, 5), default, commit: null));
        replica.Pass(replica.Options.LeaseDuration);

        replica.Hear(new VoteRequest(replica.From(3, 5), At(5, 9), leadershipTransfer: false));

        Assert.False(Assert.IsType<VoteAnswer>(Assert.Single(replica.Gated.Concat(replica.Sent))).Granted);
    }

    [Fact]
    [Trait("Pitfall", "M2")]
    public void Stepping_down_in_the_same_epoch_does_not_free_the_vote()
    {
        ReplicaUnderTest replica = Holding(epoch: 4, []);
        replica.Campaign();
        replica.Hear(new VoteAnswer(replica.From(2, 5), granted: false));
        replica.Hear(new VoteAnswer(replica.From(3, 5), granted: false));
        Assert.Equal(LineRole.Follower, replica.Line.RoleKind);

        replica.Hear(new VoteRequest(replica.From(3, 5), At(4, 9), leadershipTransfer: false));

        Assert.False(Assert.IsType<VoteAnswer>(Assert.Single(replica.Gated.Concat(replica.Sent))).Granted);
    }

    [Theory]
    [InlineData(3, 2, true, "the same tail")]
    [InlineData(4, 1, true, "a later epoch outranks a longer log")]
    [InlineData(3, 3, true, "a longer log of the same epoch")]
    [InlineData(3, 1, false, "a shorter log of the same epoch")]
    [InlineData(2, 9, false, "a longer log of an earlier epoch")]
    [Trait("Paper", "Raft 5.4.1")]
    public void A_vote_asks_for_a_tail_that_is_at_least_as_good(ulong tailEpoch, ulong tailIndex, bool granted, string why)
    {
        ReplicaUnderTest replica = Holding(epoch: 4, [At(1, 1), At(3, 2)]);

        replica.Hear(new PreVoteRequest(replica.From(2, 4), new LeaderEpoch(5), At(tailEpoch, tailIndex)));
        bool preVote = Assert.IsType<PreVoteAnswer>(Assert.Single(replica.Sent)).Granted;
        replica.Hear(new VoteRequest(replica.From(2, 5), At(tailEpoch, tailIndex), leadershipTransfer: false));
        bool vote = Assert.IsType<VoteAnswer>(Assert.Single(replica.Gated)).Granted;

        Assert.True((preVote, vote) == (granted, granted), why);
    }

    [Fact]
    [Trait("Pitfall", "7")]
    public void Who_hears_the_leader_gives_neither_pre_vote_nor_vote_and_keeps_its_epoch()
    {
        ReplicaUnderTest replica = Holding(epoch: 4, []);
        replica.Hear(new Heartbeat(replica.From(2, 4), default, commit: null));

        replica.Hear(new PreVoteRequest(replica.From(3, 4), new LeaderEpoch(5), At(4, 9)));
        Assert.False(Assert.IsType<PreVoteAnswer>(Assert.Single(replica.Sent)).Granted);

        replica.Hear(new VoteRequest(replica.From(3, 9), At(8, 9), leadershipTransfer: false));
        Assert.False(Assert.IsType<VoteAnswer>(Assert.Single(replica.Sent)).Granted);
        Assert.Equal(new LeaderEpoch(4), replica.Line.Epoch);

        replica.Hear(new VoteRequest(replica.From(3, 5), At(4, 9), leadershipTransfer: true));
        Assert.True(Assert.IsType<VoteAnswer>(Assert.Single(replica.Gated)).Granted);
    }

    [Fact]
    [Trait("Pitfall", "6")]
    public void Answers_to_an_earlier_pre_vote_or_election_are_not_counted()
    {
        ReplicaUnderTest replica = Holding(epoch: 4, []);
        replica.Pass(replica.Options.ElectionTimeoutMaximum);
        replica.Fire(LineTimer.Election);

        replica.Hear(new PreVoteAnswer(replica.From(2, 4), new LeaderEpoch(4), granted: true));
        Assert.Equal(LineRole.PreCandidate, replica.Line.RoleKind);

        replica.Hear(new PreVoteAnswer(replica.From(2, 4), new LeaderEpoch(5), granted: true));
        replica.Persist();
        Assert.Equal(LineRole.Candidate, replica.Line.RoleKind);
        replica.Hear(new VoteAnswer(replica.From(2, 4), granted: true));
        Assert.Equal(LineRole.Candidate, replica.Line.RoleKind);
        replica.Hear(new VoteAnswer(replica.From(2, 5), granted: true));
        Assert.Equal(LineRole.Leader, replica.Line.RoleKind);
    }

    [Fact]
    [Trait("Pitfall", "M15")]
    public void A_refused_pre_candidate_catches_up_with_the_epoch_that_refused_it()
    {
        ReplicaUnderTest replica = Holding(epoch: 4, []);
        replica.Pass(replica.Options.ElectionTimeoutMaximum);
        replica.Fire(LineTimer.Election);

        replica.Hear(new PreVoteAnswer(replica.From(2, 9), new LeaderEpoch(5), granted: false));

        Assert.Equal(new LeaderEpoch(9), replica.Line.Epoch);
        replica.Pass(replica.Options.ElectionTimeoutMaximum);
        replica.Persist();
        replica.Fire(LineTimer.Election);
        Assert.All(replica.Sent, message => Assert.Equal(new LeaderEpoch(10), Assert.IsType<PreVoteRequest>(message).ProspectiveEpoch));
    }

    [Fact]
    [Trait("Pitfall", "9")]
    public void Replicas_with_different_seeds_time_out_apart()
    {
        GroupConfiguration configuration = Groups.Majority(3);
        var dues = Enumerable.Range(1, 20).Select(seed =>
        {
            var replica = new LineReplica(new ReplicaId(1), new LineOptions(), RecoveredReplica.Fresh(configuration), (ulong)seed);
            List<LineEffect> effects = [];
            replica.Step(new Started(default), effects);
            replica.Step(new RecordsDurable(default, new RecordNumber(1)), effects);
            return effects.OfType<SetTimer>().Last().Due;
        }).ToList();

        Assert.True(dues.Distinct().Count() >= 19);
        Assert.All(dues, due => Assert.InRange(due.Microseconds, 300_000, 600_000));
    }

    [Fact]
    [Trait("Pitfall", "35")]
    public void Learners_and_strangers_have_no_vote_and_witnesses_get_none()
    {
        GroupConfiguration configuration = Groups.Of(
            new MajorityRule(Groups.Replicas(3)), null, new Member(new(3), new(3), MemberRole.Witness), new Member(new(4), new(4), MemberRole.Learner));
        ReplicaUnderTest replica = Holding(epoch: 4, [], configuration);
        replica.Pass(replica.Options.ElectionTimeoutMaximum);
        replica.Fire(LineTimer.Election);

        replica.Hear(new PreVoteAnswer(replica.From(4, 4), new LeaderEpoch(5), granted: true));
        replica.Hear(new PreVoteAnswer(replica.From(9, 4), new LeaderEpoch(5), granted: true));
        Assert.Equal(LineRole.PreCandidate, replica.Line.RoleKind);

        replica.Hear(new VoteRequest(replica.From(3, 5), At(4, 9), leadershipTransfer: false));
        Assert.All(replica.Gated.Concat(replica.Sent).OfType<VoteAnswer>(), answer => Assert.False(answer.Granted));
    }
}
