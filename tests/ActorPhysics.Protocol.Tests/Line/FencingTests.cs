using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Protocol.Tests.Harness;
using static ActorPhysics.Protocol.Tests.Harness.ReplicaUnderTest;

namespace ActorPhysics.Protocol.Tests.Line;

/// <summary>Who is not heard at all, and who is heard but fenced (seed §4.2).</summary>
[Trait("Seed", "4.2")]
public sealed class FencingTests
{
    public static TheoryData<string> Strangers => ["another group", "another incarnation", "another addressee", "itself"];

    [Theory]
    [MemberData(nameof(Strangers))]
    [Trait("Pitfall", "10")]
    [Trait("Pitfall", "11")]
    [Trait("Pitfall", "M13")]
    public void A_message_that_is_not_of_this_group_changes_nothing(string stranger)
    {
        ReplicaUnderTest replica = Holding(epoch: 4, [At(3, 1)]);
        Envelope envelope = replica.From(2, 9);
        envelope = stranger switch
        {
            "another group" => envelope with { Group = new GroupId(8) },
            "another incarnation" => envelope with { Incarnation = new GroupIncarnation(0xBEEF) },
            "another addressee" => envelope with { To = new ReplicaId(3) },
            _ => envelope with { From = new ReplicaId(1) },
        };

        Assert.Empty(replica.Hear(new VoteRequest(envelope, At(8, 8), leadershipTransfer: true)));
        Assert.Empty(replica.Hear(new AppendEntries(envelope, default, [Entry(At(9, 1))], commit: null)));
        Assert.Empty(replica.Hear(new Heartbeat(envelope, default, commit: null)));
        Assert.Equal((new LeaderEpoch(4), ReplicaId.None), (replica.Line.Epoch, replica.Line.Leader));
    }

    [Fact]
    [Trait("Pitfall", "11")]
    public void Of_a_replica_that_is_no_member_here_only_a_leader_and_a_candidate_are_heard()
    {
        ReplicaUnderTest replica = Holding(epoch: 4, [At(3, 1)]);
        Envelope envelope = replica.From(9, 4);

        Assert.Empty(replica.Hear(new VoteAnswer(envelope, granted: true)));
        Assert.Empty(replica.Hear(new AppendAccepted(envelope, new LogIndex(1))));
        Assert.Empty(replica.Hear(new EpochFenced(envelope with { Epoch = new LeaderEpoch(9) })));
        Assert.Equal(new LeaderEpoch(4), replica.Line.Epoch);

        replica.Hear(new Heartbeat(envelope, new ReadRound(1), commit: null));
        Assert.Equal(new ReplicaId(9), replica.Line.Leader);
    }

    [Fact]
    [Trait("Pitfall", "38")]
    public void A_former_run_is_not_heard_once_a_later_one_was()
    {
        ReplicaUnderTest replica = Holding(epoch: 4, []);
        replica.Hear(new Heartbeat(replica.From(2, 4, run: 3), default, commit: null));

        Assert.Empty(replica.Hear(new Heartbeat(replica.From(2, 4, run: 2), default, commit: null)));
        Assert.NotEmpty(replica.Hear(new Heartbeat(replica.From(2, 4, run: 4), default, commit: null)));
    }

    [Fact]
    [Trait("Seed", "5.3")]
    public void In_crash_stop_a_restarted_replica_retires_and_its_peers_do_not_hear_it()
    {
        ReplicaUnderTest restarted = Holding(epoch: 4, [At(3, 1)], Groups.Majority(3, CrashStop.Instance));
        Assert.Equal(LineRole.Retired, restarted.Line.RoleKind);
        Assert.Empty(restarted.Hear(new VoteRequest(restarted.From(2, 9), At(8, 8), leadershipTransfer: false)));
        restarted.Write("x");
        Assert.Equal(Refusal.Unavailable, restarted.Single<RefuseRequests>().Refusal);

        ReplicaUnderTest fresh = Recovered([], Groups.Majority(3, CrashStop.Instance));
        Assert.Equal(LineRole.Follower, fresh.Line.RoleKind);
        Assert.Empty(fresh.Hear(new VoteRequest(fresh.From(2, 9, run: 2), At(8, 8), leadershipTransfer: false)));
        Assert.NotEmpty(fresh.Hear(new VoteRequest(fresh.From(2, 9, run: 1), At(8, 8), leadershipTransfer: false)));
    }

