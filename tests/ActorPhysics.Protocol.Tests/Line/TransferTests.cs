using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Protocol.Tests.Harness;
using static ActorPhysics.Protocol.Tests.Harness.ReplicaUnderTest;

namespace ActorPhysics.Protocol.Tests.Line;

/// <summary>Leadership transfer and all its failures (Raft dissertation, section 3.10).</summary>
[Trait("Pitfall", "8")]
[Trait("Paper", "Raft dissertation 3.10")]
public sealed class TransferTests
{
    private static readonly RequestToken Request = new(3, 1);

    [Fact]
    public void The_order_to_stand_goes_only_to_a_target_that_holds_the_whole_log()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, []);

        leader.Step(new TransferRequested(leader.Now, Request, new ReplicaId(2)));
        Assert.Empty(leader.Sent.OfType<TransferNow>());

        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(1)));
        Assert.Equal(new ReplicaId(2), Assert.Single(leader.Sent.OfType<TransferNow>()).Envelope.To);
    }

    [Fact]
    public void While_it_hands_over_the_leader_takes_no_command_and_reads_by_no_lease()
    {
        ReplicaUnderTest leader = Committed();
        leader.Step(new TransferRequested(leader.Now, Request, new ReplicaId(2)));

        leader.Write("x");
        Assert.Equal(Refusal.NotLeader, leader.Single<RefuseRequests>().Refusal);
        leader.Step(new ReadRequested(leader.Now, ReadLevel.Lease, [new(1, 1)]));
        Assert.Equal(Refusal.NoLease, leader.Single<RefuseRequests>().Refusal);
        Assert.Equal(new LogIndex(1), leader.Line.Boundaries.Appended);
    }

    [Fact]
    public void A_transfer_that_does_not_happen_in_time_is_refused_and_the_leader_goes_on_without_a_lease()
    {
        ReplicaUnderTest leader = Committed();
        leader.Step(new TransferRequested(leader.Now, Request, new ReplicaId(2)));
        leader.Pass(leader.Options.ElectionTimeoutMaximum - leader.Options.HeartbeatInterval);
        leader.Hear(new AppendAccepted(leader.From(3, 5), new LogIndex(1)));
        leader.Pass(leader.Options.HeartbeatInterval);

        leader.Fire(LineTimer.Heartbeat);

        RefuseRequests refusal = leader.Single<RefuseRequests>();
        Assert.Equal((Refusal.TransferFailed, Request), (refusal.Refusal, refusal.Requests[0]));
        leader.Write("x");
        Assert.Empty(leader.Effects.OfType<RefuseRequests>());
        leader.Hear(new HeartbeatAnswer(leader.From(2, 5), new(2)));
        leader.Step(new ReadRequested(leader.Now, ReadLevel.Lease, [new(1, 1)]));
        Assert.Equal(Refusal.NoLease, leader.Single<RefuseRequests>().Refusal);
    }

    [Fact]
    public void A_transfer_is_done_when_a_later_epoch_began()
    {
        ReplicaUnderTest leader = Committed();
        leader.Step(new TransferRequested(leader.Now, Request, new ReplicaId(2)));

        leader.Hear(new VoteRequest(leader.From(2, 6), At(5, 1), leadershipTransfer: true));

        Assert.Equal(Request, leader.Single<TransferCompleted>().Request);
        Assert.True(Assert.IsType<VoteAnswer>(Assert.Single(leader.Gated)).Granted);
        Assert.Equal(LineRole.Follower, leader.Line.RoleKind);
    }

    [Fact]
    public void A_transfer_that_was_never_ordered_has_failed_when_the_leader_is_deposed()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, []);
        leader.Step(new TransferRequested(leader.Now, Request, new ReplicaId(2)));

        leader.Hear(new EpochFenced(leader.From(3, 6)));

        Assert.Equal(Refusal.TransferFailed, leader.Single<RefuseRequests>().Refusal);
    }

    [Theory]
    [InlineData(3, "a witness")]
    [InlineData(4, "a learner")]
    [InlineData(9, "a stranger")]
    public void A_transfer_to_somebody_who_may_not_lead_fails_at_once(ulong target, string why)
    {
        GroupConfiguration configuration = Groups.Of(
            new MajorityRule(Groups.Replicas(3)), null, new Member(new(3), new(3), MemberRole.Witness), new Member(new(4), new(4), MemberRole.Learner));
        ReplicaUnderTest leader = Leading(epoch: 5, [], configuration);

        leader.Step(new TransferRequested(leader.Now, Request, new ReplicaId(target)));

        Assert.True(leader.Single<RefuseRequests>().Refusal == Refusal.TransferFailed, why);
        leader.Write("x");
        Assert.Empty(leader.Effects.OfType<RefuseRequests>());
    }

    [Fact]
    public void A_transfer_to_the_leader_itself_is_done_already()
    {
        ReplicaUnderTest leader = Committed();

        leader.Step(new TransferRequested(leader.Now, Request, new ReplicaId(1)));

        Assert.Equal((Request, new ReplicaId(1)), (leader.Single<TransferCompleted>().Request, leader.Single<TransferCompleted>().Leader));
        leader.Write("x");
        Assert.Empty(leader.Effects.OfType<RefuseRequests>());
    }

    [Fact]
    public void Nobody_in_particular_means_the_most_advanced_connected_voter()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, [At(1, 1), At(1, 2)]);
        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(3)));
        leader.Step(new PeerDisconnected(leader.Now, new ReplicaId(2)));
        leader.Hear(new AppendAccepted(leader.From(3, 5), new LogIndex(3)));

        leader.Step(new TransferRequested(leader.Now, Request, ReplicaId.None));

        Assert.Equal(new ReplicaId(3), Assert.Single(leader.Sent.OfType<TransferNow>()).Envelope.To);
    }

    [Fact]
    public void The_target_stands_at_once_without_a_pre_vote_and_says_why()
    {
        ReplicaUnderTest target = Holding(epoch: 5, [At(5, 1)]);
        target.Hear(new Heartbeat(target.From(2, 5), new(1), commit: null));

        target.Hear(new TransferNow(target.From(2, 5)));

        Assert.Equal(LineRole.Candidate, target.Line.RoleKind);
        Assert.All(target.Gated, message => Assert.True(Assert.IsType<VoteRequest>(message).LeadershipTransfer));
    }

    [Fact]
    public void An_order_of_an_earlier_epoch_makes_nobody_stand()
    {
        ReplicaUnderTest target = Holding(epoch: 5, [At(5, 1)]);

        target.Hear(new TransferNow(target.From(2, 4)));

        Assert.Equal((LineRole.Follower, new LeaderEpoch(5)), (target.Line.RoleKind, target.Line.Epoch));
    }

    [Fact]
    public void A_follower_says_who_leads()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, []);
        follower.Hear(new Heartbeat(follower.From(2, 5), new(1), commit: null));

        follower.Step(new TransferRequested(follower.Now, Request, new ReplicaId(3)));
        Assert.Equal((Refusal.NotLeader, new ReplicaId(2)), (follower.Single<RefuseRequests>().Refusal, follower.Single<RefuseRequests>().LeaderHint));
        follower.Write("x");
        Assert.Equal((Refusal.NotLeader, new ReplicaId(2)), (follower.Single<RefuseRequests>().Refusal, follower.Single<RefuseRequests>().LeaderHint));
    }

    private static ReplicaUnderTest Committed()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, []);
        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(1)));
        leader.Hear(new HeartbeatAnswer(leader.From(2, 5), new(1)));
        return leader;
    }
}
