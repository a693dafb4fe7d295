using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using static ActorPhysics.Core.Tests.Given;

namespace ActorPhysics.Core.Tests.Boundaries;

[Trait("Seed", "2.5")]
public sealed class BoundariesTests
{
    [Fact]
    public void A_replica_is_born_with_nothing()
    {
        var boundaries = new ReplicaBoundaries(Group, Incarnation);

        Assert.Equal(default, boundaries.View);
        boundaries.CheckLattice();
    }

    [Fact]
    public void An_entrys_way_through_the_boundaries()
    {
        ReplicaBoundaries boundaries = At10();

        boundaries.AppendTo(I(12));
        boundaries.MakeDurable(I(12));
        Assert.True(boundaries.Commit(Commit(4, 12), Match(4, 12)));
        boundaries.ApplyTo(I(12));
        boundaries.StabilizeRead(I(11));
        boundaries.SaveSnapshot(Snapshot(4, 12));
        boundaries.Trim(Trim(4, 11));

        Assert.Equal(new BoundariesView(I(12), I(12), I(12), I(12), At(4, 11), I(11), I(12)), boundaries.View);
        Assert.Equal(At(4, 12), boundaries.CommittedBy!.Frontier);
        Assert.Equal(At(4, 11), boundaries.TrimmedBy!.TrimThrough);
    }

    [Fact]
    [Trait("Pitfall", "14")]
    public void A_commit_moves_a_follower_only_as_far_as_its_log_is_matched()
    {
        ReplicaBoundaries boundaries = At10();
        boundaries.AppendTo(I(15));

        Assert.True(boundaries.Commit(Commit(4, 20), Match(4, 13)));

        Assert.Equal(I(13), boundaries.Committed);
    }

    [Fact]
    [Trait("Pitfall", "M5")]
    public void A_heartbeat_without_entries_does_not_commit_a_divergent_tail()
    {
        ReplicaBoundaries boundaries = At10();
        boundaries.AppendTo(I(15));

        // The leader's log agrees through 10; what follows here is another leader's branch.
        LogMatch match = LogMatch.TryProve(At(4, 10), At(4, 10), Le(5), through: I(10))!;
        Assert.False(boundaries.Commit(Commit(5, 15), match));

        Assert.Equal(I(10), boundaries.Committed);
    }

    [Fact]
    public void A_commit_never_moves_back()
    {
        ReplicaBoundaries boundaries = At10();

        Assert.False(boundaries.Commit(Commit(4, 7), Match(4, 10)));
        Assert.Equal(I(10), boundaries.Committed);
        Assert.Equal(At(4, 10), boundaries.CommittedBy!.Frontier);
    }

    [Fact]
    public void A_match_with_an_older_leader_says_nothing_about_a_newer_leaders_commit() =>
        AssertRefused("CertificateValidity", At10(), boundaries =>
        {
            boundaries.Commit(Commit(5, 10), Match(4, 10));
        });

    [Fact]
    public void A_newer_leaders_match_may_be_moved_by_an_older_leaders_commit()
    {
        ReplicaBoundaries boundaries = At10();
        boundaries.AppendTo(I(12));

        Assert.True(boundaries.Commit(Commit(4, 12), Match(6, 12)));
    }

    [Fact]
    public void A_match_beyond_the_log_is_refused() =>
        AssertRefused("BoundaryLattice", At10(), boundaries => boundaries.Commit(Commit(4, 20), Match(4, 11)));

    [Fact]
    public void A_leaders_own_log_matches_itself()
    {
        ReplicaBoundaries boundaries = At10();
        boundaries.AppendTo(I(12));

        Assert.True(boundaries.Commit(Commit(6, 12), LogMatch.OfLeader(Authority(6), I(12))));
        Assert.Equal(I(12), boundaries.Committed);
    }

    [Fact]
    public void Logs_that_differ_before_the_entries_do_not_match()
    {
        Assert.Null(LogMatch.TryProve(At(4, 10), At(3, 10), Le(5), I(12)));
        Assert.Null(LogMatch.TryProve(At(4, 10), default, Le(5), I(12)));
        Assert.Null(LogMatch.TryProve(At(6, 10), At(6, 10), Le(5), I(12)));
        Assert.Null(LogMatch.TryProve(At(4, 10), At(4, 10), Le(5), I(9)));
        Assert.Null(LogMatch.TryProve(default, default, LeaderEpoch.None, I(0)));
        Assert.Equal(I(12), LogMatch.TryProve(default, default, Le(5), I(12))!.Through);
    }

