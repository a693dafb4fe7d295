using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Protocol.Tests.Harness;
using static ActorPhysics.Protocol.Tests.Harness.ReplicaUnderTest;

namespace ActorPhysics.Protocol.Tests.Line;

/// <summary>Linearizable reads by round and by lease, on the leader and forwarded (seed §5.4; Raft dissertation, section 6.4).</summary>
[Trait("Seed", "5.4")]
public sealed class ReadTests
{
    [Fact]
    [Trait("Paper", "Raft dissertation 6.4")]
    public void A_strong_read_waits_for_a_round_that_was_sent_after_it()
    {
        ReplicaUnderTest leader = Serving();
        leader.Fire(LineTimer.Heartbeat);
        leader.Step(new ReadRequested(leader.Now, ReadLevel.Strong, [new(1, 1)]));
        Assert.Empty(leader.Effects.OfType<ServeReads>());

        leader.Hear(new HeartbeatAnswer(leader.From(2, 5), new(2)));
        Assert.Empty(leader.Effects.OfType<ServeReads>());
        Heartbeat next = Assert.IsType<Heartbeat>(leader.Sent[0]);
        Assert.Equal(new ReadRound(3), next.Round);

        leader.Hear(new HeartbeatAnswer(leader.From(2, 5), new(3)));
        ServeReads serve = leader.Single<ServeReads>();
        Assert.Equal((new LogIndex(1), MonotonicTime.Never), (serve.Frontier, serve.AnswerBefore));
        Assert.True(serve.Certificate!.Verify(leader.Configuration));
    }

    [Fact]
    public void Reads_that_arrive_together_share_one_round()
    {
        ReplicaUnderTest leader = Serving();
        leader.Step(new ReadRequested(leader.Now, ReadLevel.Strong, [new(1, 1), new(1, 2)]));
        Assert.Equal(2, leader.Sent.OfType<Heartbeat>().Count());
        leader.Step(new ReadRequested(leader.Now, ReadLevel.Strong, [new(1, 3)]));
        leader.Step(new ReadRequested(leader.Now, ReadLevel.Strong, [new(1, 4)]));
        Assert.Empty(leader.Sent);

        leader.Hear(new HeartbeatAnswer(leader.From(2, 5), new(2)));
        Assert.Equal([new RequestToken(1, 1), new RequestToken(1, 2)], leader.Single<ServeReads>().Requests);
        Assert.Equal(2, leader.Sent.OfType<Heartbeat>().Count());

        leader.Hear(new HeartbeatAnswer(leader.From(3, 5), new(3)));
        Assert.Equal(2, leader.Effects.OfType<ServeReads>().Count());
    }

    [Fact]
    public void An_answer_to_a_round_that_was_never_sent_confirms_nothing()
    {
        ReplicaUnderTest leader = Serving();
        leader.Step(new ReadRequested(leader.Now, ReadLevel.Strong, [new(1, 1)]));

        leader.Hear(new HeartbeatAnswer(leader.From(2, 5), new(99)));

        Assert.Empty(leader.Effects.OfType<ServeReads>());
    }

    [Fact]
    [Trait("Pitfall", "5")]
    public void A_lease_runs_from_the_sending_of_the_round_shortened_by_the_drift()
    {
        ReplicaUnderTest leader = Serving();
        MonotonicTime sentAt = leader.Now;
        leader.Fire(LineTimer.Heartbeat);
        leader.Pass(TimeSpan.FromMilliseconds(40));
        leader.Hear(new HeartbeatAnswer(leader.From(2, 5), new(2)));

        leader.Step(new ReadRequested(leader.Now, ReadLevel.Lease, [new(1, 1)]));
        Assert.Equal(sentAt + leader.Options.LeaderLease, leader.Single<ServeReads>().AnswerBefore);
        Assert.True(leader.Options.LeaderLease < leader.Options.LeaseDuration);

        leader.Pass(leader.Options.LeaderLease - TimeSpan.FromMilliseconds(40));
        leader.Step(new ReadRequested(leader.Now, ReadLevel.Lease, [new(1, 2)]));
        Assert.Equal(Refusal.NoLease, leader.Single<RefuseRequests>().Refusal);
    }

