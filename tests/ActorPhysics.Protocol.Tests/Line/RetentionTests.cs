using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Line.Replication;
using ActorPhysics.Protocol.Tests.Harness;
using static ActorPhysics.Protocol.Tests.Harness.ReplicaUnderTest;

namespace ActorPhysics.Protocol.Tests.Line;

/// <summary>Snapshots, trims and the cliff (seed §4.4).</summary>
[Trait("Seed", "4.4")]
public sealed class RetentionTests
{
    private static readonly LineOptions Small = new() { SnapshotEveryBytes = 100, SnapshotChunkBytes = 4 };

    [Fact]
    [Trait("Pitfall", "24")]
    public void A_snapshot_is_asked_for_only_when_nothing_is_being_applied()
    {
        ReplicaUnderTest leader = Leading(epoch: 1, [], Groups.Majority(1), Small with { MaximumApplyEntries = 1 });
        leader.Write(new string('a', 100));
        leader.Persist();
        leader.Step(new EntriesApplied(leader.Now, new LogIndex(1)));
        Assert.Empty(leader.Effects.OfType<CaptureSnapshot>());

        leader.Step(new EntriesApplied(leader.Now, new LogIndex(2)));
        Assert.Equal(At(1, 2), leader.Single<CaptureSnapshot>().Position);
    }

    [Fact]
    [Trait("Pitfall", "26")]
    public void The_log_is_trimmed_to_the_snapshot_before_the_newest_and_records_go_only_after_the_trim_is_durable()
    {
        Cluster cluster = Cluster.Started(Groups.Majority(1), Small);
        cluster.Run(TimeSpan.FromSeconds(1));
        cluster.Write(1, new string('a', 100));
        LogIndex first = cluster[1].Line!.Boundaries.SnapshotThrough;
        Assert.Equal(LogIndex.Zero, cluster[1].Line!.Boundaries.TrimmedThrough.Index);
        int records = cluster[1].Journal.RecordCount;

        cluster[1].HoldsDisk = true;
        cluster.Write(1, new string('b', 100));
        cluster[1].Persist();
        Assert.Equal(first, cluster[1].Line!.Boundaries.TrimmedThrough.Index);
        Assert.True(cluster[1].Journal.RecordCount > records);

        cluster[1].Persist();
        Assert.True(cluster[1].Journal.RecordCount < records);
    }

    [Fact]
    public void A_failed_capture_is_tried_again_at_the_next_threshold()
    {
        Cluster cluster = Cluster.Started(Groups.Majority(1), Small);
        cluster.Run(TimeSpan.FromSeconds(1));
        cluster.FailsCaptures = true;
        cluster.Write(1, new string('a', 100));
        Assert.Equal(LogIndex.Zero, cluster[1].Line!.Boundaries.SnapshotThrough);

        cluster.FailsCaptures = false;
        cluster.Write(1, new string('b', 100));
        Assert.Equal(cluster[1].Line!.Boundaries.Applied, cluster[1].Line!.Boundaries.SnapshotThrough);
    }

    [Fact]
    [Trait("Pitfall", "22")]
    public void The_trim_waits_for_a_member_that_is_being_reseeded()
    {
        Cluster cluster = BehindTheCliff();
        LogIndex streamed = cluster[1].Line!.Boundaries.SnapshotThrough;
        cluster[3].HoldsStorage = true;
        cluster.Connect(new(1), new(3), up: true);
        cluster.Settle();
        Assert.Equal(ReplicationMode.Snapshot, cluster[1].Line!.Status.Peers[1].Mode);

        for (int i = 0; i < 5; i++)
        {
            cluster.Write(1, $"{i}".PadLeft(100));
            cluster.Settle();
        }

        Assert.True(cluster[1].Line!.Boundaries.SnapshotThrough > streamed);
        Assert.True(cluster[1].Line!.Boundaries.TrimmedThrough.Index <= streamed);
        Assert.True(cluster[2].Line!.Boundaries.TrimmedThrough.Index > streamed);

        cluster[3].HoldsStorage = false;
        cluster[3].Resume();
        cluster.Run(TimeSpan.FromMilliseconds(200));
        Assert.Equal(cluster[1].State.Applied, cluster[3].State.Applied);
    }

