using ActorPhysics.Core;
using ActorPhysics.Simulation.Exploration;

namespace ActorPhysics.Simulation.Tests.Exploration;

/// <summary>
/// Small scopes are exhausted, always with the same count; a stepper with a mistake is caught, by the right invariant, in as few steps as there
/// can be.
/// </summary>
public sealed class ExplorerTests
{
    private static readonly ExplorationLimits OneWorker = new() { Workers = 1 };
    private static readonly ExplorationScope Calm = new() { Epochs = 2, Commands = 0, Crashes = 0 };

    public static TheoryData<string, long> Counts => new()
    {
        { "one epoch", 25 },
        { "one epoch, commands", 3_361 },
        { "two epochs", 363 },
        { "two epochs, a crash", 6_388 },
        { "three epochs", 4_202 },
        { "bounded network", 721 },
        { "bounded network, a duplicate, a drop", 247 },
        { "two replicas", 6_419 },
        { "a voter replaced", 9_959 },
        { "a voter replaced, a crash", 34_789 },
    };

    [Theory]
    [MemberData(nameof(Counts))]
    [Trait("Design", "12")]
    public void A_small_scope_is_exhausted_with_the_same_count_every_time(string name, long expected)
    {
        ExplorationReport report = new Explorer(Scopes(name), OneWorker).Run();

        Assert.Null(report.Violation);
        Assert.Equal(ExplorationVerdict.Exhausted, report.Verdict);
        Assert.Equal(expected, report.Progress.Distinct);
    }

    [Theory]
    [InlineData("refusals")]
    [InlineData("heartbeats")]
    [InlineData("a lagging disk")]
    public void A_small_scope_of_the_wider_models_is_exhausted_and_clean(string name)
    {
        ExplorationReport report = new Explorer(Scopes(name), OneWorker).Run();

        Assert.Null(report.Violation);
        Assert.Equal(ExplorationVerdict.Exhausted, report.Verdict);
    }

    [Fact]
    public void Counts_and_traces_do_not_depend_on_the_workers()
    {
        ExplorationScope scope = Calm with { Commands = 1, Crashes = 1 };
        ExplorationReport one = new Explorer(scope, OneWorker).Run();
        ExplorationReport three = new Explorer(scope, new ExplorationLimits { Workers = 3 }).Run();
        Assert.Equal(one.Progress, three.Progress);

        ExplorationReport found = new Explorer(scope, OneWorker, Broken.AcknowledgesBeforeDurable).Run();
        ExplorationReport foundByThree = new Explorer(scope, new ExplorationLimits { Workers = 3 }, Broken.AcknowledgesBeforeDurable).Run();
        Assert.NotEmpty(found.Trace);
        Assert.True(found.Trace.SequenceEqual(foundByThree.Trace));
    }

    [Fact]
    public void Symmetry_leaves_out_nothing_but_other_names()
    {
        ExplorationReport folded = new Explorer(Calm, OneWorker).Run();
        ExplorationReport whole = new Explorer(Calm with { Symmetry = false }, OneWorker).Run();

        Assert.Equal(folded.Progress.Depth, whole.Progress.Depth);
        Assert.InRange(whole.Progress.Distinct, (folded.Progress.Distinct * 5) + 1, folded.Progress.Distinct * 6);
    }

    [Fact]
    public void Four_replicas_are_as_symmetric_when_one_may_crash()
    {
        ExplorationScope scope = Calm with { Replicas = 4, Epochs = 1, Crashes = 1 };
        ExplorationReport folded = new Explorer(scope, OneWorker).Run();
        ExplorationReport whole = new Explorer(scope with { Symmetry = false }, OneWorker).Run();

        Assert.Equal(folded.Progress.Depth, whole.Progress.Depth);
        Assert.InRange(whole.Progress.Distinct, (folded.Progress.Distinct * 15) + 1, folded.Progress.Distinct * 24);
    }

    [Fact]
    public void In_a_change_of_members_nobody_is_taken_for_another()
    {
        ExplorationScope scope = ExplorationScope.JointChange with { Epochs = 1, Crashes = 0, InFlight = 3 };
        ExplorationReport asked = new Explorer(scope with { Symmetry = true }, OneWorker).Run();
        ExplorationReport whole = new Explorer(scope with { Symmetry = false }, OneWorker).Run();

        Assert.Equal(whole.Progress.Distinct, asked.Progress.Distinct);
    }

    [Fact]
    public void What_a_bounded_network_does_an_unreliable_one_does_too()
    {
        ExplorationScope bounded = Calm with { Network = NetworkModel.Bounded, Duplicates = 1 };

        ExplorationReport within = new Explorer(bounded, OneWorker, Broken.GrantsEveryVote).Run();
        ExplorationReport beyond = new Explorer(Calm, OneWorker, Broken.GrantsEveryVote).Run();

        Assert.Equal(InvariantNames.ElectionSafety, within.Violation?.Invariant);
        Assert.Equal(InvariantNames.ElectionSafety, beyond.Violation?.Invariant);
        Assert.InRange(beyond.Trace.Length, 1, within.Trace.Length);
    }

    [Fact]
    public void A_limit_ends_the_search_and_says_so()
    {
        ExplorationReport report = new Explorer(new ExplorationScope(), new ExplorationLimits { Workers = 1, MaximumStates = 1_000 }).Run();

        Assert.Equal(ExplorationVerdict.BoundReached, report.Verdict);
        Assert.Contains("1000 states", report.Bound, StringComparison.Ordinal);
        Assert.True(report.Progress.Frontier > 0);
    }

    [Fact]
    public void A_scope_that_makes_no_sense_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new Explorer(new ExplorationScope { Replicas = 6 }));
        Assert.Throws<ArgumentException>(() => new Explorer(new ExplorationScope { Epochs = 0 }));
        Assert.Throws<ArgumentException>(() => new Explorer(new ExplorationScope { InFlight = 0 }));
        Assert.Throws<ArgumentException>(() => new Explorer(new ExplorationScope { DiskLag = true }));
        Assert.Throws<ArgumentException>(() => new Explorer(new ExplorationScope { Replaced = 4 }));
        Assert.Throws<ArgumentException>(() => new Explorer(new ExplorationScope { Replicas = 5, Replaced = 2 }));
    }

    private static ExplorationScope Scopes(string name) => name switch
    {
        "one epoch" => Calm with { Epochs = 1 },
        "one epoch, commands" => Calm with { Epochs = 1, Commands = 2 },
        "two epochs" => Calm,
        "two epochs, a crash" => Calm with { Crashes = 1 },
        "refusals" => Calm with { Epochs = 1, Refusals = true },
        "three epochs" => Calm with { Epochs = 3 },
        "heartbeats" => Calm with { Epochs = 1, Heartbeats = 1 },
        "a lagging disk" => Calm with { Epochs = 1, DiskLag = true, Crashes = 1, Network = NetworkModel.Bounded, InFlight = 2 },
        "bounded network" => Calm with { Network = NetworkModel.Bounded, InFlight = 3 },
        "bounded network, a duplicate, a drop" => Calm with { Epochs = 1, Network = NetworkModel.Bounded, Duplicates = 1, Drops = 1 },
        "a voter replaced" => ExplorationScope.JointChange with { Epochs = 1, Crashes = 0 },
        "a voter replaced, a crash" => ExplorationScope.JointChange with { Epochs = 1, InFlight = 3 },
        "two replicas" => new ExplorationScope { Replicas = 2, Epochs = 2 },
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };
}
