using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.Shrinking;
using ActorPhysics.Simulation.TestKit;

namespace ActorPhysics.Simulation.Tests.TestKit;

/// <summary>The test kit: it passes machines that keep the contract and finds out those that do not.</summary>
public sealed class SimulationTestTests
{
    private static readonly string[] Names = ["a", "b", "c", "d"];
    private static int _outside;

    [Fact]
    public void A_machine_that_keeps_the_contract_passes()
    {
        SimulationSummary summary = TestOf(() => new Tally())
            .Always("sums do not fall", new SumOf("a"), sum => sum >= 0)
            .Twice()
            .Seeds(1, 4)
            .Run();

        Assert.Equal(4, summary.Seeds);
        Assert.True(summary.Answered > 100, summary.ToString());
        Assert.NotEmpty(summary.FaultKinds);
    }

    [Fact]
    public void A_machine_may_compute_from_its_context()
    {
        SimulationSummary summary = SimulationTest.Of(() => new WhereAmI())
            .Drawing((_, _, number) => new Add("x", (int)number))
            .Seeds(1, 3)
            .Run();

        Assert.True(summary.Answered > 0);
    }

    [Theory]
    [InlineData(typeof(TallyByTheClock), "look for the clock")]
    [InlineData(typeof(SharedTally), "static fields")]
    [InlineData(typeof(ForgetfulTally), "Restore does not bring back")]
    [InlineData(typeof(HashOrderedTally), "the order of dictionaries")]
    [InlineData(typeof(ThrowingTally), "Apply threw")]
    [InlineData(typeof(UnreadableTally), "Restore")]
    public void A_machine_that_breaks_the_contract_is_found_and_its_author_told_where_to_look(Type machine, string advice)
    {
        SimulationFailedException failure = Assert.Throws<SimulationFailedException>(
            () => TestOf(() => (Tally)Activator.CreateInstance(machine)!).Shrinking(null).Run());

        Assert.Contains(advice, failure.Message, StringComparison.Ordinal);
        Assert.Contains($"ACTORPHYSICS_SEED={failure.Seed}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_that_is_wrong_in_the_same_way_everywhere_is_found_by_a_specification()
    {
        SimulationTest<Add, long, SumOf, long> test = TestOf(() => new DoubleTally()).Shrinking(null).Seeds(1, 1);

        Assert.True(test.Run().Answered > 0);
        SimulationFailedException failure = Assert.Throws<SimulationFailedException>(() => test.JudgedBy(new Sums(0, 0, 0, 0), Specified).Run());

        Assert.Contains("does not do what the specification says", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_specification_of_the_right_machine_agrees_with_it() =>
        Assert.True(TestOf(() => new Tally()).JudgedBy(new Sums(0, 0, 0, 0), Specified, (sums, query) => sums.Of(query.Name)).Seeds(1, 3).Run().Answered > 0);

    [Fact]
    public void A_broken_rule_is_named()
    {
        SimulationFailedException failure = Assert.Throws<SimulationFailedException>(
            () => TestOf(() => new Tally()).Always("nobody has more than 20", new SumOf("b"), sum => sum <= 20).Shrinking(null).Run());

        Assert.Equal("nobody has more than 20", failure.Diagnosis.Root.Invariant);
        Assert.Contains("The machine's own logic is wrong, or the rule is.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_differs_from_run_to_run_is_found_by_running_twice()
    {
        SimulationTest<Add, long, SumOf, long> test = TestOf(() => new Tally())
            .Drawing((_, _, _) => new Add("a", Interlocked.Increment(ref _outside) % 97))
            .Shrinking(null)
            .Seeds(1, 1);

        Assert.True(test.Run().Answered > 0);
        SimulationFailedException failure = Assert.Throws<SimulationFailedException>(() => test.Twice().Run());

        Assert.Contains("two runs of one plan", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_is_made_smaller_and_replays_until_it_is_mended()
    {
        SimulationFailedException failure = Assert.Throws<SimulationFailedException>(
            () => TestOf(() => new ForgetfulTally()).Shrinking(new ShrinkBudget(MostRuns: 60)).Run());
        ShrunkFailure shrunk = failure.Shrunk!;

        Assert.True(shrunk.Smallest.Plan.Faults.Length < shrunk.Original.Plan.Faults.Length, shrunk.Summary);
        Assert.Contains(shrunk.Summary, failure.Message, StringComparison.Ordinal);

        SimulationResult replayed = TestOf(() => new ForgetfulTally()).Play(failure.Scenario!);
        Assert.Equal(shrunk.Smallest.TraceHash, replayed.TraceHash);

        InvalidOperationException mended = Assert.Throws<InvalidOperationException>(() => TestOf(() => new Tally()).Play(failure.Scenario!));
        Assert.Contains("the run is clean", mended.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_seed_replays_with_its_trace()
    {
        var log = new StringWriter();

        SimulationResult first = TestOf(() => new Tally()).Replay(3, log);
        SimulationResult second = TestOf(() => new Tally()).Replay(3);

        Assert.Equal(first.TraceHash, second.TraceHash);
        Assert.Contains("is Leader in", log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_rule_of_several_words_replays_from_its_scenario()
    {
        SimulationTest<Add, long, SumOf, long> test = TestOf(() => new Tally()).Always("nobody has more than 20", new SumOf("b"), sum => sum <= 20).Shrinking(new ShrinkBudget(MostRuns: 20));
        SimulationFailedException failure = Assert.Throws<SimulationFailedException>(() => test.Run());

        Assert.Contains("{nobody has more than 20}", failure.Scenario!, StringComparison.Ordinal);
        Assert.NotNull(test.Play(failure.Scenario!));
        Assert.Throws<ArgumentException>(() => TestOf(() => new Tally()).Always("a {rule} # or none", new SumOf("b"), sum => sum <= 20));
    }

    [Fact]
    public void A_test_in_which_nothing_happens_does_not_pass()
    {
        SimulationTest<Add, long, SumOf, long> idle = TestOf(() => new Tally())
            .With(plan => plan with { Clients = plan.Clients with { MostOperations = 0 } })
            .Seeds(1, 1);

        Assert.Contains("nothing was tested", Assert.Throws<InvalidOperationException>(() => idle.Run()).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => SimulationTest.Of(() => new Tally()).Run());
    }

    /// <summary>Small snapshots, so that restarts restore; short runs.</summary>
    private static SimulationTest<Add, long, SumOf, long> TestOf(Func<Tally> create) => SimulationTest.Of(create, "tally")
        .Drawing((random, _, _) => new Add(random.Pick(Names), random.Below(10)))
        .Asking((random, _, _) => new SumOf(random.Pick(Names)))
        .With(plan => plan with
        {
            FaultPhase = TimeSpan.FromSeconds(5),
            Options = plan.Options with { SnapshotEveryBytes = 600 },
        })
        .Seeds(1, 12);

    private static (Sums State, long Result) Specified(Sums sums, Add command)
    {
        Sums next = sums.Plus(command.Name, command.Amount);
        return (next, next.Of(command.Name));
    }

    private sealed record Sums(long A, long B, long C, long D)
    {
        public long Of(string name) => name switch
        {
            "a" => A,
            "b" => B,
            "c" => C,
            _ => D,
        };

        public Sums Plus(string name, int amount) => name switch
        {
            "a" => this with { A = A + amount },
            "b" => this with { B = B + amount },
            "c" => this with { C = C + amount },
            _ => this with { D = D + amount },
        };
    }
}
