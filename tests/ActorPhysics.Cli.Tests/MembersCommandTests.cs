using System.Text.Json;

namespace ActorPhysics.Cli.Tests;

/// <summary>The members of a group are shown and changed, by real processes: five nodes, three of which founded it.</summary>
[Trait("Seed", "5.1")]
public sealed class MembersCommandTests
{
    private const string ThreeOfFive = "groups = [ { id = 1, name = main, members = [1, 2, 3] } ]";

    [Fact]
    public async Task Members_are_listed_planned_added_promoted_removed_and_discarded()
    {
        await using var cluster = new NodeProcesses(count: 5, ThreeOfFive);
        await cluster.StartAllAsync();
        await LeaderAsync(cluster);

        JsonElement before = await ListAsync(cluster);
        Assert.Equal([1, 2, 3], NodesOf(before));
        Assert.Equal("Settled", before.GetProperty("stage").GetString());

        CliResult dry = await cluster.RunAsync("members", "1", "replace", "n2", "--with", "n5", "--dry-run");
        Assert.True(dry.ExitCode == 0, dry.ToString());
        Assert.Contains("at the end: r1 on n1, r3 on n3, r4 on n5", dry.Output, StringComparison.Ordinal);
        Assert.Contains("nothing was changed", dry.Output, StringComparison.Ordinal);
        Assert.Equal((int[])[1, 2, 3], NodesOf(await ListAsync(cluster)));

        CliResult added = await cluster.RunAsync("members", "1", "add", "n4", "--learner");
        Assert.True(added.ExitCode == 0, added.ToString());
        Assert.StartsWith("done: ", added.Output, StringComparison.Ordinal);
        Assert.Contains("hosts r4", added.Errors, StringComparison.Ordinal);

        CliResult promoted = await cluster.RunAsync("members", "1", "promote", "4", "--json");
        Assert.True(promoted.ExitCode == 0, promoted.ToString());
        Assert.Equal("Done", JsonDocument.Parse(promoted.Output).RootElement.GetProperty("outcome").GetString());

        Assert.Equal(0, (await cluster.RunAsync("members", "1", "remove", "n1")).ExitCode);
        CliResult again = await cluster.RunAsync("members", "1", "remove", "n1");
        Assert.True(again.ExitCode == 0, again.ToString());
        Assert.StartsWith("unchanged: ", again.Output, StringComparison.Ordinal);
        Assert.Equal((int[])[2, 3, 4], NodesOf(await ListAsync(cluster)));

        await Eventually.HoldsAsync(
            async () => (await ListAsync(cluster)).GetProperty("retired").EnumerateArray().Any(replica => replica.GetProperty("node").GetUInt64() == 1),
            () => "node 1 keeps no retired replica");
        CliResult table = await cluster.RunAsync("members", "1");
        Assert.True(table.ExitCode == 0, table.ToString());
        Assert.Contains("Retired", table.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await cluster.RunAsync("members", "1", "discard", "n1")).ExitCode);
        Assert.Equal(1, (await cluster.RunAsync("members", "1", "discard", "n1")).ExitCode);
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused_with_its_reason()
    {
        await using var cluster = new NodeProcesses(count: 5, ThreeOfFive);
        await cluster.StartAllAsync();
        await LeaderAsync(cluster);

        await RefusedAsync(cluster, 1, "holds no member", "replace", "n4", "--with", "n5");
        await RefusedAsync(cluster, 1, "already", "replace", "n1", "--with", "n2");
        await RefusedAsync(cluster, 1, "remove it first", "replace", "n1", "--with", "n1");
        await RefusedAsync(cluster, 1, "already", "add", "n1", "--learner");
        await RefusedAsync(cluster, 2, "no node 'n9'", "add", "n9");
        await RefusedAsync(cluster, 2, "either a learner or a witness", "add", "n4", "--learner", "--witness");
        await RefusedAsync(cluster, 2, "--with", "replace", "n1");

        CliResult stranger = await cluster.RunAsync("members", "77", "list");
        Assert.True(stranger.ExitCode == 1, stranger.ToString());
    }

    [Fact]
    [Trait("Pitfall", "36")]
    public async Task A_node_is_replaced_under_load_though_the_leader_is_killed_in_the_middle()
    {
        await using var cluster = new NodeProcesses(count: 5, ThreeOfFive);
        await cluster.StartAllAsync();
        await using RecordingLoad load = await RecordingLoad.StartAsync(cluster, writers: 8);
        await load.ProgressAsync(500);
        int leader = await LeaderAsync(cluster);
        int old = leader % 3 + 1;
        string[] replace = ["members", "1", "replace", $"n{old}", "--with", "n4", "--nodes", cluster.Nodes];

        await using CliProcess change = CliProcess.Start(replace);
        await change.SaysAsync("hosts r4");
        await cluster.KillAsync(leader);
        int code = await change.EndInputAsync();
        Assert.True(code is 0 or 1 or 4, change.Text);

        await cluster.StartAsync(leader);
        CliResult again = await Cli.RunAsync(replace);
        Assert.True(again.ExitCode == 0, again.ToString());
        Assert.DoesNotContain(old, NodesOf(await ListAsync(cluster)));
        await load.ProgressAsync(500);
        await load.StopAsync();
        await load.AuditAsync();
    }

    private static async Task RefusedAsync(NodeProcesses cluster, int code, string reason, params string[] arguments)
    {
        CliResult result = await cluster.RunAsync(["members", "1", .. arguments]);
        Assert.True(result.ExitCode == code, result.ToString());
        Assert.Contains(reason, result.Output + result.Errors, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> ListAsync(NodeProcesses cluster)
    {
        CliResult list = await cluster.RunAsync("members", "1", "list", "--json");
        Assert.True(list.ExitCode == 0, list.ToString());
        return JsonDocument.Parse(list.Output).RootElement;
    }

    private static int[] NodesOf(JsonElement list) => [.. list.GetProperty("members").EnumerateArray().Select(member => member.GetProperty("node").GetInt32()).Order()];

    private static async Task<int> LeaderAsync(NodeProcesses cluster)
    {
        ulong? leader = null;
        await Eventually.HoldsAsync(
            async () => (leader = (await StatusPicture.TakeAsync(cluster)).Groups.SingleOrDefault()?.Leader) is not null,
            () => "no node leads");
        return checked((int)leader!.Value);
    }
}