    [Fact]
    public void A_replica_says_nothing_before_its_run_is_durable()
    {
        var replica = new ReplicaUnderTest(RecoveredReplica.Fresh(Groups.Majority(3)));

        Assert.Equal(LineRole.Starting, replica.Line.RoleKind);
        Assert.Equal(default(ReplicaRun).Next, Assert.IsType<EpochPromised>(Assert.Single(replica.Recorded)).Run);
        Assert.Empty(replica.Hear(new VoteRequest(replica.From(2, 1), default, leadershipTransfer: false)));

        replica.Persist();
        Assert.Equal(LineRole.Follower, replica.Line.RoleKind);
    }

    [Fact]
    [Trait("Pitfall", "5")]
    public void A_leader_of_an_earlier_epoch_is_told_that_it_is_fenced()
    {
        ReplicaUnderTest replica = Holding(epoch: 4, [At(3, 1)]);

        foreach (LineMessage message in new LineMessage[]
        {
            replica.Append(2, 3, At(3, 1), [At(3, 2)]),
            new Heartbeat(replica.From(2, 3), default, commit: null),
        })
        {
            replica.Hear(message);
            EpochFenced fenced = Assert.IsType<EpochFenced>(Assert.Single(replica.Sent));
            Assert.Equal((new ReplicaId(2), new LeaderEpoch(4)), (fenced.Envelope.To, fenced.Envelope.Epoch));
            Assert.Empty(replica.Recorded);
        }
    }

    [Fact]
    public void A_leader_that_hears_of_a_later_epoch_steps_down_and_says_unknown_not_failed()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, []);
        leader.Write("x");
        leader.Step(new ReadRequested(leader.Now, ReadLevel.Strong, [new RequestToken(9, 9)]));

        leader.Hear(new EpochFenced(leader.From(2, 6)));

        Assert.Equal((LineRole.Follower, new LeaderEpoch(6)), (leader.Line.RoleKind, leader.Line.Epoch));
        Assert.Equal(
            [Refusal.Unavailable, Refusal.OutcomeUnknown],
            leader.Effects.OfType<RefuseRequests>().Select(refusal => refusal.Refusal).Order(Comparer<Refusal>.Create((a, b) => b.CompareTo(a))));
    }

    [Fact]
    [Trait("Pitfall", "1")]
    public void A_new_epoch_is_spoken_of_only_when_it_is_durable()
    {
        ReplicaUnderTest replica = Holding(epoch: 4, []);

        replica.Hear(new Heartbeat(replica.From(2, 7), default, commit: null));

        Assert.Empty(replica.Sent);
        Assert.Equal(new LeaderEpoch(7), Assert.IsType<HeartbeatAnswer>(Assert.Single(replica.Gated)).Envelope.Epoch);
    }

    [Fact]
    public void The_line_protocol_refuses_the_Byzantine_failure_model()
    {
        var byzantine = new Byzantine(1);
        var quorums = QuorumSystem.Create(new ByzantineRule(Groups.Replicas(4), 1), byzantine);
        var configuration = Core.Membership.GroupConfiguration.Create(
            Groups.Id, Groups.Incarnation, ConfigEpoch.Founding,
            [.. quorums.Members.Select(voter => new Core.Membership.Member(voter, new NodeId(voter.Value), Core.Membership.MemberRole.Voter))], quorums, byzantine);

        ArgumentException refusal = Assert.Throws<ArgumentException>(() => new LineReplica(new ReplicaId(1), new LineOptions(), RecoveredReplica.Fresh(configuration), 1));
        Assert.Contains("Byzantine", refusal.Message, StringComparison.Ordinal);
    }
}
