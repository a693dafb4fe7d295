using System.Globalization;
using System.Text;
using ActorPhysics.Simulation.Plans;

namespace ActorPhysics.Simulation.Scenarios;

/// <summary>Writes a scenario, saying only what differs from a calm run.</summary>
internal static class ScenarioWriter
{
    public static string Write(SimulationScenario scenario)
    {
        SimulationPlan plan = scenario.Plan;
        SimulationPlan calm = Calm.Plan(plan.Seed, plan.Group);
        var text = new StringBuilder();
        foreach (string line in scenario.Plot.Split('\n'))
        {
            text.Append(string.Create(CultureInfo.InvariantCulture, $"# {line.Trim()}").TrimEnd()).Append('\n');
        }

        text.Append('\n');
        Say(text, "seed", TextForms.Seed.Write(plan.Seed));
        Say(text, "workload", scenario.Workload == SimulationScenario.UsualWorkload ? "" : TextForms.Name(scenario.Workload));
        Say(text, "group", PlanPhrases.Group.Write(plan.Group, Calm.Group));
        Say(text, "options", PlanPhrases.Options.Write(plan.Options, calm.Options));
        Say(text, "network", PlanPhrases.Network.Write(plan.Network, calm.Network));
        Say(text, "disk", PlanPhrases.Disk.Write(plan.Disk, calm.Disk));
        Say(text, "clients", PlanPhrases.Clients.Write(plan.Clients, calm.Clients));
        for (int node = 0; node < plan.Clocks.Length; node++)
        {
            string clock = PlanPhrases.Clock.Write(plan.Clocks[node], Calm.Clock);
            Say(text, "clock", clock.Length == 0 ? "" : $"{TextForms.Node.Write(node)} {clock}");
        }

        Say(text, "run", PlanPhrases.Run.Write(plan, calm));
        text.Append(plan.Faults.IsEmpty ? "" : "\n");
        foreach (Fault fault in plan.Faults)
        {
            text.Append(FaultPhrases.Write(fault)).Append('\n');
        }

        text.Append('\n');
        Say(text, "expect", scenario.Expected.ToString());
        return text.ToString();
    }

    private static void Say(StringBuilder text, string word, string rest)
    {
        if (rest.Length > 0)
        {
            text.Append(word).Append(' ').Append(rest).Append('\n');
        }
    }
}
