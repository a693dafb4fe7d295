using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Tests.Harness;
using static ActorPhysics.Protocol.Tests.Harness.ReplicaUnderTest;

namespace ActorPhysics.Protocol.Tests.Line;

/// <summary>What the fold of a journal gives back (DESIGN §7: the journal is the history log).</summary>
[Trait("Seed", "4.4")]
public sealed class RecoveryTests
{
    private static readonly GroupConfiguration Configuration = Groups.Majority(3);
    private static readonly EpochPromised Promise = new(new LeaderEpoch(5), new ReplicaId(2), default(ReplicaRun).Next);

    [Fact]
    [Trait("Pitfall", "1")]
    public void Epoch_vote_and_run_come_back()
    {
        RecoveredReplica recovered = Fold(1, new EpochPromised(new(4), new(3), new(1)), new EpochPromised(new(5), default, new(2)), new EpochPromised(new(5), new(2), new(2)));

        Assert.Equal((new LeaderEpoch(5), new ReplicaId(2), new ReplicaRun(2)), (recovered.Epoch, recovered.VotedFor, recovered.Run));
    }

    [Fact]
    [Trait("Pitfall", "29")]
    public void The_guarded_promise_outlives_a_damaged_log()
    {
        var guarded = new EpochPromised(new(9), new(3), new(4));

        RecoveredReplica recovered = RecoveredReplica.Fold(
            Configuration, new RecordNumber(1), [Promise, Appended(At(1, 1))], new RecordNumber(40), guarded, new JournalDamage("a flipped bit", PromiseLost: false));

        Assert.Equal((new LeaderEpoch(9), new ReplicaId(3), new ReplicaRun(4)), (recovered.Epoch, recovered.VotedFor, recovered.Run));
        Assert.Equal(new RecordNumber(40), recovered.LastRecord);
        Assert.NotNull(recovered.Damage);
    }

    [Fact]
    public void Pruned_entries_do_not_come_back()
    {
        RecoveredReplica recovered = Fold(1, Promise, Appended(At(1, 1), At(1, 2), At(1, 3)), new BranchPruned(new(1), new(2)), Appended(At(2, 2)));

        Assert.Equal((At(2, 2), new LeaderEpoch(1)), (recovered.Log.Tail, recovered.Log.EpochAt(new(1))));
    }

    [Fact]
    [Trait("Pitfall", "23")]
    public void After_a_trim_older_records_may_be_gone_or_still_be_there()
    {
        HistoryEvent[] whole =
        [
            Promise, Appended(At(1, 1), At(1, 2)), Appended(At(1, 3)), Appended(At(2, 4)),
            Trims.Saved(Configuration, At(1, 3)), Trims.Trimmed(Configuration, At(1, 2), At(1, 3), Promise), Appended(At(2, 5)),
        ];

        for (int gone = 0; gone <= 2; gone++)
        {
            RecoveredReplica recovered = Fold(1 + (ulong)gone, whole[gone..]);
            Assert.Equal((At(1, 2), At(2, 5)), (recovered.Log.Base, recovered.Log.Tail));
            Assert.Equal(Promise.VotedFor, recovered.VotedFor);
            Assert.Equal(At(1, 3), recovered.Snapshot!.Position);
        }
    }

    [Fact]
    [Trait("Pitfall", "23")]
    public void An_older_trims_record_behind_newer_entries_does_not_reset_the_log()
    {
        RecoveredReplica recovered = Fold(
            30,
            Appended(At(1, 5), At(1, 6), At(1, 7)),
            Trims.Trimmed(Configuration, At(1, 2), At(1, 4), Promise),
            Trims.Trimmed(Configuration, At(1, 4), At(1, 6), Promise));

        Assert.Equal((At(1, 4), At(1, 7)), (recovered.Log.Base, recovered.Log.Tail));
    }

    [Fact]
    [Trait("Pitfall", "M14")]
    public void An_install_that_replaced_the_log_leaves_nothing_of_it()
    {
        RecoveredReplica recovered = Fold(
            1, Promise, Appended(At(1, 1), At(1, 2), At(1, 3), At(1, 4)), Trims.Saved(Configuration, At(2, 3), SnapshotPlacement.ReplacesLog), Appended(At(2, 4)));

        Assert.Equal((At(2, 3), At(2, 4)), (recovered.Log.Base, recovered.Log.Tail));
    }

    [Fact]
    [Trait("Pitfall", "M14")]
    public void An_install_on_the_logs_own_branch_keeps_what_lies_above()
    {
        RecoveredReplica recovered = Fold(1, Promise, Appended(At(1, 1), At(1, 2), At(1, 3)), Trims.Saved(Configuration, At(1, 2), SnapshotPlacement.ContinuesLog));

        Assert.Equal((At(1, 2), At(1, 3)), (recovered.Log.Base, recovered.Log.Tail));
    }

    [Fact]
    [Trait("Pitfall", "23")]
    public void An_install_that_continued_a_log_whose_entries_there_are_gone_keeps_the_rest()
    {
        RecoveredReplica recovered = Fold(
            30,
            Appended(At(1, 6), At(1, 7)),
            Trims.Saved(Configuration, At(1, 3), SnapshotPlacement.ContinuesLog),
            Appended(At(1, 8)),
            Trims.Trimmed(Configuration, At(1, 5), At(1, 7), Promise));

        Assert.Equal((At(1, 5), At(1, 8)), (recovered.Log.Base, recovered.Log.Tail));
    }

