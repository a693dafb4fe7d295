using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Scenarios;

namespace ActorPhysics.Simulation.Tests.Scenarios;

/// <summary>Plans as texts: nothing is lost on the way, and nothing that makes no sense is taken in.</summary>
public sealed class SimulationScenarioTests
{
    [Fact]
    public void What_is_written_is_read_back_as_the_same_plan()
    {
        for (ulong seed = 1; seed <= 500; seed++)
        {
            SimulationPlan plan = Swarm.Draw(seed);
            string text = new SimulationScenario("A plot.", plan, Expectation.Clean).ToText();

            SimulationScenario read = SimulationScenario.Parse(text);

            Assert.True(plan.Equals(read.Plan), $"seed {seed} is read back otherwise:\n{text}\n{read.ToText()}");
            Assert.Equal(text, read.ToText());
        }
    }

    [Fact]
    public void Every_kind_of_fault_can_be_written()
    {
        IEnumerable<Type> kinds = typeof(Fault).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Fault)));

        Assert.Equal(kinds.Select(type => type.Name).Order(), FaultPhrases.Kinds.Select(type => type.Name).Order());
        Assert.All(kinds, kind => Assert.Equal(TextForms.Hyphenated(kind.Name), WordOf(kind)));
    }

    [Fact]
    public void A_scenario_says_only_what_differs_from_a_calm_run()
    {
        SimulationPlan plan = Calm.Plan(7) with { Faults = [new Crash(TimeSpan.FromMilliseconds(1200), 1, TimeSpan.FromMicroseconds(300_250))] };

        string text = new SimulationScenario("One crash.\nNo more.", plan, new Expectation(FailureClass.SplitBrain, "ElectionSafety")).ToText();

        Assert.Equal(
            """
            # One crash.
            # No more.

            seed 7
            group majority 3
            clients 3

            at 1200ms crash n2 down 300.25ms

            expect split-brain ElectionSafety

            """.ReplaceLineEndings("\n"),
            text);
    }

    [Fact]
    public void What_a_person_writes_is_understood()
    {
        SimulationScenario scenario = SimulationScenario.Parse(
            """
            # A plot.
            seed 42
            group flexible 5
            options heartbeat 100ms election 600ms..1.2s lease 500ms batch-entries 5   # small batches
            network latency 250us drops 2.5% reorders
            clients 4 think 20ms reads 40% operations 30
            clock n3 start 12s rate -120ppm wall -3s
            run faults 4s
            at 2s partition {n1 n2} from {n3 n4 n5} for 1.5s one-way
            at 1s wall-jump n2 by -20s
            at 3s crash leader down 1s
            expect clean
            """);

        SimulationPlan plan = scenario.Plan;
        Assert.Equal(new GroupShape(5, QuorumShape.Flexible), plan.Group);
        Assert.Equal(TimeSpan.FromSeconds(1.2), plan.Options.ElectionTimeoutMaximum);
        Assert.Equal((25_000, true, TimeSpan.FromMicroseconds(250)), (plan.Network.DropsPerMillion, plan.Network.Reorders, plan.Network.Latency));
        Assert.Equal(new ClockPlan(TimeSpan.FromSeconds(12), -120, TimeSpan.FromSeconds(-3)), plan.Clocks[2]);
        Assert.Equal<Fault>(
            [
                new WallJump(TimeSpan.FromSeconds(1), 1, TimeSpan.FromSeconds(-20)),
                new Partition(TimeSpan.FromSeconds(2), 0b00011, 0b11100, BothWays: false, TimeSpan.FromSeconds(1.5)),
                new Crash(TimeSpan.FromSeconds(3), Fault.Leader, TimeSpan.FromSeconds(1)),
            ],
            plan.Faults.AsEnumerable());
    }

    [Theory]
    [InlineData("seed 1\nexpect clean", 1, "plot")]
    [InlineData("# P\nexpect clean", 0, "seed")]
    [InlineData("# P\nseed 1", 0, "expect")]
    [InlineData("# P\nseed 1\nseed 2\nexpect clean", 3, "line 2")]
    [InlineData("# P\nseed 1\nweather fine\nexpect clean", 3, "'weather'")]
    [InlineData("# P\nseed 1\nnetwork latency 1\nexpect clean", 3, "duration")]
    [InlineData("# P\nseed 1\nnetwork latency -1ms\nexpect clean", 3, "duration")]
    [InlineData("# P\nseed 1\nnetwork latency 1ms latency 2ms\nexpect clean", 3, "twice")]
    [InlineData("# P\nseed 1\nnetwork drops 101%\nexpect clean", 3, "percentage")]
    [InlineData("# P\nseed 1\noptions heartbeat 1s\nexpect clean", 3, "heartbeat interval")]
    [InlineData("# P\nseed 1\ngroup majority 3\nat 1s crash n4 down 1s\nexpect clean", 4, "3 nodes")]
    [InlineData("# P\nseed 1\nat 1s crash n1\nexpect clean", 3, "'down' is missing")]
    [InlineData("# P\nseed 1\nat 1s explode n1\nexpect clean", 3, "'explode'")]
    [InlineData("# P\nseed 1\nat 1s partition {n1 from {n2} for 1s\nexpect clean", 3, "set of nodes")]
    [InlineData("# P\nseed 1\nat 1s partition {n1 n2\nexpect clean", 3, "brace")]
    [InlineData("# P\nseed 1\nclock n1 rate +1ppm\nclock n1 rate +2ppm\nexpect clean", 4, "line 3")]
    [InlineData("# P\nseed 1\nexpect trouble", 3, "'trouble'")]
    [InlineData("# P\nseed 1\nexpect split-brain ElectionSafety Nonsense", 3, "'Nonsense'")]
    [InlineData("# P\nseed 1\ngroup majority 0\nexpect clean", 3, "nodes")]
    public void What_makes_no_sense_is_refused_with_its_line(string text, int line, string complaint)
    {
        ScenarioFormatException refused = Assert.Throws<ScenarioFormatException>(() => SimulationScenario.Parse(text));

        Assert.Equal(line, refused.Line);
        Assert.Contains(complaint, refused.Message, StringComparison.Ordinal);
    }

    private static string WordOf(Type kind)
    {
        System.Reflection.ConstructorInfo constructor = kind.GetConstructors()[0];
        object?[] blank = [.. constructor.GetParameters().Select(parameter => Activator.CreateInstance(parameter.ParameterType))];
        return FaultPhrases.WordOf((Fault)constructor.Invoke(blank));
    }
}
