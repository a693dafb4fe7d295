using ActorPhysics.Checking;
using ActorPhysics.Checking.Linearizability;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.Workloads;

namespace ActorPhysics.Simulation.Tests.Workloads;

/// <summary>The judge that looks for a legal order of what clients saw.</summary>
public sealed class OrderJudgeTests
{
    private static readonly SimulationResult Ran = SimulationRun.Execute(Calm.Plan(3, new GroupShape(3)), KeyValueWorkload.Instance);

    [Fact]
    public void A_history_that_is_searched_to_the_end_is_decided()
    {
        Judgement judged = OrderJudge.Judge(KeyValueWorkload.Instance, Ran.History, SearchOptions.Default);

        Assert.Empty(judged.Evidence);
        Assert.Null(judged.Undecided);
        Assert.True(Ran.IsClean, Ran.Diagnosis?.ToString());
    }

    [Fact]
    public void A_history_that_exceeds_the_memory_is_undecided_and_says_why()
    {
        Judgement judged = OrderJudge.Judge(KeyValueWorkload.Instance, Ran.History, new SearchOptions { Budget = CheckBudget.Default with { MemoryBytes = 0 } });

        Assert.Empty(judged.Evidence);
        Assert.Contains("memory", judged.Undecided, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_could_not_be_decided_is_not_clean()
    {
        SimulationResult undecided = SimulationRun.Execute(Ran.Plan, new Hesitant());

        Assert.Null(undecided.Diagnosis);
        Assert.Equal("it is late", undecided.Undecided);
        Assert.False(undecided.IsClean);
    }

    /// <summary>As the usual workload, and never comes to a verdict.</summary>
    private sealed class Hesitant : IWorkload
    {
        public string Name => KeyValueWorkload.Instance.Name;
        public Actors.StateMachines.StateMachineDefinition Machine => KeyValueWorkload.Instance.Machine;
        public bool HasQueries => KeyValueWorkload.Instance.HasQueries;
        public DrawnOperation Draw(Randomness.SeededRandom random, int client, ulong number, bool read) => KeyValueWorkload.Instance.Draw(random, client, number, read);
        public Judgement Judge(ClientHistory history) => new([], "it is late");
    }
}
