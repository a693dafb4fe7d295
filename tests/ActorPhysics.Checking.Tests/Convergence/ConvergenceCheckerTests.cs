using System.Collections.Immutable;
using ActorPhysics.Checking.Convergence;
using ActorPhysics.Checking.Histories;

namespace ActorPhysics.Checking.Tests.Convergence;

public sealed class ConvergenceCheckerTests
{
    [Fact]
    public void Replicas_in_the_same_state_have_converged()
    {
        ConvergenceReport report = ConvergenceChecker.Check([Whole("a", ("x", 1), ("y", 2)), Whole("b", ("y", 2), ("x", 1)), Part("c", ("x", 1))]);

        Assert.Equal(Verdict.Holds, report.Verdict);
        Assert.Empty(report.Divergences);
    }

    [Fact]
    public void A_replica_that_differs_is_named_with_its_keys()
    {
        ConvergenceReport report = ConvergenceChecker.Check([Whole("a", ("x", 1), ("y", 2)), Whole("b", ("x", 3), ("y", 2)), Whole("c", ("x", 1))]);

        Assert.Equal(Verdict.Violated, report.Verdict);
        Assert.Equal(["x: 1 at a, c; 3 at b", "y: 2 at a, b; nil at c"], report.Divergences.Select(divergence => divergence.ToString()));
    }

    [Fact]
    public void A_key_that_was_not_read_of_a_replica_says_nothing_of_it() =>
        Assert.Equal(Verdict.Holds, ConvergenceChecker.Check([Part("a", ("x", 1), ("y", 2)), Part("b", ("x", 1))]).Verdict);

    [Fact]
    public void Nothing_to_compare_is_undecided()
    {
        Assert.Equal(Verdict.Undecided, ConvergenceChecker.Check([Whole("a", ("x", 1))]).Verdict);
        Assert.Equal(Verdict.Undecided, ConvergenceChecker.Check([Part("a", ("x", 1)), Part("b", ("y", 1))]).Verdict);
        Assert.Equal(Verdict.Holds, ConvergenceChecker.Check([Whole("a"), Whole("b")]).Verdict);
    }

    private static ReplicaState Whole(string replica, params (string Key, int Value)[] keys) => Part(replica, keys) with { IsWhole = true };

    private static ReplicaState Part(string replica, params (string Key, int Value)[] keys) =>
        new(replica, keys.ToImmutableSortedDictionary(pair => Value.Of(pair.Key), pair => Value.Of(pair.Value)), IsWhole: false);
}
