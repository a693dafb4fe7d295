using ActorPhysics.Core.Causality;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.Traces;
using ActorPhysics.Simulation.Workloads;

namespace ActorPhysics.Simulation.Tests.Traces;

/// <summary>Simulated runs in causal order.</summary>
public sealed class CausalTraceTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_election_happened_after_the_votes_and_before_the_commits(bool encodes)
    {
        SimulationPlan plan = Short(encodes);

        SimulationResult result = ShiVizTrace.Execute(plan, KeyValueWorkload.Instance, out CausalTrace trace);

        Assert.True(result.IsClean, result.Diagnosis?.ToString());
        TraceEvent elected = First(trace, "is Leader in");
        TraceEvent vote = trace.Events.First(happening => happening.Process != elected.Process && happening.Text.Contains("you have my vote", StringComparison.Ordinal));
        TraceEvent committedElsewhere = trace.Events.First(happening => happening.Process != elected.Process && happening.Text.StartsWith("C is ", StringComparison.Ordinal));
        Assert.True(CausalTrace.HappensBefore(vote, elected));
        Assert.True(CausalTrace.HappensBefore(elected, committedElsewhere));
        Assert.False(CausalTrace.HappensBefore(committedElsewhere, elected));
    }

    [Fact]
    public void What_happened_before_a_fault_is_a_consistent_cut_and_more_may_not_be()
    {
        ShiVizTrace.Execute(Short(encodes: false), KeyValueWorkload.Instance, out CausalTrace trace);
        TraceEvent crash = First(trace, "Crash");
        TraceEvent received = trace.Events.First(happening => !happening.Entry.Receives.IsEmpty);

        Assert.Null(trace.ViolationOf(CausalTrace.PastOf(crash)));
        Assert.Null(trace.ViolationOf(trace.LatestCutBefore(crash)));
        Assert.Null(trace.ViolationOf(trace.Whole));

        // Everything that the receiver did, and of the others nothing: its first message comes from nowhere.
        var torn = new Cut(VectorClock.Zero.With(received.Process, new EventNumber((ulong)trace.EventsOf(received.Process).Length)));
        Assert.NotNull(trace.ViolationOf(torn));
        Assert.Null(trace.ViolationOf(trace.LatestConsistentWithin(torn)));
    }

    [Fact]
    public void Recording_changes_nothing_and_the_log_can_be_read_back()
    {
        SimulationPlan plan = Short(encodes: false);
        var log = new StringWriter();

        SimulationResult recorded = ShiVizTrace.Execute(plan, KeyValueWorkload.Instance, log);

        Assert.Equal(SimulationRun.Execute(plan, KeyValueWorkload.Instance).TraceHash, recorded.TraceHash);
        Assert.True(ShiVizLog.TryParse(log.ToString(), out CausalTrace? trace, out string? refusal), refusal);
        Assert.Equal(["r1", "r2", "r3"], trace.Processes.Select(process => process.Value));
    }

    private static TraceEvent First(CausalTrace trace, string text) => trace.Events.First(happening => happening.Text.Contains(text, StringComparison.Ordinal));

    private static SimulationPlan Short(bool encodes) => Calm.Plan(5) with
    {
        Network = Calm.Network with { DuplicatesPerMillion = 50_000, DropsPerMillion = 20_000, Reorders = true, Encodes = encodes },
        FaultPhase = TimeSpan.FromSeconds(2),
        CalmPhase = TimeSpan.FromMilliseconds(100),
        Faults = [new Crash(TimeSpan.FromMilliseconds(1500), 1, TimeSpan.FromMilliseconds(200))],
    };
}
