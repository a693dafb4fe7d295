using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.History;
using static ActorPhysics.Core.Tests.Given;

namespace ActorPhysics.Core.Tests.History;

[Trait("Seed", "2.3")]
public sealed class HistoryTreeTests
{
    [Fact]
    public void The_seeds_example_has_a_trunk_a_pruned_branch_and_wet_cement()
    {
        HistoryTree tree = SeedExample();

        Assert.Equal(At(2, 5), tree.Trunk.Frontier);
        Assert.NotNull(tree.Trunk.Proof);
        Assert.Equal(HistoryFate.Trunk, tree.Fate(At(1, 2)));
        Assert.Equal(HistoryFate.Trunk, tree.Fate(At(2, 5)));
        Assert.Equal(HistoryFate.Pruned, tree.Fate(At(3, 7)));
        Assert.Equal(HistoryFate.Wet, tree.Fate(At(4, 7)));
        Assert.Equal(HistoryFate.Unknown, tree.Fate(At(4, 8)));
        Assert.Equal(HistoryFate.Unknown, tree.Fate(At(9, 9)));
        Assert.Empty(tree.Contradictions);
    }

    [Fact]
    public void Branches_tell_their_fork_epochs_fate_and_holders()
    {
        HistoryTree tree = SeedExample();

        Assert.Equal(2, tree.Branches.Length);
        Branch lost = tree.Branches[0];
        Assert.Equal((At(2, 5), At(3, 6), At(3, 8)), (lost.Fork, lost.First, lost.Tip));
        Assert.Equal((HistoryFate.Pruned, LogIndex.Zero), (lost.Fate, lost.HeldThrough));
        Assert.Empty(lost.Holders);
        Branch wet = Assert.Single(tree.WetCement.Branches);
        Assert.Equal((At(4, 6), At(4, 7), I(7)), (wet.First, wet.Tip, wet.HeldThrough));
        Assert.Equal<ReplicaId>([R(1), R(2)], wet.Holders);
        Assert.Equal<LogPosition>([At(3, 6), At(4, 6)], tree.EntriesAt(I(6)));
    }

    [Fact]
    public void A_branch_that_somebody_still_holds_is_wet_until_the_trunk_passes_its_fork()
    {
        Sighting[] split =
        [
            Appended(1, At(0, 0), At(1, 3)),
            Appended(2, At(0, 0), At(1, 3)),
            Appended(1, At(1, 3), At(2, 5)),
            Appended(2, At(1, 3), At(3, 4)),
        ];

        Assert.Equal(HistoryFate.Wet, Build(split).Fate(At(2, 4)));
        Assert.Equal(HistoryFate.Wet, Build([.. split, Committed(2, 1, 3)]).Fate(At(2, 4)));
        HistoryTree decided = Build([.. split, Committed(2, 3, 4)]);
        Assert.Equal(HistoryFate.Pruned, decided.Fate(At(2, 4)));
        Assert.Equal(HistoryFate.Pruned, decided.Fate(At(2, 5)));
        Assert.Equal<ReplicaId>([R(1)], decided.HoldersOf(At(2, 5)));
        Assert.Equal(HistoryFate.Trunk, decided.Fate(At(1, 1)));
    }

    [Fact]
    public void What_nobody_was_seen_to_append_is_pruned_where_the_trunk_has_another_entry_and_unknown_elsewhere()
    {
        HistoryTree tree = SeedExample();

        Assert.Equal(HistoryFate.Pruned, tree.Fate(At(7, 4)));
        Assert.Equal(HistoryFate.Unknown, tree.Fate(At(7, 6)));
        Assert.Equal(HistoryFate.Unknown, tree.Fate(At(1, 0)));
        Assert.Equal(HistoryFate.Trunk, tree.Fate(default(LogPosition)));
        Assert.Equal(HistoryFate.Unknown, tree.Fate(new Coordinate(new GroupId(8), ConfigEpoch.Founding, Le(1), I(2))));
        Assert.Equal(HistoryFate.Trunk, tree.Fate(new Coordinate(Group, ConfigEpoch.Founding, Le(1), I(2))));
    }

    [Fact]
    [Trait("Seed", "4.3")]
    public void In_Figure_8_an_entry_on_a_majority_is_wet_and_may_be_pruned()
    {
        // Raft, Figure 8: (c) the entry of epoch 2 is on r1, r2 and r3; (d) r5 overwrites it with its own of epoch 3.
        Sighting[] beforeTheTurn =
        [
            .. Enumerable.Range(1, 5).Select(id => Appended((ulong)id, At(0, 0), At(1, 1))),
            Committed(1, 1, 1),
            Appended(1, At(1, 1), At(2, 2)),
            Appended(2, At(1, 1), At(2, 2)),
            Appended(5, At(1, 1), At(3, 2)),
            Appended(3, At(1, 1), At(2, 2)),
            Appended(1, At(2, 2), At(4, 3)),
        ];
        HistoryTree onAMajority = Build(beforeTheTurn);
        Assert.Equal(3, onAMajority.HoldersOf(At(2, 2)).Length);
        Assert.Equal(HistoryFate.Wet, onAMajority.Fate(At(2, 2)));

        HistoryTree overwritten = Build(
        [
            .. beforeTheTurn,
            .. Enumerable.Range(1, 3).SelectMany(id => new Sighting[]
            {
                new PruningSeen(R((ulong)id), I(1)),
                Appended((ulong)id, At(1, 1), At(3, 2)),
            }),
        ]);
        Assert.Equal(HistoryFate.Pruned, overwritten.Fate(At(2, 2)));
        Assert.Equal(HistoryFate.Pruned, overwritten.Fate(At(4, 3)));
        Assert.Equal(HistoryFate.Wet, overwritten.Fate(At(3, 2)));

        HistoryTree committedInstead = Build([.. beforeTheTurn, Appended(2, At(2, 2), At(4, 3)), Committed(1, 4, 3)]);
        Assert.Equal(HistoryFate.Trunk, committedInstead.Fate(At(2, 2)));
        Assert.Equal(HistoryFate.Pruned, committedInstead.Fate(At(3, 2)));
    }