    [Fact]
    [Trait("Pitfall", "5")]
    public void A_leader_that_was_paused_finds_its_lease_expired_before_anything_else()
    {
        ReplicaUnderTest leader = Serving();
        leader.Fire(LineTimer.Heartbeat);
        leader.Hear(new HeartbeatAnswer(leader.From(2, 5), new(2)));

        leader.Pass(TimeSpan.FromSeconds(30));
        leader.Step(new ReadRequested(leader.Now, ReadLevel.Lease, [new(1, 1)]));

        Assert.Equal(Refusal.NoLease, leader.Single<RefuseRequests>().Refusal);
    }

    [Fact]
    public void A_voter_that_promised_keeps_the_promise_for_a_whole_lease_on_its_own_clock()
    {
        ReplicaUnderTest voter = Holding(epoch: 5, []);
        voter.Hear(new Heartbeat(voter.From(2, 5), new(1), commit: null));

        voter.Pass(voter.Options.LeaseDuration - TimeSpan.FromMicroseconds(1));
        voter.Hear(new PreVoteRequest(voter.From(3, 5), new LeaderEpoch(6), At(5, 1)));
        Assert.False(Assert.IsType<PreVoteAnswer>(Assert.Single(voter.Sent)).Granted);

        voter.Pass(TimeSpan.FromMicroseconds(1));
        voter.Hear(new PreVoteRequest(voter.From(3, 5), new LeaderEpoch(6), At(5, 1)));
        Assert.True(Assert.IsType<PreVoteAnswer>(Assert.Single(voter.Sent)).Granted);
    }

    [Fact]
    [Trait("Pitfall", "5")]
    public void Time_that_goes_back_does_not_prolong_anything()
    {
        ReplicaUnderTest leader = Serving();
        leader.Fire(LineTimer.Heartbeat);
        leader.Hear(new HeartbeatAnswer(leader.From(2, 5), new(2)));
        leader.Step(new TimerFired(leader.Now + TimeSpan.FromSeconds(1), LineTimer.Election));

        leader.Step(new ReadRequested(leader.Now, ReadLevel.Lease, [new(1, 1)]));

        Assert.Equal(Refusal.NoLease, leader.Single<RefuseRequests>().Refusal);
    }

    [Fact]
    public void Lease_reads_can_be_switched_off()
    {
        ReplicaUnderTest leader = Serving(new LineOptions { LeaseReads = false });

        leader.Step(new ReadRequested(leader.Now, ReadLevel.Lease, [new(1, 1)]));

        Assert.Equal(Refusal.NoLease, leader.Single<RefuseRequests>().Refusal);
    }

