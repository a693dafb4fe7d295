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
    [InlineData("joint-is-skipped", "QuorumIntersection")]
    [InlineData("joint-decides-by-the-new-half", "LeaderCompleteness")]
    [InlineData("m12d-configuration-counts-once-committed", "CertificateValidity")]
    [Trait("Seed", "5.1")]
    public async Task A_rule_of_membership_that_is_broken_is_found_in_the_smallest_scope_of_a_joint_change(string mutant, string invariant)
    {
        // It compiles an assembly and searches in a process of its own; a busy machine takes its time.
        CliResult result = await Cli.RunAsync(Cli.Patience * 6, "explore", "--mutant", mutant, "--scope", "joint-change", "--crashes", "0");

        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains($"Invariant {invariant} is broken", result.Output, StringComparison.Ordinal);
        Assert.Contains("an operator asks for the change", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mutant_that_does_not_exist_ends_with_2_and_its_name()
    {
        CliResult result = await Cli.RunAsync("explore", "--mutant", "none-such");

        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.Contains("none-such", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--change", "4")]
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
