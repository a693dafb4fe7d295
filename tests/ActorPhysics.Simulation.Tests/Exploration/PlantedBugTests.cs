using ActorPhysics.Core;
using ActorPhysics.Simulation.Exploration;

namespace ActorPhysics.Simulation.Tests.Exploration;

/// <summary>Each mistake breaks the invariant that it should, and the trace that shows it is a shortest one.</summary>
public sealed class PlantedBugTests
{
    private static readonly ExplorationLimits OneWorker = new() { Workers = 1 };

    [Fact]
    [Trait("Seed", "4.2")]
    public void A_voter_that_grants_every_vote_elects_two_leaders()
    {
        ExplorationReport report = Explore(new ExplorationScope { Epochs = 1, Commands = 0, Crashes = 0 }, Broken.GrantsEveryVote);

        Assert.Equal(InvariantNames.ElectionSafety, report.Violation?.Invariant);

        // Two candidates; the third replica hears both; both are told: one of them leads after the first answer, the other after the second.
        Assert.Equal(6, report.Trace.Length);
    }

    [Fact]
    [Trait("Seed", "4.2")]
    public void A_voter_that_forgets_its_vote_at_restart_elects_two_leaders()
    {
        ExplorationReport report = Explore(new ExplorationScope { Epochs = 1, Commands = 0, Crashes = 1 }, Broken.ForgetsItsVoteAtRestart);

        Assert.Equal(InvariantNames.ElectionSafety, report.Violation?.Invariant);
        Assert.Contains(report.Trace, step => step.What.Contains("restarts", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Seed", "4.1")]
    public void A_follower_that_acknowledges_before_it_is_durable_loses_the_trunk_with_its_power()
    {
        ExplorationReport report = Explore(new ExplorationScope { Epochs = 1, Commands = 0, Crashes = 1 }, Broken.AcknowledgesBeforeDurable);

        Assert.Equal(InvariantNames.CommitQuorumDurability, report.Violation?.Invariant);

        // Elected in three steps; the append arrives and the power fails; the acknowledgement arrives.
        Assert.Equal(5, report.Trace.Length);
    }

    [Fact]
    [Trait("Seed", "4.3")]
    public void A_leader_that_counts_copies_of_an_earlier_epoch_is_caught_in_the_scope_of_figure_8()
    {
        ExplorationReport report = Explore(ExplorationScope.FigureEight, Broken.CommitsByCounting);

        Assert.NotNull(report.Violation);
        Assert.Equal(InvariantNames.LeaderCompleteness, report.Violation.Invariant);
        Assert.Contains("(1, 1)", report.Violation.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Seed", "4.3")]
    public void One_epoch_less_hides_what_figure_8_shows()
    {
        ExplorationReport report = Explore(ExplorationScope.FigureEight with { Epochs = 3 }, Broken.CommitsByCounting);

        Assert.Equal(ExplorationVerdict.Exhausted, report.Verdict);
    }

    [Fact]
    public void A_trace_is_drawn_with_a_column_for_each_replica()
    {
        ExplorationReport report = Explore(new ExplorationScope { Epochs = 1, Commands = 0, Crashes = 0 }, Broken.GrantsEveryVote);

        string[] lines = SequenceDiagram.Draw(report.Trace, replicas: 3).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(report.Trace.Length + 1, lines.Length);
        Assert.Equal("     r1      r2      r3      ", lines[0]);
        Assert.Contains(lines, line => line.Contains("->", StringComparison.Ordinal) && line.Contains("VoteRequest", StringComparison.Ordinal));
        Assert.Contains("VoteAnswer le1 granted", lines[^1], StringComparison.Ordinal);
    }

    private static ExplorationReport Explore(ExplorationScope scope, StepperFactory broken) => new Explorer(scope, OneWorker, broken).Run();
}
