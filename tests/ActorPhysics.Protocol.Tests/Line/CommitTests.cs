using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Protocol.Tests.Harness;
using static ActorPhysics.Protocol.Tests.Harness.ReplicaUnderTest;

namespace ActorPhysics.Protocol.Tests.Line;

/// <summary>When C moves, and on whose word (seed §4.1, §4.3).</summary>
[Trait("Seed", "4.3")]
public sealed class CommitTests
{
    [Fact]
    [Trait("Pitfall", "4")]
    [Trait("Paper", "Raft 5.4.2, Figure 8")]
    public void A_leader_does_not_commit_an_entry_of_a_prior_epoch_by_counting_copies()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, [At(2, 1), At(2, 2)]);

        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(2)));
        leader.Hear(new AppendAccepted(leader.From(3, 5), new LogIndex(2)));
        Assert.Equal(LogIndex.Zero, leader.Line.Boundaries.Committed);

        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(3)));
        Assert.Equal(new LogIndex(3), leader.Line.Boundaries.Committed);
        Assert.Equal(At(5, 3), leader.Single<ApplyEntries>().Certificate.Frontier);
    }

    [Fact]
    [Trait("Pitfall", "3")]
    [Trait("Seed", "4.1")]
    public void A_leader_counts_itself_only_once_its_own_entry_is_durable()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, []);
        leader.Write("x");
        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(2)));
        Assert.Equal(new LogIndex(1), leader.Line.Boundaries.Committed);

        leader.Persist();
        Assert.Equal(new LogIndex(2), leader.Line.Boundaries.Committed);
    }

    [Fact]
    [Trait("Seed", "4.1")]
    public void Followers_may_commit_before_the_leaders_own_disk_is_done()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, []);
        leader.Write("x");
        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(2)));
        leader.Hear(new AppendAccepted(leader.From(3, 5), new LogIndex(2)));

        Assert.Equal(new LogIndex(2), leader.Line.Boundaries.Committed);
        Assert.Equal(new LogIndex(1), leader.Line.Boundaries.Durable);
    }

    [Fact]
    [Trait("Pitfall", "M11")]
    public void A_group_of_one_waits_for_its_own_fsync()
    {
        ReplicaUnderTest leader = Leading(epoch: 1, [], Groups.Majority(1));
        leader.Write("x");
        Assert.Empty(leader.Effects.OfType<ApplyEntries>());
        Assert.Equal(new LogIndex(1), leader.Line.Boundaries.Committed);

        leader.Persist();
        Assert.Equal(new LogIndex(2), leader.Line.Boundaries.Committed);
    }

    [Fact]
    [Trait("Seed", "5.3")]
    public void In_crash_stop_appended_is_enough()
    {
        ReplicaUnderTest leader = Recovered([], Groups.Majority(1, CrashStop.Instance));
        leader.Campaign();
        Assert.Equal(LineRole.Leader, leader.Line.RoleKind);

        leader.Write("x");

        Assert.Equal(new LogIndex(2), leader.Line.Boundaries.Committed);
    }

    [Fact]
    [Trait("Pitfall", "14")]
    [Trait("Pitfall", "M5")]
    public void A_follower_commits_no_further_than_it_has_matched()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, [At(1, 1), At(2, 2), At(2, 3)]);

        follower.Hear(new Heartbeat(follower.From(2, 5), new(1), follower.Evidence(2, At(5, 3))));
        Assert.Equal(LogIndex.Zero, follower.Line.Boundaries.Committed);

        follower.Hear(follower.Append(2, 5, At(1, 1), [], commit: At(5, 3)));
        Assert.Equal(new LogIndex(1), follower.Line.Boundaries.Committed);

        follower.Hear(follower.Append(2, 5, At(1, 1), [At(5, 2), At(5, 3)]));
        Assert.Equal(new LogIndex(3), follower.Line.Boundaries.Committed);
    }

    [Fact]
    [Trait("Seed", "3.1")]
    public void A_follower_proves_the_leaders_evidence_again()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, [At(5, 1)]);
        var evidence = follower.Evidence(2, At(5, 1));

        follower.Hear(new AppendEntries(follower.From(2, 5), default, [Entry(At(5, 1))], evidence with { Acknowledgements = [evidence.Acknowledgements[0]] }));
        Assert.Equal(LogIndex.Zero, follower.Line.Boundaries.Committed);

        follower.Hear(new Heartbeat(follower.From(2, 5), new(1), evidence));
        Assert.Equal(new LogIndex(1), follower.Line.Boundaries.Committed);
    }

    [Fact]
    [Trait("Pitfall", "2")]
    [Trait("Seed", "4.1")]
    public void An_append_is_acknowledged_only_behind_its_record()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, []);

        follower.Hear(follower.Append(2, 5, default, [At(5, 1), At(5, 2)]));

        Assert.Empty(follower.Sent);
        Assert.Equal(new LogIndex(2), Assert.IsType<AppendAccepted>(Assert.Single(follower.Gated)).Matched);
        Assert.IsType<EntriesAppended>(Assert.Single(follower.Recorded));
    }

    [Fact]
    [Trait("Pitfall", "2")]
    public void A_repeated_append_is_not_acknowledged_before_the_first_one_is_durable()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, []);
        AppendEntries append = follower.Append(2, 5, default, [At(5, 1)]);
        follower.Hear(append);

        follower.Hear(append);
        Assert.Empty(follower.Sent);
        Assert.Empty(follower.Recorded);
        Assert.IsType<AppendAccepted>(Assert.Single(follower.Gated));

        follower.Persist();
        follower.Hear(append);
        Assert.IsType<AppendAccepted>(Assert.Single(follower.Sent));
    }

    [Fact]
    [Trait("Pitfall", "15")]
    public void Entries_are_applied_in_order_one_bounded_run_at_a_time()
    {
        ReplicaUnderTest leader = Leading(epoch: 1, [], Groups.Majority(1), new LineOptions { MaximumApplyEntries = 2 });
        leader.Write("a");
        leader.Write("b");
        leader.Persist();
        Assert.Empty(leader.Effects.OfType<ApplyEntries>());

        leader.Step(new Protocol.Line.Inputs.EntriesApplied(leader.Now, new LogIndex(1)));

        Assert.Equal([2UL, 3UL], leader.Single<ApplyEntries>().Entries.Select(entry => entry.Entry.Position.Index.Value));
        BoundariesView at = leader.Line.Boundaries;
        Assert.Equal((1UL, 3UL), (at.Applied.Value, at.Committed.Value));
    }

    [Fact]
    public void Every_epoch_opens_with_a_barrier_that_proves_its_authority()
    {
        ReplicaUnderTest replica = Holding(epoch: 4, [At(3, 1)]);
        replica.Campaign();

        replica.Hear(new VoteAnswer(replica.From(2, 5), granted: true));

        var barrier = Assert.IsType<BarrierEntry>(Assert.Single(Assert.Single(replica.Recorded.OfType<EntriesAppended>()).Entries));
        Assert.Equal(At(5, 2), barrier.Position);
        Assert.NotNull(Core.Certificates.AuthorityCertificate.TryProve(barrier.Authority, replica.Configuration));
    }

    [Fact]
    [Trait("Pitfall", "19")]
    public void A_leader_that_cannot_commit_refuses_commands_before_its_memory_grows()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, [], options: new LineOptions { MaximumUncommittedBytes = 100 });
        leader.Write(new string('a', 80));
        leader.Write("b");
        Assert.Equal(Refusal.Overloaded, leader.Single<RefuseRequests>().Refusal);

        leader.Persist();
        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(2)));
        leader.Write("c");
        Assert.Empty(leader.Effects.OfType<RefuseRequests>());
    }

    [Fact]
    [Trait("Pitfall", "M10")]
    [Trait("Pitfall", "42")]
    public void A_new_leader_reads_neither_by_round_nor_by_lease_before_it_has_committed_in_its_epoch()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, [At(4, 1)]);
        leader.Hear(new HeartbeatAnswer(leader.From(2, 5), new(1)));

        leader.Step(new Protocol.Line.Inputs.ReadRequested(leader.Now, ReadLevel.Lease, [new(1, 1)]));
        Assert.Equal(Refusal.NoLease, leader.Single<RefuseRequests>().Refusal);
        leader.Step(new Protocol.Line.Inputs.ReadRequested(leader.Now, ReadLevel.Strong, [new(1, 2)]));
        leader.Hear(new HeartbeatAnswer(leader.From(2, 5), new(2)));
        Assert.Empty(leader.Effects.OfType<ServeReads>());

        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(2)));
        Assert.Empty(leader.Effects.OfType<ServeReads>());
        leader.Step(new Protocol.Line.Inputs.EntriesApplied(leader.Now, new LogIndex(2)));
        Assert.Equal(new LogIndex(2), leader.Single<ServeReads>().Frontier);
    }
}
