using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Cli.Mutants;

namespace ActorPhysics.Cli.Tests.Mutants;

public sealed class MutantReportTests
{
    private static readonly Mutant Bug = new("bug", "somewhere", FailureClass.SplitBrain, FailureClass.ReadAnomaly, 100, "", null, "about", [new Hunk("f", "x", "y", 1)]);

    [Fact]
    public void A_mutant_passes_when_each_hunt_kills_it_and_names_an_admissible_class()
    {
        Assert.True(Report(Killed(3, FailureClass.SplitBrain), Killed(9, FailureClass.ReadAnomaly)).Passes);
        Assert.False(Report(Killed(3, FailureClass.SplitBrain), Killed(9, FailureClass.TrimCliff)).Passes);
        Assert.False(Report(Killed(3, FailureClass.SplitBrain), Killed(9, named: null)).Passes);
        Assert.False(Report(Killed(3, FailureClass.SplitBrain), new Hunt(100, TimeSpan.FromSeconds(100), Kill: null)).Passes);
        Assert.False(Report().Passes);
    }

    [Fact]
    public void Medians_count_the_hunts_that_found_nothing_with_their_whole_budget()
    {
        MutantReport report = Report(Killed(3, FailureClass.SplitBrain), new Hunt(100, TimeSpan.FromSeconds(100), Kill: null), Killed(9, FailureClass.SplitBrain));
        Assert.Equal(2, report.Killed);
        Assert.Equal(9, report.MedianSeeds);
        Assert.Equal(TimeSpan.FromSeconds(9), report.MedianSimulatedTime);
    }

    [Fact]
    public void The_page_tells_each_mutant_with_its_figures()
    {
        string page = MutantTable.Markdown([Report(Killed(3, FailureClass.SplitBrain), Killed(5, FailureClass.SplitBrain), Killed(7, named: null))], baseSeeds: 3, mostSeeds: null);
        Assert.Contains("| `bug` | somewhere | SplitBrain or ReadAnomaly | SplitBrain ×2, none ×1 | 3/3 | 100 | 5 | 5.0 s |", page, StringComparison.Ordinal);
        Assert.Contains("0 of 1 were killed each time", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"clean":true,"seedsTried":20,"virtualSeconds":1200}""", false, null)]
    [InlineData("""{"clean":false,"seedsTried":20,"virtualSeconds":1200,"seed":20,"class":"TrimCliff","evidence":"stuck"}""", true, FailureClass.TrimCliff)]
    [InlineData("""{"clean":false,"seedsTried":20,"virtualSeconds":1200,"seed":20,"class":null,"evidence":"?"}""", true, null)]
    public void The_simulators_report_is_read_from_its_last_line(string line, bool killed, object? named)
    {
        Hunt hunt = SimulateProcess.Read($"some progress\n{line}\n") ?? throw new InvalidOperationException("no report");
        Assert.Equal((20, TimeSpan.FromMinutes(20)), (hunt.SeedsTried, hunt.SimulatedTime));
        Assert.Equal((killed, named), (hunt.Kill is not null, (object?)hunt.Kill?.Named));
    }

    private static MutantReport Report(params Hunt[] hunts) => new(Bug, hunts);

    private static Hunt Killed(int seeds, FailureClass? named) => new(seeds, TimeSpan.FromSeconds(seeds), new Kill((ulong)seeds, named, "evidence"));
}
