using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.Scenarios;
using ActorPhysics.Simulation.Shrinking;
using ActorPhysics.Simulation.Workloads;

namespace ActorPhysics.Simulation.Tests.Shrinking;

/// <summary>A failing run is made smaller and stays the same failure.</summary>
public sealed class ShrinkerTests
{
    private static readonly ShrinkBudget Small = new(MostRuns: 80, SeedsPerCandidate: 2);

    [Fact]
    public void A_lying_disk_is_diagnosed_as_data_loss_and_little_else_is_left_of_the_plan()
    {
        SimulationPlan swarm = Swarm.Draw(44);
        SimulationPlan plan = swarm with
        {
            Faults = [.. swarm.Faults.Append(new LyingDisk(TimeSpan.FromSeconds(2), 0, TimeSpan.FromSeconds(3))).OrderBy(fault => fault.At)],
        };
        SimulationResult failing = SimulationRun.Execute(plan, KeyValueWorkload.Instance);
        Assert.Equal(FailureClass.DataLossOnRecovery, failing.Diagnosis?.Class);
        Assert.True(plan.Faults.Length > 5);

        ShrunkFailure shrunk = Shrinker.Shrink(failing, KeyValueWorkload.Instance, Small);

        SimulationPlan smallest = shrunk.Smallest.Plan;
        Assert.Equal(FailureClass.DataLossOnRecovery, shrunk.Smallest.Diagnosis?.Class);
        Assert.Equal(failing.Diagnosis!.Root.Invariant, shrunk.Smallest.Diagnosis!.Root.Invariant);
        Assert.Contains(smallest.Faults, fault => fault is LyingDisk);
        Assert.True(smallest.Faults.Length <= 2, shrunk.Scenario.ToText());
        Assert.True(smallest.FaultPhase < plan.FaultPhase);
        Assert.True(smallest.Clients.Count <= plan.Clients.Count);
        Assert.InRange(shrunk.Runs, 1, Small.MostRuns);
    }

    [Fact]
    public void A_shrunken_failure_replays_from_its_text_and_tells_its_story()
    {
        SimulationResult failing = SimulationRun.Execute(StaleLease(leaseReadsPercent: 100), KeyValueWorkload.Instance);
        Assert.Equal(FailureClass.ReadAnomaly, failing.Diagnosis?.Class);

        ShrunkFailure shrunk = Shrinker.Shrink(failing, KeyValueWorkload.Instance, Small);
        SimulationScenario read = SimulationScenario.Parse(shrunk.Scenario.ToText());
        SimulationResult replayed = read.Run(KeyValueWorkload.Instance);
        var trace = new StringWriter();
        shrunk.WriteTrace(trace);

        Assert.Null(read.Expected.Complaint(replayed.Diagnosis));
        Assert.Equal(shrunk.Smallest.TraceHash, replayed.TraceHash);
        Assert.Contains("!!", trace.ToString(), StringComparison.Ordinal);
        Assert.True(shrunk.Smallest.Counts.Events < failing.Counts.Events, shrunk.Summary);
    }

    [Fact]
    public void A_clock_beyond_its_bound_makes_no_strong_read_stale()
    {
        SimulationResult result = SimulationRun.Execute(StaleLease(leaseReadsPercent: 0), KeyValueWorkload.Instance);

        Assert.True(result.IsClean, result.Diagnosis?.ToString());
    }

    [Fact]
    public void Shrinking_the_same_failure_twice_gives_the_same_plan()
    {
        SimulationResult failing = SimulationRun.Execute(StaleLease(leaseReadsPercent: 100), KeyValueWorkload.Instance);
        var budget = new ShrinkBudget(MostRuns: 12);

        ShrunkFailure first = Shrinker.Shrink(failing, KeyValueWorkload.Instance, budget);
        ShrunkFailure second = Shrinker.Shrink(failing, KeyValueWorkload.Instance, budget);

        Assert.True(first.Smallest.Plan.Equals(second.Smallest.Plan));
        Assert.Equal(first.Runs, second.Runs);
    }

    [Fact]
    public void A_clean_run_cannot_be_made_smaller()
    {
        SimulationResult clean = SimulationRun.Execute(Calm.Plan(1) with { FaultPhase = TimeSpan.FromSeconds(1) }, KeyValueWorkload.Instance);

        Assert.Throws<ArgumentException>(() => Shrinker.Shrink(clean, KeyValueWorkload.Instance));
    }

    /// <summary>The leader's clock all but stands still while it is cut off.</summary>
    private static SimulationPlan StaleLease(int leaseReadsPercent) => Calm.Plan(1) with
    {
        Clients = Calm.Clients with { Count = 6, ThinkTime = TimeSpan.FromMilliseconds(5), ReadsPercent = 60, LeaseReadsPercent = leaseReadsPercent, MisdirectedPercent = 60 },
        Faults =
        [
            new Reconnect(TimeSpan.FromMilliseconds(700), 1, 2),
            new Transfer(TimeSpan.FromSeconds(1), 0),
            new Drift(TimeSpan.FromMilliseconds(1500), 0, -900_000),
            new Partition(TimeSpan.FromSeconds(2), 0b001, 0b110, BothWays: true, TimeSpan.FromSeconds(3)),
            new WallJump(TimeSpan.FromMilliseconds(2_100), 1, TimeSpan.FromSeconds(5)),
        ],
    };
}
