using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Protocol.Tests.Harness;
using static ActorPhysics.Protocol.Tests.Harness.ReplicaUnderTest;

namespace ActorPhysics.Protocol.Tests.Line;

/// <summary>Repair of a damaged journal (Pitfall 29; Alagappan et al., "Protocol-aware recovery for consensus-based storage", FAST 2018).</summary>
[Trait("Pitfall", "29")]
[Trait("Paper", "FAST 2018, protocol-aware recovery")]
public sealed class RepairTests
{
    private static readonly EpochPromised Promise = new(new LeaderEpoch(5), new ReplicaId(2), default(ReplicaRun).Next);

    [Fact]
    public void The_damage_is_recorded_before_the_replica_says_a_word()
    {
        var replica = new ReplicaUnderTest(RecoveredReplica.Fold(
            Groups.Majority(3), new RecordNumber(1), [Promise], new RecordNumber(9), Promise, new JournalDamage("a flipped bit", PromiseLost: false)));

        Assert.IsType<RepairBegun>(replica.Recorded[0]);
        Assert.Equal(LineRole.Starting, replica.Line.RoleKind);
    }

    [Fact]
    public void A_damaged_replica_gives_no_vote_stands_for_nothing_and_serves_no_read()
    {
        ReplicaUnderTest replica = Damaged();

        replica.Hear(new PreVoteRequest(replica.From(2, 5), new LeaderEpoch(6), At(5, 99)));
        Assert.False(Assert.IsType<PreVoteAnswer>(Assert.Single(replica.Sent)).Granted);
        replica.Hear(new VoteRequest(replica.From(2, 6), At(5, 99), leadershipTransfer: true));
        Assert.False(Assert.IsType<VoteAnswer>(Assert.Single(replica.Gated)).Granted);
        replica.Persist();

        replica.Pass(replica.Options.ElectionTimeoutMaximum);
        replica.Fire(LineTimer.Election);
        Assert.Equal(LineRole.Follower, replica.Line.RoleKind);
        replica.Hear(new TransferNow(replica.From(2, 6)));
        Assert.Equal(LineRole.Follower, replica.Line.RoleKind);
        replica.Step(new ReadRequested(replica.Now, ReadLevel.Follower, [new(1, 1)]));
        Assert.Equal(Refusal.Unavailable, replica.Single<RefuseRequests>().Refusal);
    }

