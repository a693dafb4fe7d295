using System.Text.Json;

namespace ActorPhysics.Cli.Tests;

/// <summary>A group that lost its quorum is begun anew by an operator, with real processes.</summary>
[Trait("Pitfall", "39")]
public sealed class RecoverCommandTests
{
    private const string ThreeOfFour = "groups = [ { id = 1, name = main, members = [1, 2, 3] } ]";

    [Fact]
    public async Task The_command_shows_what_is_at_risk_does_nothing_without_consent_and_recovers_with_it()
    {
        await using var cluster = new NodeProcesses(count: 4, ThreeOfFour);
        await cluster.StartAllAsync();
        CliResult healthy = await PutAsync(cluster, "v");
        Assert.True(healthy.ExitCode == 0, healthy.ToString());
        CliResult needless = await cluster.RunAsync("recover", "1", "--accept-loss");
        Assert.True(needless.ExitCode == 1, needless.ToString());
        Assert.Contains("has a leader", needless.Errors, StringComparison.Ordinal);

        await cluster.KillAsync(1);
        await cluster.KillAsync(2);
        CliResult dry = await LeaderlessAsync(cluster);
        Assert.Contains("AT RISK of being lost", dry.Output, StringComparison.Ordinal);
        Assert.Contains("no answer", dry.Output, StringComparison.Ordinal);
        CliResult mute = await cluster.RunAsync("recover", "1");
        Assert.True(mute.ExitCode == 1, mute.ToString());
        Assert.Contains("--accept-loss", mute.Errors, StringComparison.Ordinal);

        CliResult done = await cluster.RunAsync("recover", "1", "--accept-loss", "--json");
        Assert.True(done.ExitCode == 0, done.ToString());
        JsonElement plan = JsonDocument.Parse(done.Output).RootElement;
        Assert.Equal("n3", plan.GetProperty("from").GetString());
        Assert.Equal(4UL, plan.GetProperty("done").GetProperty("replica").GetUInt64());

        CliResult read = await cluster.RunAsync("get", "k");
        Assert.True(read.ExitCode == 0, read.ToString());
        Assert.Contains("v", read.Output, StringComparison.Ordinal);
        CliResult added = await cluster.RunAsync("members", "1", "add", "n4");
        Assert.True(added.ExitCode == 0, added.ToString());

        // Who was away retires: two of the former three would be a quorum of what the group was.
        await cluster.StartAsync(1);
        await cluster.StartAsync(2);
        await Eventually.HoldsAsync(
            async () => (await cluster.RunAsync("members", "1", "list", "--json")) is { ExitCode: 0 } list
                && JsonDocument.Parse(list.Output).RootElement.GetProperty("retired").EnumerateArray().Count() >= 3,
            () => "the former members do not retire");
        await cluster.StopAsync(3);
        CliResult history = await Cli.RunAsync("history", cluster.DataOf(3));
        Assert.Contains("was recovered from r3", history.Output, StringComparison.Ordinal);
    }

    private static Task<CliResult> PutAsync(NodeProcesses cluster, string value) => cluster.RunAsync("put", "k", value);

    private static async Task<CliResult> LeaderlessAsync(NodeProcesses cluster)
    {
        CliResult? dry = null;
        await Eventually.HoldsAsync(
            async () => (dry = await cluster.RunAsync("recover", "1", "--dry-run")).ExitCode == 0,
            () => dry?.ToString() ?? "no answer");
        return dry!;
    }
}
