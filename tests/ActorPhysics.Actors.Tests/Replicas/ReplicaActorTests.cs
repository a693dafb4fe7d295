using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Machines;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Actors.Tests.Replicas;

public sealed class ReplicaActorTests
{
    [Fact]
    [Trait("Pitfall", "1")]
    public void A_vote_leaves_only_after_its_record_is_durable()
    {
        var world = new ReplicaWorld(voters: 3);
        world.MakeDurable();
        world.Receive(new VoteRequest(From(2, epoch: 5), default, leadershipTransfer: false));

        Assert.DoesNotContain(world.Sent, message => message is VoteAnswer);
        Assert.Contains(world.RecordsOf(world.Journal.Appends.Count - 1), record => record is EpochPromised { VotedFor.Value: 2 });

        world.MakeDurable();
        Assert.True(Assert.Single(world.Sent.OfType<VoteAnswer>()).Granted);
    }

    [Fact]
    [Trait("Pitfall", "M11")]
    public void A_lone_replica_acknowledges_nothing_before_its_own_write_is_durable()
    {
        var world = new ReplicaWorld(voters: 1);
        world.Elect();
        Assert.Equal(LineRole.Leader, world.Actor.Role);

        Assert.True(world.OfferPut(1, "k"));
        world.Loop.RunUntilIdle();
        Assert.Empty(world.AppliedRequests);

        world.MakeDurable();
        Assert.Equal((new RequestToken(1, 1), CommandStatus.Applied), Assert.Single(world.AppliedRequests));
    }

    [Fact]
    [Trait("Pitfall", "21")]
    public void Two_snapshots_that_are_prepared_in_one_batch_are_adopted_one_after_the_other()
    {
        var world = new ReplicaWorld(voters: 3);
        world.MakeDurable();
        world.Receive(new Heartbeat(From(2, epoch: 1), default, commit: null));

        world.Actor.Signal(Prepared(world, index: 13));
        world.Actor.Signal(Prepared(world, index: 38));
        world.Loop.RunUntilIdle();

        Assert.Empty(world.Supervisor.Failures);
        Assert.Equal(new LogIndex(38), world.Actor.Boundaries.Applied);
    }

    [Fact]
    [Trait("Pitfall", "40")]
    public void A_replica_that_its_host_stops_tells_everybody_who_waits_for_it()
    {
        var world = new ReplicaWorld(voters: 1);
        world.Elect();
        Assert.True(world.OfferPut(1, "in the log and not durable"));
        world.Loop.RunUntilIdle();
        Assert.True(world.OfferPut(2, "at the door"));
        Assert.True(world.Actor.TryOfferRead(new RequestToken(1, 3), KvCommands.Get("k"), ReadLevel.Strong, ConsistencyLevel.StrongRead));

        world.Actor.Stop();

        Assert.Equal(
            [(1UL, Refusal.OutcomeUnknown), (2UL, Refusal.Unavailable), (3UL, Refusal.Unavailable)],
            world.RefusedRequests.Select(refused => (refused.Request.Request, refused.Refusal)).Order());
        Assert.Empty(world.AppliedRequests);
        Assert.False(world.OfferPut(4, "too late"));
    }

    private static PreparedMail Prepared(ReplicaWorld world, ulong index)
    {
        var position = new LogPosition(new LeaderEpoch(1), new LogIndex(index));
        GroupConfiguration configuration = world.Configuration;
        var header = new StateSnapshotHeader(configuration.Group, configuration.Incarnation, configuration.Epoch, position, 8, new SnapshotChecksum(index, index));
        VerifiedStateSnapshot? proof = VerifiedStateSnapshot.TryProve(header, header.LengthBytes, header.Checksum, out _);
        Assert.True(StateMachineRegistry.WithBuiltIns().TryGet("kv", out StateMachineDefinition? kv));
        return new PreparedMail(proof!, new SnapshotDescription(header, configuration), new ReplicatedState(kv, configuration.Group, SessionLimits.Default));
    }

    [Fact]
    public void Commands_that_wait_together_become_one_entry_and_one_append()
    {
        var world = new ReplicaWorld(voters: 1);
        world.Elect();
        int before = world.Journal.Appends.Count;
        for (ulong request = 1; request <= 50; request++)
        {
            Assert.True(world.OfferPut(request, $"k{request}"));
        }

        world.Loop.RunUntilIdle();

        Assert.Equal(before + 1, world.Journal.Appends.Count);
        Assert.Single(world.RecordsOf(before).OfType<EntriesAppended>().Single().Entries);
        world.MakeDurable();
        Assert.Equal(50, world.AppliedRequests.Count);
    }

    [Fact]
    [Trait("Pitfall", "32")]
    public void A_full_disk_refuses_new_commands_and_the_same_records_are_handed_over_again()
    {
        var world = new ReplicaWorld(voters: 1);
        world.Elect();
        Assert.True(world.OfferPut(1, "k"));
        world.Loop.RunUntilIdle();
        JournalSequence first = world.Journal.Appends[^1].First;
        world.Journal.FailAll(JournalFaultKind.DiskFull);
        world.Loop.RunUntilIdle();

        Assert.False(world.OfferPut(2, "k"));
        world.Loop.Advance(TimeSpan.FromSeconds(1));
        world.Loop.RunUntilIdle();

        Assert.Equal(first, world.Journal.Appends[^1].First);
        world.MakeDurable();
        Assert.Equal(new RequestToken(1, 1), Assert.Single(world.AppliedRequests).Request);
        Assert.True(world.OfferPut(3, "k"));
    }