    [Fact]
    public void A_partly_pruned_branch_is_wet_as_far_as_it_is_held()
    {
        HistoryTree tree = Build([Appended(1, At(0, 0), At(1, 9)), Committed(1, 1, 3), new PruningSeen(R(1), I(6))]);

        Branch branch = Assert.Single(tree.Branches);
        Assert.Equal((HistoryFate.Wet, I(6)), (branch.Fate, branch.HeldThrough));
        Assert.Equal(HistoryFate.Wet, tree.Fate(At(1, 6)));
        Assert.Equal(HistoryFate.Pruned, tree.Fate(At(1, 7)));
    }

    [Fact]
    [Trait("Seed", "4.4")]
    public void Trimmed_history_is_trunk_where_it_was_seen_and_unknown_where_it_was_not()
    {
        HistoryTree tree = Build(
        [
            Appended(1, At(2, 7), At(2, 9)),
            new TrimSeen(R(1), At(2, 8)),
        ]);

        Assert.Equal(HistoryFate.Trunk, tree.Fate(At(2, 7)));
        Assert.Equal(HistoryFate.Trunk, tree.Fate(At(2, 8)));
        Assert.Equal(HistoryFate.Unknown, tree.Fate(At(2, 6)));
        Assert.Equal(HistoryFate.Unknown, tree.Fate(At(1, 3)));
        Assert.Equal(HistoryFate.Wet, tree.Fate(At(2, 9)));
        Assert.Empty(tree.HoldersOf(At(2, 8)));
        Assert.Equal(I(7), tree.Trunk.KnownFrom);
        Assert.Null(tree.Trunk.Proof);
    }

    [Fact]
    public void Another_replicas_journal_fills_in_what_one_has_trimmed()
    {
        HistoryTree tree = Build(
        [
            Appended(1, At(2, 7), At(2, 9)),
            new TrimSeen(R(1), At(2, 8)),
            Appended(2, At(0, 0), At(1, 5)),
            Appended(2, At(1, 5), At(2, 8)),
        ]);

        Assert.Equal(HistoryFate.Trunk, tree.Fate(At(1, 5)));
        Assert.Equal(HistoryFate.Pruned, tree.Fate(At(1, 6)));
        Assert.Equal(I(1), tree.Trunk.KnownFrom);
    }

    [Fact]
    public void An_installed_snapshot_keeps_the_log_of_its_own_branch_and_drops_another()
    {
        Sighting[] log = [Appended(2, At(0, 0), At(1, 9)), Appended(1, At(0, 0), At(1, 3)), Appended(1, At(1, 3), At(2, 6))];

        HistoryTree dropped = Build([.. log, new InstalledSnapshotSeen(R(1), At(1, 5)), Appended(1, At(1, 5), At(1, 7))]);
        Assert.Empty(dropped.Contradictions);
        Assert.Equal(HistoryFate.Pruned, dropped.Fate(At(2, 4)));
        Assert.Equal<ReplicaId>([R(1), R(2)], dropped.HoldersOf(At(1, 7)));

        HistoryTree kept = Build([.. log, new InstalledSnapshotSeen(R(2), At(1, 5))]);
        Assert.Equal<ReplicaId>([R(2)], kept.HoldersOf(At(1, 9)));
        Assert.Empty(kept.HoldersOf(At(1, 5)));
    }

