using System.Globalization;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.Scenarios;
using ActorPhysics.Simulation.Workloads;

namespace ActorPhysics.Simulation.Shrinking;

/// <summary>A failing run, and the smallest one found that fails in the same way.</summary>
public sealed class ShrunkFailure
{
    private readonly IWorkload _workload;

    internal ShrunkFailure(SimulationResult original, SimulationResult smallest, IWorkload workload, int runs, int settingsCalmed)
    {
        Original = original;
        Smallest = smallest;
        Runs = runs;
        SettingsCalmed = settingsCalmed;
        _workload = workload;
    }

    public SimulationResult Original { get; }
    public SimulationResult Smallest { get; }

    /// <summary>How many runs it took.</summary>
    public int Runs { get; }

    /// <summary>How many settings of the network, the disks, the clocks, the clients and the protocol have their calm value now.</summary>
    public int SettingsCalmed { get; }

    /// <summary>The smallest run as a file that replays it.</summary>
    public SimulationScenario Scenario => SimulationScenario.Of(Smallest, _workload,
        $"Found by seed {Original.Plan.Seed.ToString(CultureInfo.InvariantCulture)} and made smaller: {Summary}.\n{FirstLine(Smallest.Diagnosis?.ToString() ?? "")}");

    /// <summary>What was taken away, in one line.</summary>
    public string Summary
    {
        get
        {
            SimulationPlan before = Original.Plan;
            SimulationPlan after = Smallest.Plan;
            return string.Create(CultureInfo.InvariantCulture,
                $"in {Runs} runs, faults {before.Faults.Length} to {after.Faults.Length}, clients {before.Clients.Count} to {after.Clients.Count}, nodes {before.Group.Nodes} to {after.Group.Nodes}, operations {Original.History.Operations.Count} to {Smallest.History.Operations.Count}, events {Original.Counts.Events} to {Smallest.Counts.Events}, {SettingsCalmed} settings calm");
        }
    }

    /// <summary>What is thrown tells its stack in further lines, which differ from machine to machine.</summary>
    private static string FirstLine(string text) => text.Split('\n')[0].Trim();

    /// <summary>Runs the smallest plan once more and writes down what happens.</summary>
    public void WriteTrace(TextWriter log) => SimulationRun.Execute(Smallest.Plan, _workload, log);
}