    [Fact]
    public void Pruning_cuts_the_wet_cement_and_never_the_trunk()
    {
        ReplicaBoundaries boundaries = At10();
        boundaries.AppendTo(I(20));
        boundaries.MakeDurable(I(18));

        boundaries.PruneBranch(I(14));
        Assert.Equal((I(14), I(14)), (boundaries.Appended, boundaries.Durable));
        boundaries.PruneBranch(I(10));

        AssertRefused("TrunkMonotonicity", boundaries, b => b.PruneBranch(I(9)));
        AssertRefused("BoundaryLattice", boundaries, b => b.PruneBranch(I(11)));
    }

    [Fact]
    public void Durable_may_lag_behind_committed_on_one_replica()
    {
        var boundaries = new ReplicaBoundaries(Group, Incarnation);
        boundaries.AppendTo(I(5));

        Assert.True(boundaries.Commit(Commit(4, 5), Match(4, 5)));
        boundaries.ApplyTo(I(5));

        Assert.Equal(LogIndex.Zero, boundaries.Durable);
    }

    [Fact]
    public void What_neither_the_log_nor_a_snapshot_makes_durable_cannot_be_trimmed()
    {
        var boundaries = new ReplicaBoundaries(Group, Incarnation);
        boundaries.AppendTo(I(5));
        boundaries.Commit(Commit(4, 5), Match(4, 5));
        boundaries.ApplyTo(I(5));

        AssertRefused("BoundaryLattice", boundaries, b => b.Trim(Trim(4, 3)));
        boundaries.SaveSnapshot(Snapshot(4, 3));
        boundaries.Trim(Trim(4, 3));
        Assert.Equal(At(4, 3), boundaries.TrimmedThrough);
    }

    [Fact]
    public void Frontiers_do_not_fall_and_do_not_pass_each_other()
    {
        AssertRefused("BoundaryLattice", At10(), b => b.AppendTo(I(9)));
        AssertRefused("BoundaryLattice", At10(), b => b.MakeDurable(I(9)));
        AssertRefused("BoundaryLattice", At10(), b => b.MakeDurable(I(11)));
        AssertRefused("BoundaryLattice", At10(), b => b.ApplyTo(I(9)));
        AssertRefused("BoundaryLattice", At10(), b => b.ApplyTo(I(11)));
        AssertRefused("BoundaryLattice", At10(), b => b.StabilizeRead(I(11)));
        AssertRefused("BoundaryLattice", At10(), b => b.SaveSnapshot(Snapshot(4, 11)));
        AssertRefused("BoundaryLattice", At10(), b => b.Trim(Trim(4, 11)));
    }

    [Fact]
    public void A_trim_does_not_go_back()
    {
        ReplicaBoundaries boundaries = At10();
        boundaries.Trim(Trim(4, 8));

        AssertRefused("TrimSafety", boundaries, b => b.Trim(Trim(4, 7)));
        AssertRefused("TrimSafety", boundaries, b => b.Trim(Trim(3, 9)));
        boundaries.Trim(Trim(4, 8));
    }

    [Fact]
    [Trait("Pitfall", "11")]
    public void Proofs_of_another_group_or_incarnation_move_nothing()
    {
        GroupConfiguration other = GroupConfiguration.Create(
            Group, new GroupIncarnation(0xdef), ConfigEpoch.Founding, Configuration().Members, MajorityOf(3), Configuration().FailureModel);
        CommitCertificate foreign = CommitCertificate.TryProve(CommitEvidence(other, At(4, 10), 1, 2), other)!;
        VerifiedStateSnapshot snapshot = Verified(SnapshotHeader(4, 20) with { Group = new GroupId(8) });

        AssertRefused("CertificateValidity", At10(), b => b.Commit(foreign, Match(4, 10)));
        AssertRefused("CertificateValidity", At10(), b => b.InstallSnapshot(snapshot));
        AssertRefused("CertificateValidity", At10(), b => b.SaveSnapshot(snapshot));
        Assert.Throws<InvariantViolationException>(() => ReplicaBoundaries.Recover(Group, Incarnation, default, snapshot, I(0)));
    }

    [Fact]
    [Trait("Seed", "4.4")]
    public void An_installed_snapshot_moves_everything_and_empties_the_log()
    {
        ReplicaBoundaries boundaries = At10();
        boundaries.AppendTo(I(30));

        boundaries.InstallSnapshot(Snapshot(5, 25));

        Assert.Equal(new BoundariesView(I(25), I(25), I(25), I(25), At(5, 25), I(0), I(25)), boundaries.View);
    }