    [Fact]
    [Trait("Pitfall", "32")]
    public void Nothing_is_handed_over_again_while_an_earlier_attempt_is_unanswered()
    {
        var world = new ReplicaWorld(voters: 1);
        world.Elect();
        Assert.True(world.OfferPut(1, "k"));
        world.Loop.RunUntilIdle();
        Assert.True(world.OfferPut(2, "k"));
        world.Loop.RunUntilIdle();
        int appends = world.Journal.Appends.Count;
        world.Journal.FailOldest(JournalFaultKind.DiskFull);
        world.Loop.RunUntilIdle();
        world.Loop.Advance(TimeSpan.FromSeconds(1));
        world.Loop.RunUntilIdle();
        Assert.Equal(appends, world.Journal.Appends.Count);

        world.Journal.FailOldest(JournalFaultKind.DiskFull);
        world.Loop.RunUntilIdle();
        world.Loop.Advance(TimeSpan.FromSeconds(1));
        world.Loop.RunUntilIdle();
        Assert.Equal(appends + 2, world.Journal.Appends.Count);
        world.MakeDurable();
        Assert.Equal(2, world.AppliedRequests.Count);
    }

    [Fact]
    public void A_stopped_replica_writes_nothing_more_when_the_disk_has_room_again()
    {
        var world = new ReplicaWorld(voters: 3);
        world.MakeDurable();
        world.Receive(new Heartbeat(From(2, epoch: 5), default, commit: null));
        world.Journal.FailAll(JournalFaultKind.DiskFull);
        world.Loop.RunUntilIdle();
        int appends = world.Journal.Appends.Count;
        world.Receive(new Heartbeat(From(3, epoch: 5), default, commit: null));
        Assert.True(world.Actor.IsStopped);

        world.Loop.Advance(TimeSpan.FromSeconds(1));
        world.Loop.RunUntilIdle();
        Assert.Equal(appends, world.Journal.Appends.Count);
    }

    [Fact]
    [Trait("Pitfall", "27")]
    public void A_journal_that_failed_for_good_stops_the_replica_and_is_not_asked_again()
    {
        var world = new ReplicaWorld(voters: 1);
        world.Elect();
        Assert.True(world.OfferPut(1, "k"));
        world.Loop.RunUntilIdle();
        int appends = world.Journal.Appends.Count;
        world.Journal.FailAll(JournalFaultKind.Poisoned);
        world.Loop.RunUntilIdle();
        world.Loop.Advance(TimeSpan.FromSeconds(5));
        world.Loop.RunUntilIdle();

        Assert.True(world.Actor.IsStopped);
        Assert.IsType<Actors.Replicas.JournalFaultException>(Assert.Single(world.Failures.Failures).Fault);
        Assert.Equal(appends, world.Journal.Appends.Count);
        Assert.Empty(world.AppliedRequests);
        Assert.False(world.OfferPut(2, "k"));
    }

    [Fact]
    [Trait("Pitfall", "5")]
    public void A_pause_between_the_lease_check_and_the_answer_refuses_the_read()
    {
        var world = new ReplicaWorld(voters: 1);
        world.Elect();
        byte[] query = KvQueries.Get("k");
        Assert.True(world.Actor.TryOfferRead(new RequestToken(1, 1), query, ReadLevel.Lease, ConsistencyLevel.LeaseRead));
        world.Loop.RunUntilIdle();
        Assert.Single(world.ServedReads);

        Assert.True(world.Actor.TryOfferRead(new RequestToken(1, 2), query, ReadLevel.Lease, ConsistencyLevel.LeaseRead));
        world.PauseAfterFirstReading = TimeSpan.FromSeconds(10);
        world.Loop.RunUntilIdle();

        Assert.Single(world.ServedReads);
        Assert.Equal((new RequestToken(1, 2), Refusal.NoLease), Assert.Single(world.RefusedRequests));
    }

    [Fact]
    public void A_broken_invariant_stops_the_replica_and_is_named()
    {
        var world = new ReplicaWorld(voters: 3);
        world.MakeDurable();
        world.Receive(new Heartbeat(From(2, epoch: 5), default, commit: null));
        world.MakeDurable();

        world.Receive(new Heartbeat(From(3, epoch: 5), default, commit: null));

        Assert.True(world.Actor.IsStopped);
        Assert.Equal("ElectionSafety", Assert.Single(world.Failures.Failures).Invariant);
    }

    private static Envelope From(ulong replica, ulong epoch) => new(
        new GroupId(1), new GroupIncarnation(7), new ReplicaId(replica), new ReplicaRun(1), new ReplicaId(1), new LeaderEpoch(epoch));
}