    [Fact]
    [Trait("Pitfall", "M14")]
    public void When_the_newest_snapshot_does_not_open_an_older_one_serves_as_long_as_the_log_reaches_it()
    {
        HistoryEvent[] records =
        [
            Promise, Appended(At(1, 1), At(1, 2), At(1, 3), At(1, 4)), Trims.Saved(Configuration, At(1, 2)), Trims.Saved(Configuration, At(1, 3)),
            Trims.Trimmed(Configuration, At(1, 2), At(1, 3), Promise),
        ];
        SnapshotDescription older = Trims.Snapshot(Configuration, At(1, 2));
        SnapshotDescription tooOld = Trims.Snapshot(Configuration, At(1, 1));

        RecoveredReplica recovered = Fold(1, records);
        Assert.False(recovered.RestoreFrom(SnapshotShelf.Verify(tooOld, new byte[8])!, tooOld));
        Assert.True(recovered.RestoreFrom(SnapshotShelf.Verify(older, new byte[8])!, older));

        Assert.Equal((new LogIndex(2), At(1, 4)), (recovered.AppliedThrough, recovered.Log.Tail));
        Assert.Null(recovered.Damage);
    }

    [Fact]
    [Trait("Pitfall", "M14")]
    public void Without_any_snapshot_a_trimmed_log_is_given_up_and_that_is_remembered()
    {
        HistoryEvent[] records =
        [
            Promise, Appended(At(1, 1), At(1, 2), At(1, 3)), Trims.Saved(Configuration, At(1, 2)), Trims.Trimmed(Configuration, At(1, 2), At(1, 2), Promise),
        ];
        RecoveredReplica recovered = Fold(1, records);
        recovered.LoseSnapshot("it does not open");
        Assert.Equal((default, LogIndex.Zero), (recovered.Log.Tail, recovered.CommittedThrough));
        Assert.NotNull(recovered.Damage);

        var replica = new ReplicaUnderTest(recovered);
        RecoveredReplica again = Fold(1, [.. records, .. replica.Recorded, Appended(At(1, 1))]);

        Assert.Equal(At(1, 1), again.Log.Tail);
        Assert.NotNull(again.Damage);
    }

    [Fact]
    public void A_log_without_trim_and_without_snapshot_is_applied_from_the_start()
    {
        RecoveredReplica recovered = Fold(1, Promise, Appended(At(1, 1)), Trims.Saved(Configuration, At(1, 1)));

        recovered.LoseSnapshot("it does not open");

        Assert.Equal((LogIndex.Zero, At(1, 1)), (recovered.AppliedThrough, recovered.Log.Tail));
        Assert.Null(recovered.Damage);
    }

    [Fact]
    [Trait("Pitfall", "M12")]
    public void A_log_that_is_applied_from_the_start_goes_through_all_its_configurations_again()
    {
        GroupConfiguration next = Reconfiguration.TryBegin(
            Configuration, new MembershipTarget([.. Configuration.Members.Take(2)], new Core.Quorums.MajorityRule([new(1), new(2)])), out _)!;
        RecoveredReplica recovered = Fold(
            1, Promise, Appended(At(1, 1)), new EntriesAppended([new Protocol.Line.Log.ConfigurationEntry(At(1, 2), next)]), Appended(At(1, 3)), Trims.Saved(next, At(1, 3)));

        recovered.LoseSnapshot("it does not open");

        Assert.Equal(Configuration.Epoch, recovered.Configurations.EpochOfEntryAt(new(1)));
        Assert.Equal((next.Epoch, new LogIndex(2)), (recovered.Configurations.Newest.Epoch, recovered.Configurations.NewestFrom));
    }

    [Theory]
    [InlineData("entries with a gap")]
    [InlineData("a promise that falls")]
    [InlineData("a pruned trunk")]
    public void A_journal_that_contradicts_itself_is_refused(string how)
    {
        HistoryEvent[] records = how switch
        {
            "entries with a gap" => [Promise, Appended(At(1, 1)), Appended(At(1, 3))],
            "a promise that falls" => [Promise, new EpochPromised(new(4), default, new(1))],
            _ => [Promise, Appended(At(1, 1), At(1, 2)), Trims.Saved(Configuration, At(1, 2)), new BranchPruned(new(1), new(2))],
        };

        Assert.Throws<InvariantViolationException>(() => Fold(1, records));
    }

    [Fact]
    [Trait("Pitfall", "29")]
    public void A_damage_is_remembered_until_its_repair_is_completed()
    {
        var begun = new RepairBegun(new JournalDamage("a flipped bit", PromiseLost: false), logGivenUp: false);

        Assert.NotNull(Fold(1, Promise, begun, Appended(At(1, 1))).Damage);
        RecoveredReplica repaired = Fold(1, Promise, begun, Appended(At(1, 1)), new RepairCompleted(At(1, 1), new(5)));
        Assert.Null(repaired.Damage);
        Assert.Equal(new LeaderEpoch(5), repaired.VoteFloor);
    }

    private static EntriesAppended Appended(params LogPosition[] positions) => new([.. positions.Select(Entry)]);

    private static RecoveredReplica Fold(ulong first, params HistoryEvent[] records) =>
        RecoveredReplica.Fold(Configuration, new RecordNumber(first), records, new RecordNumber(first + (ulong)records.Length - 1), guarded: null, damage: null);
}
