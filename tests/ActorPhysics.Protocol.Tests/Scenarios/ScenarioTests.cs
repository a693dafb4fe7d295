using Xunit.Abstractions;

namespace ActorPhysics.Protocol.Tests.Scenarios;

public sealed class ScenarioTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. ScenarioFile.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Plays_as_written(string scenario)
    {
        var runner = new ScenarioRunner(output.WriteLine);
        try
        {
            runner.Play(ScenarioFile.Load(scenario));
        }
        catch (ScenarioException failure)
        {
            Assert.Fail(failure.Message);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Opens_with_its_plot_and_expects_something(string scenario)
    {
        ScenarioFile file = ScenarioFile.Load(scenario);

        Assert.True(file.Plot.Split('\n').Length >= 2, $"{scenario} does not tell its plot in its first comment lines");
        Assert.Contains(file.Lines, line => line.Words[0] == "expect");
    }

    [Fact]
    public void A_scenario_that_goes_otherwise_fails_and_names_its_line()
    {
        ScenarioFile scenario = ScenarioFile.Parse("wrong", ["# A plot.", "nodes 3", "elect 1", "expect leader 2"]);

        ScenarioException failure = Assert.Throws<ScenarioException>(() => new ScenarioRunner().Play(scenario));

        Assert.Contains("line 4: expect leader 2", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dance 1")]
    [InlineData("elect")]
    [InlineData("elect 1 2")]
    [InlineData("deliver 1->2 Telegram")]
    [InlineData("deliver 1->2 VoteRequest")]
    [InlineData("expect weather 1")]
    public void A_line_that_makes_no_sense_fails(string line)
    {
        ScenarioFile scenario = ScenarioFile.Parse("senseless", ["nodes 3", line]);

        Assert.Throws<ScenarioException>(() => new ScenarioRunner().Play(scenario));
    }
}