    [Theory]
    [InlineData("LogMatching", "two beginnings of one epoch")]
    [InlineData("LogMatching", "an append after an entry that is not the log's end")]
    [InlineData("LogMatching", "a log that goes back in time")]
    [InlineData("LogMatching", "pruned to where it did not reach")]
    [InlineData("LogMatching", "an entry before its epoch began")]
    [InlineData("LogMatching", "a second beginning")]
    [InlineData("TrunkMonotonicity", "trunk beyond the log")]
    [InlineData("TrunkMonotonicity", "two branches committed")]
    [InlineData("CertificateValidity", "another group's commit")]
    public void Histories_that_cannot_all_be_true_name_the_broken_invariant(string invariant, string what)
    {
        Sighting[] sound = [Appended(1, At(0, 0), At(1, 4)), Appended(1, At(1, 4), At(3, 6)), Appended(2, At(0, 0), At(1, 4))];
        Sighting[] broken = what switch
        {
            "two beginnings of one epoch" => [new PruningSeen(R(2), I(2)), Appended(2, At(1, 2), At(3, 5))],
            "an append after an entry that is not the log's end" => [Appended(2, At(1, 3), At(2, 4))],
            "a log that goes back in time" => [Appended(1, At(3, 6), At(2, 7))],
            "pruned to where it did not reach" => [new PruningSeen(R(1), I(7))],
            "an entry before its epoch began" => [new TrunkSeen(R(2), At(3, 3))],
            "a second beginning" => [new LogBeginningSeen(R(2), At(1, 2))],
            "trunk beyond the log" => [new OwnTrunkSeen(R(2), I(5))],
            "two branches committed" => [Appended(2, At(1, 4), At(4, 5)), new TrunkSeen(R(2), At(4, 5)), new TrunkSeen(R(1), At(3, 6))],
            _ => [new CommitSeen(R(1), ForeignCommit())],
        };

        Assert.Empty(Build(sound).Contradictions);
        HistoryContradiction contradiction = Assert.Single(Build([.. sound, .. broken]).Contradictions);
        Assert.Equal(invariant, contradiction.Invariant);
        Assert.NotEmpty(contradiction.Detail);
    }

    [Fact]
    public void A_journal_that_was_cut_off_at_its_beginning_is_read_from_there()
    {
        LogPosition[] entries = [At(2, 7), At(2, 8), At(3, 9), At(3, 10), At(5, 11)];
        HistoryTree tree = Build([.. Sighting.OfEntries(R(1), parent: null, entries), new OwnTrunkSeen(R(1), I(9))]);

        Assert.Empty(tree.Contradictions);
        Assert.Equal(At(3, 9), tree.Trunk.Frontier);
        Assert.Equal(HistoryFate.Trunk, tree.Fate(At(2, 7)));
        Assert.Equal(HistoryFate.Unknown, tree.Fate(At(2, 6)));
        Assert.Equal(HistoryFate.Wet, tree.Fate(At(5, 11)));
        Assert.Equal(entries.Skip(1), entries.Skip(1).Where(entry => tree.HoldersOf(entry).Length == 1));
    }

    [Fact]
    public void A_log_cut_back_to_its_unseen_beginning_goes_on_from_any_entry_there()
    {
        HistoryTree tree = Build([new LogBeginningSeen(R(1), At(2, 7)), new PruningSeen(R(1), I(6)), Appended(1, At(1, 6), At(3, 8))]);

        Assert.Empty(tree.Contradictions);
        Assert.Equal(HistoryFate.Pruned, tree.Fate(At(2, 7)));
        Assert.Equal(HistoryFate.Wet, tree.Fate(At(3, 7)));
    }

    [Fact]
    public void Entries_appended_together_are_seen_epoch_by_epoch()
    {
        Assert.Equal(
            [Appended(1, default, At(1, 2)), Appended(1, At(1, 2), At(4, 3))],
            Sighting.OfEntries(R(1), parent: default(LogPosition), [At(1, 1), At(1, 2), At(4, 3)]));
        Assert.Empty(Sighting.OfEntries(R(1), parent: default(LogPosition), []));
    }

    [Fact]
    public void An_empty_history_knows_nothing()
    {
        HistoryTree tree = Build([]);

        Assert.Equal(default, tree.Trunk.Frontier);
        Assert.True(tree.WetCement.IsEmpty);
        Assert.Equal(HistoryFate.Unknown, tree.Fate(At(1, 1)));
        Assert.Equal("No history.\n", HistoryTreeDrawing.Draw(tree));
    }

    internal static HistoryTree SeedExample() => Build(
    [
        Appended(1, At(0, 0), At(1, 3)),
        Appended(1, At(1, 3), At(2, 5)),
        Appended(2, At(0, 0), At(1, 3)),
        Appended(2, At(1, 3), At(2, 5)),
        Appended(3, At(0, 0), At(1, 3)),
        Appended(3, At(1, 3), At(2, 5)),
        Committed(1, 2, 5),
        Appended(3, At(2, 5), At(3, 8)),
        Appended(1, At(2, 5), At(4, 7)),
        Appended(2, At(2, 5), At(4, 6)),
        new PruningSeen(R(3), I(5)),
    ]);

    internal static HistoryTree Build(Sighting[] events) => HistoryTree.Build(Group, events);

    internal static Sighting Appended(ulong replica, LogPosition parent, LogPosition last) => new EntriesSeen(R(replica), parent, last);

    internal static Sighting Committed(ulong replica, ulong epoch, ulong index) => new CommitSeen(R(replica), Commit(epoch, index));

    private static CommitCertificate ForeignCommit()
    {
        var configuration = Core.Membership.GroupConfiguration.Create(
            new GroupId(8), Incarnation, ConfigEpoch.Founding, Configuration().Members, MajorityOf(3), Configuration().FailureModel);
        return CommitCertificate.TryProve(CommitEvidence(configuration, At(1, 4), 1, 2), configuration)!;
    }
}
