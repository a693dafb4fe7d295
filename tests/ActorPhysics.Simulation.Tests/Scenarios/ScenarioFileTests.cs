using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.Scenarios;
using ActorPhysics.Simulation.Workloads;

namespace ActorPhysics.Simulation.Tests.Scenarios;

/// <summary>The files in tests/scenarios/simulation come to what they say.</summary>
public sealed class ScenarioFileTests
{
    private static string Folder => Path.Combine(Path.GetDirectoryName(typeof(ScenarioFileTests).Assembly.Location)!, "scenarios");

    public static TheoryData<string> Names =>
        [.. Directory.EnumerateFiles(Folder, "*.scenario").Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Comes_to_what_it_says(string name)
    {
        SimulationScenario scenario = SimulationScenario.Parse(File.ReadAllText(Path.Combine(Folder, $"{name}.scenario")));
        Assert.Equal(KeyValueWorkload.Instance.Name, scenario.Workload);

        SimulationResult result = scenario.Run(KeyValueWorkload.Instance);

        Assert.Null(scenario.Expected.Complaint(result.Diagnosis));
    }
}
