using ActorPhysics.Core;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.Workloads;

namespace ActorPhysics.Simulation.Tests.Runs;

/// <summary>Whole runs: they are clean, they are the same each time, and they do something.</summary>
public sealed class SimulationRunTests
{
    [Theory]
    [InlineData(1UL)]
    [InlineData(40UL)]
    [InlineData(147UL)]
    [InlineData(926UL)]
    public void The_same_seed_gives_the_same_run(ulong seed)
    {
        SimulationResult first = SimulationRun.Execute(Swarm.Draw(seed), KeyValueWorkload.Instance);
        SimulationResult second = SimulationRun.Execute(Swarm.Draw(seed), KeyValueWorkload.Instance);

        Assert.Equal(first.TraceHash, second.TraceHash);
        Assert.Equal(first.Counts.Events, second.Counts.Events);
        Assert.True(first.IsClean, first.Diagnosis?.ToString());
    }

    [Fact]
    public void Life_that_comes_back_in_the_last_step_is_life()
    {
        // One of these limits ends in the very step in which the group is served and settled; shorter ones lack life, longer ones do not.
        SimulationPlan plan = Swarm.Draw(1);
        List<string> found = [.. Enumerable.Range(1, 120)
            .Select(steps => SimulationRun.Execute(plan with { LivenessLimit = TimeSpan.FromMilliseconds(50 * steps) }, KeyValueWorkload.Instance))
            .Select(result => result.Diagnosis?.Root.Invariant ?? "clean")
            .Distinct()];

        Assert.Equal([InvariantNames.Liveness, "clean"], found);
    }

    [Fact]
    public void Different_seeds_give_different_runs()
    {
        IEnumerable<ulong> hashes = Enumerable.Range(1, 20).Select(seed => SimulationRun.Execute(Swarm.Draw((ulong)seed), KeyValueWorkload.Instance).TraceHash);

        Assert.Equal(20, hashes.Distinct().Count());
    }
}