    [Fact]
    [Trait("Pitfall", "19")]
    [Trait("Pitfall", "22")]
    public void The_trim_does_not_wait_for_ever_for_a_member_that_died_while_being_reseeded()
    {
        Cluster cluster = BehindTheCliff();
        LogIndex streamed = cluster[1].Line!.Boundaries.SnapshotThrough;
        cluster[3].HoldsStorage = true;
        cluster.Connect(new(1), new(3), up: true);
        cluster.Settle();
        cluster[3].Crash();

        for (int i = 0; i < 40; i++)
        {
            cluster.Run(TimeSpan.FromMilliseconds(500));
            cluster.Write(1, $"{i}".PadLeft(100));
            cluster.Settle();
        }

        Assert.True(cluster[1].Line!.Boundaries.TrimmedThrough.Index > streamed);
    }

    [Fact]
    [Trait("Pitfall", "21")]
    public void A_snapshot_is_not_installed_over_a_newer_state()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, [At(5, 1), At(5, 2), At(5, 3)]);
        follower.Hear(follower.Append(2, 5, At(5, 3), [], commit: At(5, 3)));
        SnapshotDescription old = Trims.Snapshot(follower.Configuration, At(5, 2));

        follower.Hear(new SnapshotChunk(follower.From(2, 5), old, 0, new byte[8]));
        Assert.Equal(At(5, 2), Assert.IsType<SnapshotInstalled>(Assert.Single(follower.Sent)).Snapshot);
        Assert.DoesNotContain(follower.Effects, effect => effect is StoreSnapshotChunk or AdoptSnapshot);

        follower.Step(new SnapshotPrepared(follower.Now, SnapshotShelf.Verify(old, new byte[8])!, old));
        Assert.DoesNotContain(follower.Effects, effect => effect is AdoptSnapshot);
    }

    [Fact]
    [Trait("Pitfall", "21")]
    public void A_snapshot_that_became_ready_while_entries_are_applied_is_not_adopted()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, [At(5, 1), At(5, 2)]);
        SnapshotDescription snapshot = Trims.Snapshot(follower.Configuration, At(5, 9));
        follower.Hear(new SnapshotChunk(follower.From(2, 5), snapshot, 0, new byte[8]));
        follower.Hear(follower.Append(2, 5, At(5, 2), [], commit: At(5, 2)));
        Assert.Single(follower.Effects.OfType<ApplyEntries>());

        follower.Step(new SnapshotPrepared(follower.Now, SnapshotShelf.Verify(snapshot, new byte[8])!, snapshot));
        Assert.Empty(follower.Effects);

        follower.Step(new EntriesApplied(follower.Now, new LogIndex(2)));
        follower.Step(new SnapshotPrepared(follower.Now, SnapshotShelf.Verify(snapshot, new byte[8])!, snapshot));
        Assert.Single(follower.Effects.OfType<AdoptSnapshot>());
    }

    [Fact]
    [Trait("Pitfall", "23")]
    [Trait("Pitfall", "M14")]
    public void An_install_is_one_record_and_is_reported_only_behind_it()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, [At(1, 1), At(2, 2)]);
        SnapshotDescription snapshot = Trims.Snapshot(follower.Configuration, At(5, 2));
        follower.Hear(new SnapshotChunk(follower.From(2, 5), snapshot, 0, new byte[8]));

        follower.Step(new SnapshotPrepared(follower.Now, SnapshotShelf.Verify(snapshot, new byte[8])!, snapshot));

        Assert.Equal(SnapshotPlacement.ReplacesLog, Assert.IsType<SnapshotSaved>(Assert.Single(follower.Recorded)).Placement);
        Assert.IsType<SnapshotInstalled>(Assert.Single(follower.Gated));
        Assert.Empty(follower.Sent);
        Assert.Equal(At(5, 2), follower.Line.Status.Tail);
    }

    [Theory]
    [InlineData(0, 4, "the first chunk is stored")]
    [InlineData(4, 0, "a chunk without its beginning is not")]
    public void Chunks_are_taken_in_order(ulong offset, int stored, string why)
    {
        ReplicaUnderTest follower = Holding(epoch: 5, []);
        SnapshotDescription snapshot = Trims.Snapshot(follower.Configuration, At(5, 9));

        follower.Hear(new SnapshotChunk(follower.From(2, 5), snapshot, offset, new byte[4]));

        Assert.True(follower.Effects.OfType<StoreSnapshotChunk>().Sum(store => store.Bytes.Length) == stored, why);
        Assert.True(follower.Sent.OfType<SnapshotProgress>().All(progress => progress.NextOffsetBytes == 0), why);
    }

    [Fact]
    public void A_lost_or_repeated_chunk_is_answered_with_where_to_go_on()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, []);
        SnapshotDescription snapshot = Trims.Snapshot(follower.Configuration, At(5, 9));
        var first = new SnapshotChunk(follower.From(2, 5), snapshot, 0, new byte[4]);
        follower.Hear(first);
        follower.Step(new SnapshotChunkStored(follower.Now, snapshot, 4));
        Assert.Equal(4UL, Assert.IsType<SnapshotProgress>(Assert.Single(follower.Sent)).NextOffsetBytes);

        follower.Hear(first);
        Assert.Equal(4UL, Assert.IsType<SnapshotProgress>(Assert.Single(follower.Sent)).NextOffsetBytes);
        Assert.Empty(follower.Effects.OfType<StoreSnapshotChunk>());

        follower.Hear(new SnapshotChunk(follower.From(2, 5), snapshot, 4, new byte[5]));
        Assert.Empty(follower.Effects.OfType<StoreSnapshotChunk>());
    }

    [Fact]
    [Trait("Pitfall", "M14")]
    public void A_snapshot_that_turns_out_damaged_is_received_again_from_the_start()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, []);
        SnapshotDescription snapshot = Trims.Snapshot(follower.Configuration, At(5, 9));
        follower.Hear(new SnapshotChunk(follower.From(2, 5), snapshot, 0, new byte[8]));

        follower.Step(new SnapshotChunkStored(follower.Now, snapshot, 0));
        Assert.Equal(0UL, Assert.IsType<SnapshotProgress>(Assert.Single(follower.Sent)).NextOffsetBytes);

        follower.Hear(new SnapshotChunk(follower.From(2, 5), snapshot, 0, new byte[8]));
        Assert.Single(follower.Effects.OfType<StoreSnapshotChunk>());
    }

    [Fact]
    public void A_leader_whose_snapshot_is_gone_begins_again_with_the_newest_by_itself()
    {
        Cluster cluster = BehindTheCliff();
        cluster[1].HoldsStorage = true;
        cluster.Connect(new(1), new(3), up: true);
        cluster.Settle();
        cluster[1].Snapshots.Lose(cluster[1].Line!.Boundaries.SnapshotThrough);
        cluster[1].HoldsStorage = false;
        cluster[1].Resume();

        cluster.Write(1, new string('z', 100));
        cluster.Run(TimeSpan.FromSeconds(1));

        Assert.Equal(cluster[1].State.Applied, cluster[3].State.Applied);
    }

    [Fact]
    public void A_leader_whose_newest_snapshot_is_damaged_makes_another_without_waiting_for_more_writes()
    {
        Cluster cluster = BehindTheCliff();
        LogIndex written = cluster[1].State.Through;
        cluster[1].Snapshots.Lose(cluster[1].Line!.Boundaries.SnapshotThrough);
        cluster.Connect(new(1), new(3), up: true);

        cluster.Run(TimeSpan.FromSeconds(2));

        Assert.Equal(written, cluster[1].State.Through);
        Assert.Equal(cluster[1].State.Applied, cluster[3].State.Applied);
    }

    /// <summary>Leader 1 and replica 2 have trimmed what replica 3, which is isolated no more, needs next.</summary>
    private static Cluster BehindTheCliff()
    {
        Cluster cluster = Cluster.Started(Groups.Majority(3), Small);
        cluster.Elect(1);
        cluster.Isolate(3);
        for (int i = 0; i < 4; i++)
        {
            cluster.Write(1, $"before {i}".PadLeft(100));
            cluster.Settle();
        }

        cluster.Heartbeat(1);
        cluster.Settle();
        cluster.Heal();
        Assert.True(cluster[1].Line!.Boundaries.TrimmedThrough.Index > cluster[3].Line!.Boundaries.Appended);
        return cluster;
    }
}