    [Fact]
    [Trait("Pitfall", "M14")]
    public void The_log_after_a_snapshot_survives_only_on_the_snapshots_own_branch()
    {
        ReplicaBoundaries same = At10();
        same.AppendTo(I(30));
        same.InstallSnapshot(Snapshot(5, 25), localAtSameIndex: At(5, 25));
        Assert.Equal((I(30), I(25), At(5, 25)), (same.Appended, same.Durable, same.TrimmedThrough));

        ReplicaBoundaries other = At10();
        other.AppendTo(I(30));
        other.InstallSnapshot(Snapshot(5, 25), localAtSameIndex: At(4, 25));
        Assert.Equal(I(25), other.Appended);
    }

    [Fact]
    [Trait("Pitfall", "21")]
    public void A_snapshot_is_not_installed_over_newer_state() =>
        AssertRefused("StateMachineSafety", At10(), b => b.InstallSnapshot(Snapshot(4, 10), At(4, 10)));

    [Fact]
    public void A_snapshot_that_conflicts_with_the_known_trunk_is_refused()
    {
        ReplicaBoundaries boundaries = At10();
        boundaries.AppendTo(I(30));
        boundaries.Commit(Commit(5, 28), Match(5, 28));

        AssertRefused("TrunkMonotonicity", boundaries, b => b.InstallSnapshot(Snapshot(5, 25), localAtSameIndex: At(4, 25)));
        boundaries.InstallSnapshot(Snapshot(5, 25), localAtSameIndex: At(5, 25));
        Assert.Equal((I(28), I(25)), (boundaries.Committed, boundaries.Applied));
    }

    [Fact]
    public void Recovery_starts_from_the_snapshot_and_leaves_the_rest_of_the_log_wet()
    {
        ReplicaBoundaries boundaries = ReplicaBoundaries.Recover(Group, Incarnation, At(2, 6), Snapshot(3, 8), I(14), localAtSnapshot: At(3, 8));

        Assert.Equal(new BoundariesView(I(14), I(14), I(8), I(8), At(2, 6), I(0), I(8)), boundaries.View);
    }

    [Fact]
    public void Recovery_without_a_snapshot_applies_the_log_from_its_beginning()
    {
        ReplicaBoundaries boundaries = ReplicaBoundaries.Recover(Group, Incarnation, default, snapshot: null, I(14));

        Assert.Equal(new BoundariesView(I(14), I(14), default, default, default, default, default), boundaries.View);
    }

    [Theory]
    [Trait("Pitfall", "23")]
    [InlineData(5, 0, 0)]
    [InlineData(30, 4, 25)]
    public void A_crash_between_installing_a_snapshot_and_resetting_the_log_ends_in_the_snapshot(ulong logEnd, ulong localEpoch, ulong localIndex)
    {
        ReplicaBoundaries boundaries = ReplicaBoundaries.Recover(
            Group, Incarnation, default, Snapshot(5, 25), I(logEnd), localAtSnapshot: At(localEpoch, localIndex));

        Assert.Equal(new BoundariesView(I(25), I(25), I(25), I(25), At(5, 25), default, I(25)), boundaries.View);
    }

    [Fact]
    public void A_journal_trimmed_beyond_every_snapshot_is_not_recovered_from()
    {
        var broken = Assert.Throws<InvariantViolationException>(() =>
            ReplicaBoundaries.Recover(Group, Incarnation, At(3, 9), Snapshot(3, 8), I(14)));

        Assert.Equal("TrimSafety", broken.Invariant);
    }

    [Fact]
    public void A_fork_goes_its_own_way()
    {
        ReplicaBoundaries boundaries = At10();
        ReplicaBoundaries fork = boundaries.Fork();

        fork.AppendTo(I(11));

        Assert.Equal((I(10), I(11)), (boundaries.Appended, fork.Appended));
        Assert.Same(boundaries.CommittedBy, fork.CommittedBy);
    }

    /// <summary>E = D = A = C = 10, committed by the leader of epoch 4.</summary>
    private static ReplicaBoundaries At10()
    {
        var boundaries = new ReplicaBoundaries(Group, Incarnation);
        boundaries.AppendTo(I(10));
        boundaries.MakeDurable(I(10));
        boundaries.Commit(Commit(4, 10), Match(4, 10));
        boundaries.ApplyTo(I(10));
        return boundaries;
    }

    private static void AssertRefused(string invariant, ReplicaBoundaries boundaries, Action<ReplicaBoundaries> move)
    {
        BoundariesView before = boundaries.View;

        Assert.Equal(invariant, Assert.Throws<InvariantViolationException>(() => move(boundaries)).Invariant);
        Assert.Equal(before, boundaries.View);
    }
}
