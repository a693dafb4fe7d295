using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.Workloads;

namespace ActorPhysics.Simulation.Scenarios;

/// <summary>
/// A plan as a text that a person can read and edit, with its plot and what it must come to. What the text does not say is as in
/// <see cref="Calm"/>. Written and read back, a plan is the same to the microsecond. tests/scenarios/simulation/README.md has the words.
/// </summary>
/// <param name="Plot">What happens and why that matters; the comment lines that open the file.</param>
/// <param name="Workload">The name of what its clients do.</param>
public sealed record SimulationScenario(string Plot, SimulationPlan Plan, Expectation Expected, string Workload = SimulationScenario.UsualWorkload)
{
    /// <summary>The workload that the command line has.</summary>
    public const string UsualWorkload = "kv";

    /// <exception cref="ScenarioFormatException">Names the line and what is wrong with it.</exception>
    public static SimulationScenario Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new ScenarioReader().Read(text);
    }

    /// <summary>The scenario that comes to what this run came to.</summary>
    public static SimulationScenario Of(SimulationResult result, IWorkload workload, string plot) =>
        new(plot, result.Plan, Expectation.Of(result.Diagnosis), workload.Name);

    /// <summary>As a file.</summary>
    public string ToText() => ScenarioWriter.Write(this);

    public SimulationResult Run(IWorkload workload) => SimulationRun.Execute(Plan, workload);

    /// <summary>As <see cref="Run(IWorkload)"/>, and writes down what happens.</summary>
    public SimulationResult Run(IWorkload workload, TextWriter log) => SimulationRun.Execute(Plan, workload, log);

    public override string ToString() => ToText();
}