    [Fact]
    public void It_votes_again_after_it_durably_holds_the_end_that_the_leader_reported_and_not_before()
    {
        ReplicaUnderTest replica = Damaged();
        RepairRequest request = Ask(replica);
        replica.Hear(new RepairAnswer(replica.From(2, 5), request.Token, At(5, 3)));

        replica.Hear(replica.Append(2, 5, default, [At(5, 1), At(5, 2)]));
        replica.Persist();
        Assert.NotNull(replica.Line.Status.Damage);

        replica.Hear(replica.Append(2, 5, At(5, 2), [At(5, 3)]));
        Assert.NotNull(replica.Line.Status.Damage);

        replica.Persist();
        Assert.Null(replica.Line.Status.Damage);
        Assert.Equal((At(5, 3), new LeaderEpoch(5)), (Completed(replica).End, Completed(replica).ConfirmedEpoch));
        replica.Persist();
        replica.Pass(replica.Options.ElectionTimeoutMaximum);
        replica.Hear(new PreVoteRequest(replica.From(3, 5), new LeaderEpoch(6), At(5, 3)));
        Assert.True(Assert.IsType<PreVoteAnswer>(Assert.Single(replica.Sent)).Granted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_damaged_replica_trims_nothing_so_that_the_record_of_its_damage_outlives_it(bool damaged)
    {
        JournalDamage? damage = damaged ? new JournalDamage("a flipped bit", PromiseLost: false) : null;
        ReplicaUnderTest replica = Recovered([Promise], Groups.Majority(3), damage: damage, guarded: Promise);
        replica.Hear(replica.Append(2, 5, default, [At(5, 1), At(5, 2), At(5, 3), At(5, 4)], commit: At(5, 4)));
        replica.Persist();
        replica.Step(new EntriesApplied(replica.Now, new LogIndex(4)));
        Capture(replica, At(5, 2));
        Capture(replica, At(5, 4));

        Assert.Equal(damaged ? LogIndex.Zero : new LogIndex(2), replica.Line.Boundaries.TrimmedThrough.Index);
        Assert.Equal(damaged, !replica.Recorded.OfType<Trimmed>().Any());
    }

    [Fact]
    public void Holding_the_end_without_having_matched_it_repairs_nothing()
    {
        // The log survived as far as it goes, but which branch it is on only the leader can tell.
        ReplicaUnderTest replica = Damaged(At(4, 1), At(4, 2), At(4, 3));
        RepairRequest request = Ask(replica);

        replica.Hear(new RepairAnswer(replica.From(2, 5), request.Token, At(5, 3)));
        replica.Persist();

        Assert.NotNull(replica.Line.Status.Damage);
    }

    [Fact]
    public void An_answer_to_another_question_or_from_another_epoch_is_not_taken()
    {
        ReplicaUnderTest replica = Damaged();
        RepairRequest request = Ask(replica);
        replica.Hear(new RepairAnswer(replica.From(2, 5), new RepairToken(request.Token.Value ^ 2), default));
        Assert.NotNull(replica.Line.Status.Damage);

        replica.Hear(new Heartbeat(replica.From(3, 6), new(1), commit: null));
        replica.Persist();
        replica.Hear(new RepairAnswer(replica.From(2, 5), request.Token, default));
        replica.Hear(new RepairAnswer(replica.From(3, 6), request.Token, default));
        Assert.NotNull(replica.Line.Status.Damage);
    }

    [Fact]
    public void The_leader_forgets_what_it_knew_of_a_damaged_replica_and_answers_only_once_confirmed_in_its_own_epoch()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, [At(4, 1)]);
        leader.Hear(new AppendAccepted(leader.From(3, 5), new LogIndex(1)));
        leader.Hear(new RepairRequest(leader.From(3, 5, run: 2), new RepairToken(7)));
        Assert.Equal(LogIndex.Zero, leader.Line.Status.Peers[1].Match);

        leader.Fire(LineTimer.Heartbeat);
        leader.Hear(new HeartbeatAnswer(leader.From(2, 5), new(2)));
        Assert.DoesNotContain(leader.Sent, message => message is RepairAnswer);

        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(2)));
        RepairAnswer answer = Assert.Single(leader.Sent.OfType<RepairAnswer>());
        Assert.Equal((At(5, 2), new RepairToken(7)), (answer.End, answer.Token));
    }

    [Fact]
    public void A_replica_that_lost_its_promise_retires_for_good()
    {
        ReplicaUnderTest replica = Recovered([], Groups.Majority(3), damage: new JournalDamage("nothing is readable", PromiseLost: true));

        Assert.Equal(LineRole.Retired, replica.Line.RoleKind);
        Assert.Empty(replica.Hear(new Heartbeat(replica.From(2, 5), new(1), commit: null)));
        Assert.Empty(replica.Hear(replica.Append(2, 5, default, [At(5, 1)])));
        Assert.Empty(replica.Hear(new VoteRequest(replica.From(2, 9), At(8, 9), leadershipTransfer: false)));
    }

    [Fact]
    public void A_damaged_replica_does_not_trim_away_the_record_that_says_so()
    {
        Cluster cluster = Cluster.Started(Groups.Majority(3), new LineOptions { SnapshotEveryBytes = 100 });
        cluster.Elect(1);
        cluster[3].Crash();
        cluster[3].Journal.Damage(surviving: 1, promiseLost: false);
        cluster.Start(cluster[3]);
        cluster.Network.Block(new(3), new(1));
        for (int i = 0; i < 5; i++)
        {
            cluster.Write(1, $"{i}".PadLeft(100));
            cluster.Settle();
        }

        cluster[3].Crash();
        cluster.Start(cluster[3]);

        Assert.NotNull(cluster[3].Line!.Status.Damage);
    }

    private static ReplicaUnderTest Damaged(params LogPosition[] survived)
    {
        List<HistoryEvent> records = [Promise];
        if (survived.Length > 0)
        {
            records.Add(new EntriesAppended([.. survived.Select(Entry)]));
        }

        return Recovered(records, Groups.Majority(3), damage: new JournalDamage("a flipped bit", PromiseLost: false), guarded: Promise);
    }

    /// <summary>The leader is heard, and asked.</summary>
    private static RepairRequest Ask(ReplicaUnderTest replica)
    {
        replica.Hear(new Heartbeat(replica.From(2, 5), new(1), commit: null));
        return Assert.Single(replica.Sent.OfType<RepairRequest>());
    }

    private static RepairCompleted Completed(ReplicaUnderTest replica) => Assert.Single(replica.Recorded.OfType<RepairCompleted>());

    private static void Capture(ReplicaUnderTest replica, LogPosition at)
    {
        SnapshotDescription snapshot = Trims.Snapshot(replica.Configuration, at);
        replica.Step(new SnapshotCaptured(replica.Now, SnapshotShelf.Verify(snapshot, new byte[8])!, snapshot));
    }
}
