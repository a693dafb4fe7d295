using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.Scenarios;
using ActorPhysics.Simulation.Shrinking;
using ActorPhysics.Simulation.Spaces;
using ActorPhysics.Simulation.Traces;
using ActorPhysics.Simulation.Workloads;

namespace ActorPhysics.Cli.Simulate;

/// <summary>One run that somebody wants to understand: with its story, or made as small as can be.</summary>
internal static class SingleRun
{
    /// <param name="trace">Where to write the story, or null.</param>
    /// <param name="scenario">Where to write the smaller plan of a failing run, or null.</param>
    public static int OfSeed(SimulationPlan plan, string? trace, bool shiviz, string? scenario)
    {
        SimulationResult result = Run(plan, trace, shiviz);
        string verdict = result.Diagnosis is { } diagnosis ? $": {diagnosis}" : result.Undecided is { } open ? $": undecided: {open}" : " is clean";
        Console.WriteLine($"seed {plan.Seed}{verdict}, trace hash {result.TraceHash:x16}");
        if (scenario is not null && result.Diagnosis is not null)
        {
            ShrunkFailure shrunk = Shrinker.Shrink(result, KeyValueWorkload.Instance);
            File.WriteAllText(scenario, shrunk.Scenario.ToText());
            Console.WriteLine($"{shrunk.Summary}; the plan is in {scenario}");
        }

        return result.IsClean ? ExitCodes.Done : ExitCodes.Failed;
    }

    /// <param name="trace">Where to write the story.</param>
    public static int OfSpace(SpacePlan plan, string trace)
    {
        using StreamWriter output = File.CreateText(trace);
        SpaceResult result = SpaceRun.Execute(plan, output);
        Console.WriteLine(result.Outcome.Diagnosis is { } diagnosis
            ? $"seed {plan.World.Seed}: {diagnosis}"
            : $"seed {plan.World.Seed} is clean, {result.Groups} groups, {result.Handoffs} handoffs, {result.ReplicasMoved} replicas moved, {result.Redirected} redirections, trace hash {result.Outcome.TraceHash:x16}");
        return result.Outcome.IsClean ? ExitCodes.Done : ExitCodes.Failed;
    }

    /// <returns>Done when the run ended as the file says it must.</returns>
    public static int OfScenario(string file, string? trace, bool shiviz)
    {
        SimulationScenario scenario = SimulationScenario.Parse(File.ReadAllText(file));
        if (scenario.Workload != SimulationScenario.UsualWorkload)
        {
            throw new FormatException($"{file} is for the workload '{scenario.Workload}', which lives in the test that wrote it");
        }

        SimulationResult result = Run(scenario.Plan, trace, shiviz);
        string? complaint = scenario.Expected.Complaint(result.Diagnosis) ?? result.Undecided;
        Console.WriteLine(complaint ?? $"as expected: {result.Diagnosis?.ToString() ?? "clean"}, trace hash {result.TraceHash:x16}");
        return complaint is null ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static SimulationResult Run(SimulationPlan plan, string? trace, bool shiviz)
    {
        if (trace is null)
        {
            return SimulationRun.Execute(plan, KeyValueWorkload.Instance);
        }

        using StreamWriter output = File.CreateText(trace);
        return shiviz ? ShiVizTrace.Execute(plan, KeyValueWorkload.Instance, output) : SimulationRun.Execute(plan, KeyValueWorkload.Instance, output);
    }
}