    [Fact]
    [Trait("Pitfall", "43")]
    public void A_follower_read_carries_no_certificate_and_says_how_far_it_is()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, [At(5, 1)]);

        follower.Step(new ReadRequested(follower.Now, ReadLevel.Follower, [new(1, 1)]));

        ServeReads serve = follower.Single<ServeReads>();
        Assert.Equal((ReadLevel.Follower, LogIndex.Zero, null), (serve.Level, serve.Frontier, serve.Certificate));
    }

    [Fact]
    [Trait("Paper", "Raft dissertation 6.4")]
    public void A_follower_asks_the_leader_and_answers_when_it_has_applied_the_frontier()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, []);
        follower.Hear(follower.Append(2, 5, default, [At(5, 1), At(5, 2)]));
        follower.Persist();
        follower.Step(new ReadRequested(follower.Now, ReadLevel.Strong, [new(1, 1)]));
        ReadIndexRequest asked = Assert.IsType<ReadIndexRequest>(Assert.Single(follower.Sent));
        follower.Step(new ReadRequested(follower.Now, ReadLevel.Strong, [new(1, 2)]));
        Assert.Empty(follower.Sent);

        follower.Hear(new ReadIndexAnswer(follower.From(2, 5), asked.Token, ByRound(follower, At(5, 2))));
        Assert.Empty(follower.Effects.OfType<ServeReads>());
        Assert.IsType<ReadIndexRequest>(Assert.Single(follower.Sent));

        follower.Step(new EntriesApplied(follower.Now, new LogIndex(2)));
        Assert.Equal([new RequestToken(1, 1)], follower.Single<ServeReads>().Requests);
    }

    [Fact]
    public void A_forwarded_read_without_proof_is_refused()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, []);
        follower.Hear(follower.Append(2, 5, default, [At(5, 1)]));
        follower.Persist();
        follower.Step(new ReadRequested(follower.Now, ReadLevel.Strong, [new(1, 1)]));
        ReadIndexRequest asked = Assert.IsType<ReadIndexRequest>(Assert.Single(follower.Sent));
        ReadIndexEvidence honest = ByRound(follower, At(5, 1));

        follower.Hear(new ReadIndexAnswer(follower.From(2, 5), asked.Token, honest with { Confirmations = [] }));

        Assert.Equal(Refusal.Unavailable, follower.Single<RefuseRequests>().Refusal);
    }

    [Fact]
    public void An_answer_to_another_question_is_ignored()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, []);
        follower.Hear(follower.Append(2, 5, default, [At(5, 1)]));
        follower.Persist();
        follower.Step(new ReadRequested(follower.Now, ReadLevel.Strong, [new(1, 1)]));
        ReadIndexRequest asked = Assert.IsType<ReadIndexRequest>(Assert.Single(follower.Sent));

        follower.Hear(new ReadIndexAnswer(follower.From(2, 5), new ReadIndexToken(asked.Token.Value + 1), ByRound(follower, At(5, 1))));

        Assert.DoesNotContain(follower.Effects, effect => effect is ServeReads or RefuseRequests);
    }

    [Fact]
    public void The_leader_answers_a_follower_with_evidence_of_a_later_round()
    {
        ReplicaUnderTest leader = Serving();
        leader.Hear(new ReadIndexRequest(leader.From(2, 5), new ReadIndexToken(77)));
        Assert.DoesNotContain(leader.Sent, message => message is ReadIndexAnswer);

        leader.Hear(new HeartbeatAnswer(leader.From(3, 5), new(2)));

        ReadIndexAnswer answer = Assert.Single(leader.Sent.OfType<ReadIndexAnswer>());
        Assert.Equal(new ReadIndexToken(77), answer.Token);
        Assert.NotNull(ReadCertificate.TryProve(answer.Evidence!, leader.Configuration));
    }

    [Fact]
    public void Without_a_leader_a_follower_refuses_strong_reads()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, []);

        follower.Step(new ReadRequested(follower.Now, ReadLevel.Strong, [new(1, 1)]));

        Assert.Equal(Refusal.NotLeader, follower.Single<RefuseRequests>().Refusal);
    }

    /// <summary>The leader of epoch 5, its barrier committed and applied, round 1 confirmed by nobody.</summary>
    private static ReplicaUnderTest Serving(LineOptions? options = null)
    {
        ReplicaUnderTest leader = Leading(epoch: 5, [], options: options);
        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(1)));
        leader.Hear(new HeartbeatAnswer(leader.From(2, 5), new(1)));
        leader.Step(new EntriesApplied(leader.Now, new LogIndex(1)));
        return leader;
    }

    private static ReadIndexEvidence ByRound(ReplicaUnderTest replica, LogPosition frontier)
    {
        CommitCertificate commit = CommitCertificate.TryProve(replica.Evidence(2, frontier), replica.Configuration)!;
        return new ReadIndexEvidence(
            replica.Configuration.Group, replica.Configuration.Incarnation, replica.Configuration.Epoch, frontier.Epoch, new ReplicaId(2), new ReadRound(4),
            [new Confirmation(new(2), frontier.Epoch, new(4)), new Confirmation(new(3), frontier.Epoch, new(4))], commit);
    }
}
