using ActorPhysics.Protocol.Line;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.Workloads;

namespace ActorPhysics.Simulation.Tests.Runs;

/// <summary>Groups that nobody asks anything, with the shipped actors, journals and timers in simulated time.</summary>
public sealed class SilenceTests
{
    private static readonly LineOptions Quiescent = new() { QuiesceAfter = TimeSpan.FromMilliseconds(200), WakeSpread = TimeSpan.FromMilliseconds(300) };

    [Fact]
    public void A_silent_group_sends_no_message_and_sets_no_timer_however_long_it_lasts()
    {
        SimulationResult brief = Run(Idle(TimeSpan.FromSeconds(10)));
        SimulationResult lasting = Run(Idle(TimeSpan.FromMinutes(10)));

        // Every message, every timer and every write is an event of the world.
        Assert.Equal(brief.Counts.MessagesSent, lasting.Counts.MessagesSent);
        Assert.Equal(brief.Counts.Events, lasting.Counts.Events);
        Assert.Contains("group fell silent", lasting.Marks.Hit);
    }

    [Fact]
    public void Without_quiescence_the_same_group_is_never_silent()
    {
        SimulationResult brief = Run(Idle(TimeSpan.FromSeconds(10)) with { Options = new LineOptions() });
        SimulationResult lasting = Run(Idle(TimeSpan.FromSeconds(20)) with { Options = new LineOptions() });

        Assert.True(lasting.Counts.MessagesSent >= brief.Counts.MessagesSent + 700, $"{brief.Counts.MessagesSent} and {lasting.Counts.MessagesSent} messages");
    }

    [Fact]
    public void The_death_of_the_leaders_node_wakes_a_silent_group_that_nobody_asks_anything()
    {
        SimulationResult result = Run(Idle(TimeSpan.FromSeconds(30)) with { Faults = [new Crash(TimeSpan.FromSeconds(10), Fault.Leader, TimeSpan.FromSeconds(15))] });

        Assert.Equal(2, result.Counts.Elections);
    }

    [Fact]
    public void A_leader_whose_connections_are_half_dead_is_replaced_once_that_is_noticed()
    {
        SimulationResult result = Run(Idle(TimeSpan.FromSeconds(30)) with
        {
            Faults = [new Partition(TimeSpan.FromSeconds(10), 0, 7, BothWays: false, TimeSpan.FromSeconds(15))],
        });

        Assert.Equal(2, result.Counts.Elections);
    }

    [Fact]
    public void Requests_far_apart_find_a_silent_group_each_time_and_are_answered()
    {
        SimulationPlan plan = Idle(TimeSpan.FromSeconds(60));
        SimulationResult result = Run(plan with { Clients = plan.Clients with { MostOperations = int.MaxValue, ThinkTime = TimeSpan.FromSeconds(3), LeaseReadsPercent = 50 } });

        Assert.True(result.Counts.Ok > 10, $"{result.Counts.Ok} operations");
        Assert.Equal(0, result.Counts.Unknown);
        Assert.Equal(1, result.Counts.Elections);
        Assert.Contains("lease refused", result.Marks.Hit);
    }

    private static SimulationPlan Idle(TimeSpan phase) => Calm.Plan(7) with
    {
        Options = Quiescent,
        Clients = Calm.Clients with { Count = 1, MostOperations = 3 },
        FaultPhase = phase,
    };

    private static SimulationResult Run(SimulationPlan plan)
    {
        SimulationResult result = SimulationRun.Execute(plan, KeyValueWorkload.Instance);
        Assert.True(result.IsClean, result.Diagnosis?.ToString());
        return result;
    }
}
