using ActorPhysics.Protocol.Line;
using ActorPhysics.Simulation.Exploration;

namespace ActorPhysics.Simulation.Tests.Exploration;

/// <summary>What the search leaves out loses nothing: the replicas come into the same situations without it, and mistakes are found with it.</summary>
public sealed class ReductionTests
{
    private static readonly ExplorationLimits OneWorker = new() { Workers = 1 };
    private static readonly ExplorationScope Small = new() { Epochs = 2, Commands = 0, Crashes = 0, Symmetry = false };

    [Theory]
    [InlineData("two epochs")]
    [InlineData("a command")]
    [InlineData("a command and a crash")]
    [InlineData("two epochs, a crash")]
    [InlineData("two epochs, a command")]
    [InlineData("three epochs")]
    [InlineData("two replicas, two epochs, a crash")]
    [InlineData("two replicas, three epochs, a command")]
    [InlineData("one entry an append")]
    [Trait("Design", "12")]
    public void The_replicas_come_into_the_same_situations_with_and_without_reductions(string name)
    {
        ExplorationScope scope = Scopes(name);
        var reduced = new Explorer(scope, OneWorker);
        var whole = new Explorer(scope with { Reductions = false }, OneWorker);
        ExplorationReport fewer = reduced.Run();
        ExplorationReport all = whole.Run();

        Assert.Equal(ExplorationVerdict.Exhausted, fewer.Verdict);
        Assert.Equal(ExplorationVerdict.Exhausted, all.Verdict);
        Assert.True(fewer.Progress.Distinct < all.Progress.Distinct, $"{fewer.Progress.Distinct} of {all.Progress.Distinct}");
        SortedSet<string> expected = whole.Situations();
        Assert.True(expected.Count > 50);
        SortedSet<string> reached = reduced.Situations();
        Assert.Equal("", string.Join('\n', expected.Except(reached)));
        Assert.Equal("", string.Join('\n', reached.Except(expected)));
    }

    [Theory]
    [InlineData("bounded")]
    [InlineData("bounded, a crash, a duplicate")]
    [InlineData("a voter replaced")]
    [Trait("Design", "12")]
    public void In_a_bounded_network_reductions_only_make_room_for_more(string name)
    {
        ExplorationScope scope = Scopes(name);
        var reduced = new Explorer(scope, OneWorker);
        var whole = new Explorer(scope with { Reductions = false }, OneWorker);
        reduced.Run();
        whole.Run();

        Assert.Equal("", string.Join('\n', whole.Situations().Except(reduced.Situations())));
    }

    [Theory]
    [InlineData(nameof(Broken.GrantsEveryVote))]
    [InlineData(nameof(Broken.ForgetsItsVoteAtRestart))]
    [InlineData(nameof(Broken.AcknowledgesBeforeDurable))]
    [Trait("Design", "12")]
    public void A_mistake_is_found_with_and_without_reductions_in_no_more_steps(string name)
    {
        StepperFactory broken = name switch
        {
            nameof(Broken.GrantsEveryVote) => Broken.GrantsEveryVote,
            nameof(Broken.ForgetsItsVoteAtRestart) => Broken.ForgetsItsVoteAtRestart,
            _ => Broken.AcknowledgesBeforeDurable,
        };
        foreach (NetworkModel network in Enum.GetValues<NetworkModel>())
        {
            ExplorationScope scope = new() { Epochs = 1, Commands = 0, Crashes = 1, Network = network };
            ExplorationReport reduced = new Explorer(scope, OneWorker, broken).Run();
            ExplorationReport whole = new Explorer(scope with { Reductions = false }, OneWorker, broken).Run();

            Assert.NotNull(whole.Violation);
            Assert.Equal(whole.Violation.Invariant, reduced.Violation?.Invariant);
            Assert.InRange(reduced.Trace.Length, 1, whole.Trace.Length);
        }
    }

    /// <summary>
    /// States that are taken for one go on alike, so it does not matter which of them is met first. In a change of members it did, while such that differ in names
    /// only were taken for one.
    /// </summary>
    [Theory]
    [InlineData("two epochs, a crash")]
    [InlineData("two epochs, a command")]
    [InlineData("bounded, a crash, a duplicate")]
    [InlineData("a voter replaced, a crash")]
    [Trait("Design", "12")]
    public void Which_of_like_states_stands_for_all_makes_no_difference(string name)
    {
        ExplorationScope scope = Scopes(name) with { Symmetry = true };
        long[] counts = [.. Enumerable.Range(1, 4).Select(salt => new Explorer(
            scope, OneWorker, (id, options, recovered) => new SaltedReplica(new LineReplica(id, options, recovered, randomSeed: 1), (ulong)salt)).Run().Progress.Distinct)];

        Assert.All(counts, count => Assert.Equal(counts[0], count));
    }

    private static ExplorationScope Scopes(string name) => name switch
    {
        "two epochs" => Small,
        "a command" => Small with { Epochs = 1, Commands = 1 },
        "a command and a crash" => Small with { Epochs = 1, Commands = 1, Crashes = 1 },
        "two epochs, a crash" => Small with { Crashes = 1 },
        "two epochs, a command" => Small with { Commands = 1 },
        "three epochs" => Small with { Epochs = 3 },
        "two replicas, two epochs, a crash" => Small with { Replicas = 2, Crashes = 1 },
        "two replicas, three epochs, a command" => Small with { Replicas = 2, Epochs = 3, Commands = 1 },
        "one entry an append" => Small with { Replicas = 2, Epochs = 3, Commands = 1, BatchEntries = 1 },
        "a voter replaced" => ExplorationScope.JointChange with { InFlight = 3, Crashes = 0, Symmetry = false },
        "a voter replaced, a crash" => ExplorationScope.JointChange with { Epochs = 1, InFlight = 3 },
        "bounded" => Small with { Network = NetworkModel.Bounded, InFlight = 3 },
        "bounded, a crash, a duplicate" => Small with { Epochs = 1, Commands = 1, Crashes = 1, Duplicates = 1, Network = NetworkModel.Bounded },
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };
}
