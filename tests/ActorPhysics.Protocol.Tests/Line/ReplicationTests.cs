using ActorPhysics.Core;
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

/// <summary>Both sides of replication in one epoch (Raft, section 5.3).</summary>
[Trait("Paper", "Raft 5.3")]
public sealed class ReplicationTests
{
    [Fact]
    [Trait("Pitfall", "13")]
    public void An_acknowledgement_names_the_last_entry_of_its_append_not_the_end_of_the_log()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, [At(1, 1), At(1, 2), At(1, 3)]);

        follower.Hear(follower.Append(2, 5, At(1, 1), []));

        Assert.Equal(new LogIndex(1), Assert.IsType<AppendAccepted>(Assert.Single(follower.Sent)).Matched);
    }

    [Fact]
    [Trait("Pitfall", "12")]
    [Trait("Pitfall", "M7")]
    public void A_delayed_shorter_append_cuts_nothing()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, [At(1, 1), At(1, 2), At(5, 3)]);

        follower.Hear(follower.Append(2, 5, At(1, 1), [At(1, 2)]));

        Assert.Empty(follower.Recorded);
        Assert.Equal(new LogIndex(3), follower.Line.Boundaries.Appended);
        Assert.Equal(new LogIndex(2), Assert.IsType<AppendAccepted>(Assert.Single(follower.Sent)).Matched);
    }

    [Fact]
    [Trait("Seed", "2.3")]
    public void A_conflicting_tail_is_pruned_exactly_from_where_it_conflicts()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, [At(1, 1), At(2, 2), At(3, 3), At(3, 4)]);

        follower.Hear(follower.Append(2, 5, At(1, 1), [At(2, 2), At(5, 3)]));

        Assert.Equal(new LogIndex(2), Assert.Single(follower.Recorded.OfType<BranchPruned>()).NewEnd);
        Assert.Equal([At(5, 3)], Assert.Single(follower.Recorded.OfType<EntriesAppended>()).Entries.Select(entry => entry.Position));
        Assert.Equal(At(5, 3), follower.Line.Status.Tail);
    }

    [Fact]
    [Trait("Seed", "2.3")]
    public void What_is_committed_is_never_pruned_whoever_asks()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, [At(5, 1), At(5, 2)]);
        follower.Hear(follower.Append(2, 5, At(5, 2), [], commit: At(5, 2)));

        InvariantViolationException violation = Assert.Throws<InvariantViolationException>(() => follower.Hear(follower.Append(3, 6, At(5, 1), [At(6, 2)])));

        Assert.Equal("TrunkMonotonicity", violation.Invariant);
    }

    [Fact]
    [Trait("Paper", "Raft 5.4.3")]
    public void A_leader_that_contradicts_the_trunk_stops_the_replica()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, [At(5, 1), At(5, 2)]);
        follower.Hear(follower.Append(2, 5, At(5, 2), [], commit: At(5, 2)));

        InvariantViolationException violation = Assert.Throws<InvariantViolationException>(() => follower.Hear(follower.Append(3, 6, At(4, 2), [])));

        Assert.Equal("LeaderCompleteness", violation.Invariant);
    }

    [Fact]
    [Trait("Paper", "Raft 5.2")]
    public void Two_leaders_of_one_epoch_stop_the_replica()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, []);
        follower.Hear(new Heartbeat(follower.From(2, 5), new(1), commit: null));

        InvariantViolationException violation = Assert.Throws<InvariantViolationException>(
            () => follower.Hear(new Heartbeat(follower.From(3, 5), new(1), commit: null)));

        Assert.Equal("ElectionSafety", violation.Invariant);
    }

    /// <summary>The follower's log; the append's previous position; the hint: the greatest position that can still agree.</summary>
    public static TheoryData<string, string, string> Conflicts => new()
    {
        { "(1,1) (1,2)", "(1,4)", "(1,2)" },
        { "(1,1) (1,2) (4,3) (4,4)", "(3,4)", "(1,2)" },
        { "(1,1) (2,2) (3,3)", "(4,3)", "(3,3)" },
        { "(2,1) (2,2)", "(1,2)", "(0,0)" },
        { "", "(3,5)", "(0,0)" },
    };

    [Theory]
    [MemberData(nameof(Conflicts))]
    [Trait("Pitfall", "16")]
    public void A_refused_append_says_how_far_the_logs_may_still_agree(string log, string previous, string hint)
    {
        ReplicaUnderTest follower = Holding(epoch: 5, [.. log.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Scenarios.Words.Position)]);

        follower.Hear(follower.Append(2, 5, Scenarios.Words.Position(previous), []));

        AppendConflict conflict = Assert.IsType<AppendConflict>(Assert.Single(follower.Sent));
        Assert.Equal((Scenarios.Words.Position(previous), Scenarios.Words.Position(hint)), (conflict.Refused, conflict.Hint));
        Assert.Empty(follower.Recorded);
    }

    [Fact]
    [Trait("Pitfall", "16")]
    public void Back_off_skips_whole_epochs_and_ends()
    {
        ReplicaUnderTest leader = Leading(epoch: 9, [At(1, 1), At(1, 2), At(1, 3), At(5, 4), At(5, 5), At(6, 6)]);

        leader.Hear(new AppendConflict(leader.From(2, 9), refused: At(6, 6), hint: At(4, 6)));

        AppendEntries probe = Assert.IsType<AppendEntries>(Assert.Single(leader.Sent));
        Assert.Equal(At(1, 3), probe.Previous);
        leader.Hear(new AppendConflict(leader.From(2, 9), refused: At(1, 3), hint: default));
        Assert.Equal(default, Assert.IsType<AppendEntries>(Assert.Single(leader.Sent)).Previous);
    }

    [Fact]
    [Trait("Pitfall", "16")]
    public void Stale_conflicts_do_not_move_the_search()
    {
        ReplicaUnderTest leader = Leading(epoch: 9, [At(1, 1), At(1, 2), At(5, 3)]);
        leader.Hear(new AppendAccepted(leader.From(2, 9), new LogIndex(3)));

        leader.Hear(new AppendConflict(leader.From(2, 9), refused: At(1, 2), hint: At(1, 1)));
        Assert.Empty(leader.Sent);
        leader.Hear(new AppendConflict(leader.From(3, 9), refused: At(1, 1), hint: default));
        Assert.Empty(leader.Sent);
        leader.Hear(new AppendConflict(leader.From(3, 9), refused: At(5, 3), hint: At(5, 77)));
        Assert.Empty(leader.Sent);
    }

    [Fact]
    [Trait("Pitfall", "M6")]
    public void A_heartbeat_answer_moves_no_match_index()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, [At(1, 1)]);

        leader.Hear(new HeartbeatAnswer(leader.From(2, 5), new(1)));
        leader.Hear(new HeartbeatAnswer(leader.From(3, 5), new(1)));

        Assert.All(leader.Line.Status.Peers, peer => Assert.Equal(LogIndex.Zero, peer.Match));
        Assert.Equal(LogIndex.Zero, leader.Line.Boundaries.Committed);
        Assert.DoesNotContain(typeof(HeartbeatAnswer).GetProperties(), property => property.PropertyType == typeof(LogIndex) || property.PropertyType == typeof(LogPosition));
    }

    [Fact]
    public void Matches_only_rise_however_acknowledgements_are_reordered()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, [At(1, 1), At(1, 2)]);
        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(3)));

        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(1)));

        Assert.Equal(new LogIndex(3), leader.Line.Status.Peers[0].Match);
    }

    [Fact]
    public void An_acknowledgement_beyond_the_leaders_log_stops_it()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, []);

        Assert.Throws<InvariantViolationException>(() => leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(9))));
    }

    [Theory]
    [InlineData(64, 2)]
    [InlineData(65, 2)]
    [InlineData(63, 1)]
    [InlineData(1, 1)]
    [Trait("Pitfall", "M9")]
    public void A_batch_takes_what_fits_exactly_and_always_at_least_one_entry(int limitBytes, int expected)
    {
        // Two entries of exactly 32 bytes each, header included: their commands are empty.
        var options = new LineOptions { MaximumBatchBytes = limitBytes };
        ReplicaUnderTest leader = Leading(epoch: 5, [], options: options);
        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(1)));
        leader.Step(new PeerDisconnected(leader.Now, new ReplicaId(2)));
        leader.Write("");
        leader.Write("");

        leader.Step(new PeerConnected(leader.Now, new ReplicaId(2)));

        AppendEntries append = Assert.IsType<AppendEntries>(Assert.Single(leader.Sent));
        Assert.Equal(expected, append.Entries.Count);
        Assert.All(append.Entries, entry => Assert.Equal(32, entry.SizeBytes));
    }

    [Fact]
    [Trait("Pitfall", "M9")]
    public void An_entry_larger_than_a_batch_and_than_the_window_still_goes()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, [], options: new LineOptions { MaximumBatchBytes = 50, MaximumInFlightBytes = 60 });
        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(1)));

        leader.Write(new string('a', 500));

        Assert.Single(leader.Sent.OfType<AppendEntries>(), append => append.Envelope.To == new ReplicaId(2) && append.Entries.Count == 1);
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 2)]
    [InlineData(2, 4)]
    [Trait("Pitfall", "17")]
    [Trait("Pitfall", "M8")]
    public void An_append_that_begins_below_the_trimmed_prefix_matches_it(ulong previous, ulong last)
    {
        ReplicaUnderTest follower = Holding(epoch: 5, [At(1, 1), At(1, 2), At(2, 3)], more: Trims.Records(Groups.Majority(3), At(1, 2), snapshotAt: At(1, 2)));
        Assert.Equal(At(1, 2), follower.Line.Boundaries.TrimmedThrough);

        IReadOnlyList<LogPosition> entries = [At(1, 1), At(1, 2), At(2, 3), At(5, 4)];
        follower.Hear(follower.Append(2, 5, previous == 0 ? default : At(1, previous), [.. entries.Take((int)last).Skip((int)previous)]));

        Assert.Equal(new LogIndex(last), Assert.IsType<AppendAccepted>(Assert.Single(follower.Sent.Concat(follower.Gated))).Matched);
    }

    [Fact]
    [Trait("Pitfall", "17")]
    public void The_position_at_the_trim_keeps_its_epoch()
    {
        ReplicaUnderTest follower = Holding(epoch: 5, [At(1, 1), At(1, 2)], more: Trims.Records(Groups.Majority(3), At(1, 2), snapshotAt: At(1, 2)));

        follower.Hear(follower.Append(2, 5, At(1, 2), [At(5, 3)]));

        Assert.Equal(new LogIndex(3), Assert.IsType<AppendAccepted>(Assert.Single(follower.Gated)).Matched);
    }

    [Theory]
    [InlineData("a gap between the entries", "(1,1)", "(1,2) (1,4)")]
    [InlineData("epochs that fall", "(3,1)", "(2,2)")]
    [InlineData("an entry of a later epoch than its leader's", "(1,1)", "(6,2)")]
    [InlineData("a previous position of a later epoch", "(6,1)", "")]
    public void A_malformed_append_is_ignored(string why, string previous, string entries)
    {
        ReplicaUnderTest follower = Holding(epoch: 5, [At(1, 1)]);
        follower.Hear(new Heartbeat(follower.From(2, 5), new(1), commit: null));

        IReadOnlyList<LineEffect> effects = follower.Hear(
            follower.Append(2, 5, Scenarios.Words.Position(previous), [.. entries.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Scenarios.Words.Position)]));

        Assert.True(effects.Count == 0, why);
    }

    [Fact]
    public void Replication_is_pipelined_once_the_logs_are_known_to_match()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, []);
        leader.Write("a");
        Assert.Empty(leader.Sent);

        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(1)));
        leader.Write("b");
        leader.Write("c");

        Assert.Equal(At(5, 3), Assert.Single(leader.Sent.OfType<AppendEntries>()).Previous);
        Assert.Equal(ReplicationMode.Replicate, leader.Line.Status.Peers[0].Mode);
    }

    [Fact]
    [Trait("Pitfall", "19")]
    public void The_window_to_a_slow_follower_is_bounded_in_batches_and_bytes()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, [], options: new LineOptions { MaximumInFlightBatches = 3, MaximumInFlightBytes = 100 });
        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(1)));
        leader.Hear(new AppendAccepted(leader.From(3, 5), new LogIndex(1)));

        var sent = new List<LineMessage>();
        for (int i = 0; i < 10; i++)
        {
            leader.Write(i % 2 == 0 ? "" : new string('x', 40));
            sent.AddRange(leader.Sent.OfType<AppendEntries>());
        }

        Assert.Equal(2, sent.Count(message => message.Envelope.To == new ReplicaId(2)));
        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(2)));
        Assert.NotEmpty(leader.Sent.OfType<AppendEntries>());
    }

    [Fact]
    [Trait("Pitfall", "18")]
    public void A_reconnect_forgets_what_was_in_flight()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, [], options: new LineOptions { MaximumInFlightBatches = 1 });
        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(1)));
        leader.Write("a");
        leader.Write("b");
        leader.Step(new PeerDisconnected(leader.Now, new ReplicaId(2)));
        leader.Write("c");
        Assert.DoesNotContain(leader.Sent, message => message.Envelope.To == new ReplicaId(2));

        leader.Step(new PeerConnected(leader.Now, new ReplicaId(2)));

        AppendEntries again = Assert.IsType<AppendEntries>(Assert.Single(leader.Sent));
        Assert.Equal((At(5, 1), 3), (again.Previous, again.Entries.Count));
    }

    [Fact]
    [Trait("Pitfall", "18")]
    public void What_is_not_acknowledged_in_time_is_sent_again_once()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, []);
        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(1)));
        leader.Hear(new AppendAccepted(leader.From(3, 5), new LogIndex(1)));
        leader.Write("a");

        leader.Pass(leader.Options.HeartbeatInterval);
        leader.Fire(LineTimer.Heartbeat);
        Assert.Empty(leader.Sent.OfType<AppendEntries>());

        leader.Pass(leader.Options.ElectionTimeoutMinimum);
        leader.Fire(LineTimer.Heartbeat);
        Assert.Equal(2, leader.Sent.OfType<AppendEntries>().Count());

        leader.Pass(leader.Options.HeartbeatInterval);
        leader.Fire(LineTimer.Heartbeat);
        Assert.Empty(leader.Sent.OfType<AppendEntries>());
    }

    [Fact]
    [Trait("Seed", "6.2")]
    public void A_leader_without_durable_contact_to_a_quorum_steps_down_by_itself()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, []);
        leader.Write("a");
        leader.Pass(leader.Options.ElectionTimeoutMaximum);

        leader.Fire(LineTimer.Heartbeat);

        Assert.Equal((LineRole.Follower, new LeaderEpoch(5), ReplicaId.None), (leader.Line.RoleKind, leader.Line.Epoch, leader.Line.Leader));
        Assert.Equal(Refusal.OutcomeUnknown, leader.Single<RefuseRequests>().Refusal);
    }

    [Fact]
    [Trait("Seed", "6.2")]
    public void A_follower_that_answers_heartbeats_while_its_disk_is_stuck_is_no_living_quorum()
    {
        ReplicaUnderTest leader = Leading(epoch: 5, []);
        leader.Hear(new AppendAccepted(leader.From(2, 5), new LogIndex(1)));
        leader.Write("a");
        for (ulong round = 2; leader.Line.RoleKind == LineRole.Leader && round < 20; round++)
        {
            leader.Pass(leader.Options.HeartbeatInterval);
            leader.Fire(LineTimer.Heartbeat);
            leader.Hear(new HeartbeatAnswer(leader.From(2, 5), new(round)));
        }

        Assert.Equal(LineRole.Follower, leader.Line.RoleKind);
    }
}
