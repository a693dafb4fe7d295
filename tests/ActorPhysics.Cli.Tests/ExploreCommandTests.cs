namespace ActorPhysics.Cli.Tests;

/// <summary>A search says how far it came, and ends with the exit code that its help promises.</summary>
public sealed class ExploreCommandTests
{
    [Fact]
    public async Task An_exhausted_scope_ends_with_0_and_its_count()
    {
        CliResult result = await Cli.RunAsync("explore", "--epochs", "1", "--commands", "0", "--crashes", "0");

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("exhausted: 25 distinct states", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bound_ends_with_2_and_says_how_far_the_search_came()
    {
        CliResult result = await Cli.RunAsync("explore", "--max-states", "100");

        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.Contains("bound reached: 100 states; clean through depth", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--replicas", "9")]
    [InlineData("--epochs", "0")]
    [InlineData("--scope", "figure-9")]
    [InlineData("--crashes", "-1")]
    public async Task A_scope_that_makes_no_sense_ends_with_2_and_one_clear_line(params string[] options)
    {
        CliResult result = await Cli.RunAsync(["explore", .. options]);

        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.StartsWith("error: ", result.Errors, StringComparison.Ordinal);
    }
}
