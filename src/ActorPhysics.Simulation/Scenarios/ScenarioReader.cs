using System.Collections.Immutable;
using ActorPhysics.Simulation.Plans;

namespace ActorPhysics.Simulation.Scenarios;

/// <summary>Reads one scenario. Whatever is not understood, said twice, or missing is an error with its line.</summary>
internal sealed class ScenarioReader
{
    private readonly SortedDictionary<string, int> _said = new(StringComparer.Ordinal);
    private readonly List<(int Line, Fault Fault)> _faults = [];
    private readonly SortedDictionary<int, (int Line, ClockPlan Clock)> _clocks = [];
    private SimulationPlan _plan = Calm.Plan(0);
    private string _workload = SimulationScenario.UsualWorkload;
    private Expectation? _expected;

    public SimulationScenario Read(string text)
    {
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        string plot = string.Join('\n', lines.TakeWhile(line => line.StartsWith('#')).Select(line => line[1..].Trim()));
        if (plot.Length == 0)
        {
            throw new ScenarioFormatException(1, "a scenario opens with its plot, in comment lines");
        }

        for (int index = 0; index < lines.Length; index++)
        {
            string line = lines[index].Split('#')[0].Trim();
            if (line.Length > 0)
            {
                ReadLine(new Words(index + 1, line));
            }
        }

        Require("seed");
        Require("expect");
        return new SimulationScenario(plot, Complete(), _expected!, _workload);
    }

    private void ReadLine(Words words)
    {
        string keyword = words.Next("a word");
        if (keyword is not ("at" or "clock") && !_said.TryAdd(keyword, words.Line))
        {
            throw words.Complaint($"'{keyword}' was said in line {_said[keyword]}");
        }

        switch (keyword)
        {
            case "seed":
                _plan = _plan with { Seed = TextForms.Seed.Read(words, "seed") };
                break;
            case "workload":
                _workload = words.NextName("the workload's name");
                break;
            case "group":
                _plan = _plan with { Group = PlanPhrases.Group.Read(words, Calm.Group) };
                break;
            case "options":
                _plan = _plan with { Options = PlanPhrases.Options.Read(words, _plan.Options) };
                break;
            case "network":
                _plan = _plan with { Network = PlanPhrases.Network.Read(words, Calm.Network) };
                break;
            case "disk":
                _plan = _plan with { Disk = PlanPhrases.Disk.Read(words, Calm.Disk) };
                break;
            case "clients":
                _plan = _plan with { Clients = PlanPhrases.Clients.Read(words, Calm.Clients) };
                break;
            case "clock":
                ReadClock(words);
                break;
            case "run":
                _plan = PlanPhrases.Run.Read(words, _plan);
                break;
            case "at":
                _faults.Add((words.Line, FaultPhrases.Read(words)));
                break;
            case "expect":
                _expected = Expectation.Read(words);
                break;
            default:
                throw words.Complaint($"'{keyword}' begins no line of a scenario");
        }

        words.RequireEnd();
    }

    private void ReadClock(Words words)
    {
        int node = TextForms.Node.Read(words, "clock");
        if (!_clocks.TryAdd(node, (words.Line, PlanPhrases.Clock.Read(words, Calm.Clock))))
        {
            throw words.Complaint($"the clock of {TextForms.Node.Write(node)} was described in line {_clocks[node].Line}");
        }
    }

    private SimulationPlan Complete()
    {
        RequireSenseOfGroup();
        if (_plan.Options.Validate() is { } complaint)
        {
            throw new ScenarioFormatException(_said.GetValueOrDefault("options"), complaint);
        }

        if (_plan.Clients.Count < 1)
        {
            throw new ScenarioFormatException(_said["clients"], "a run needs at least one client");
        }

        int nodes = _plan.Group.AllNodes;
        ClockPlan[] clocks = [.. Calm.Clocks(nodes)];
        foreach ((int node, (int line, ClockPlan clock)) in _clocks)
        {
            RequireNodes(line, 1 << node, nodes);
            clocks[node] = clock;
        }

        foreach ((int line, Fault fault) in _faults)
        {
            RequireNodes(line, FaultNodes.Of(fault), nodes);
        }

        // A stable sort, so that a file in order stays in its order.
        ImmutableArray<Fault> faults = [.. _faults.Select(item => item.Fault).OrderBy(fault => fault.At)];
        return _plan with { Clocks = [.. clocks], Faults = faults };
    }

    /// <summary>Whether there is such a group is for the quorum rules to say.</summary>
    private void RequireSenseOfGroup()
    {
        if (_plan.Group.Nodes < 1 || _plan.Group.AllNodes is < 1 or > TextForms.MostNodes)
        {
            throw new ScenarioFormatException(_said.GetValueOrDefault("group"), $"a group has 1 to {TextForms.MostNodes} nodes");
        }

        try
        {
            _plan.Group.Configuration();
        }
        catch (ArgumentException refused)
        {
            throw new ScenarioFormatException(_said.GetValueOrDefault("group"), refused.Message);
        }
    }

    private void Require(string keyword)
    {
        if (!_said.ContainsKey(keyword))
        {
            throw new ScenarioFormatException(0, $"the line '{keyword} …' is missing");
        }
    }

    private static void RequireNodes(int line, int named, int nodes)
    {
        if (named >> nodes != 0)
        {
            throw new ScenarioFormatException(line, $"there are {nodes} nodes, and this speaks of {TextForms.NodeSet.Write(named)}");
        }
    }
}
