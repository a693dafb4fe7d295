using System.Text.RegularExpressions;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.Workloads;

namespace ActorPhysics.Simulation.Tests.Traces;

/// <summary>The readable log of a run.</summary>
public sealed partial class TextTraceTests
{
    [Fact]
    public void An_answer_tells_where_a_command_stands_and_what_state_a_query_saw()
    {
        var log = new StringWriter();
        SimulationResult result = SimulationRun.Execute(Calm.Plan(5) with { FaultPhase = TimeSpan.FromSeconds(2) }, KeyValueWorkload.Instance, log);

        string[] answers = [.. log.ToString().Split('\n').Where(line => line.Contains(" tries): Ok", StringComparison.Ordinal))];
        ILookup<bool, string> byKind = answers.ToLookup(line => line.Contains("Write", StringComparison.Ordinal));
        Assert.True(result.IsClean, result.Diagnosis?.ToString());
        Assert.NotEmpty(byKind[true]);
        Assert.NotEmpty(byKind[false]);
        Assert.All(byKind[true], line => Assert.Matches(CommandAnswer(), line));
        Assert.All(byKind[false], line => Assert.Matches(QueryAnswer(), line));
    }

    // Of no answer may the index be 0: that is the place of nothing.
    [GeneratedRegex(@"Ok at \([^)]*idx [1-9]\d*\)#\d+, committed through \([^)]*idx [1-9]\d*\)\s*$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CommandAnswer();

    [GeneratedRegex(@"Ok as of \([^)]*idx [1-9]\d*\)\s*$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex QueryAnswer();
}
