using System.Text.Json;

namespace ActorPhysics.Cli.Tests;

/// <summary>A space is made, used, divided, joined, moved and deleted by commands, on real processes.</summary>
[Trait("Seed", "5.1")]
public sealed class SpacesCommandTests
{
    [Fact]
    public async Task A_space_is_made_used_divided_joined_and_deleted()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(nodes: 3);

        CliResult dry = await DoneAsync(cluster, "spaces", "create", "orders", "--shards", "2", "--dry-run");
        Assert.Contains("nothing was changed", dry.Output, StringComparison.Ordinal);
        Assert.Equal(1, (await cluster.RunAsync("shards", "orders")).ExitCode);

        Assert.StartsWith("done: ", (await DoneAsync(cluster, "spaces", "create", "orders", "--shards", "2")).Output, StringComparison.Ordinal);
        Assert.StartsWith("unchanged: ", (await DoneAsync(cluster, "spaces", "create", "orders", "--shards", "2")).Output, StringComparison.Ordinal);
        JsonElement space = Assert.Single((await JsonAsync(cluster, "spaces", "--json")).EnumerateArray());
        Assert.Equal(("orders", "Serving", 2), (space.GetProperty("name").GetString(), space.GetProperty("stage").GetString(), space.GetProperty("shards").GetInt32()));

        for (int i = 0; i < 8; i++)
        {
            await DoneAsync(cluster, "put", $"key-{i}", $"value-{i}", "--space", "orders");
        }

        CliResult split = await DoneAsync(cluster, "split", "orders", "1");
        Assert.StartsWith("done: ", split.Output, StringComparison.Ordinal);
        Assert.Contains("h1 ", split.Errors, StringComparison.Ordinal);
        await DoneAsync(cluster, "split", "orders", "--into", "4");
        Assert.Equal(4, (await ShardsAsync(cluster)).Length);
        await KeysAreThereAsync(cluster);

        await DoneAsync(cluster, "merge", "orders", "--into", "1");
        JsonElement shard = Assert.Single(await ShardsAsync(cluster));
        Assert.Equal(3, shard.GetProperty("members").GetArrayLength());
        Assert.True(shard.GetProperty("sizeBytes").GetInt64() > 100, shard.ToString());
        Assert.True(shard.GetProperty("entries").GetInt64() > 8, shard.ToString());
        await KeysAreThereAsync(cluster);

        Assert.Equal(2, (await cluster.RunAsync("spaces", "delete", "orders")).ExitCode);
        await DoneAsync(cluster, "spaces", "delete", "orders", "--yes");
        Assert.Empty((await JsonAsync(cluster, "spaces", "--json")).EnumerateArray());
        Assert.Equal(1, (await cluster.RunAsync("get", "key-1", "--space", "orders")).ExitCode);
    }

    [Fact]
    public async Task A_replica_is_moved_and_a_node_is_emptied()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(nodes: 4);
        await DoneAsync(cluster, "spaces", "create", "orders");
        await DoneAsync(cluster, "put", "key-1", "value-1", "--space", "orders");
        JsonElement shard = Assert.Single(await ShardsAsync(cluster));
        string[] members = [.. shard.GetProperty("members").EnumerateArray().Select(member => member.GetString()!)];
        string other = Enumerable.Range(1, 4).Select(node => $"n{node}").Single(node => !members.Contains(node));
        string group = $"{shard.GetProperty("group").GetUInt64()}";

        CliResult dry = await DoneAsync(cluster, "move", group, "--from", members[0], "--to", other, "--dry-run");
        Assert.Contains("nothing was changed", dry.Output, StringComparison.Ordinal);
        await DoneAsync(cluster, "move", group, "--from", members[0], "--to", other);
        Assert.Contains(other, Assert.Single(await ShardsAsync(cluster)).GetProperty("members").EnumerateArray().Select(member => member.GetString()));

        await DoneAsync(cluster, "drain", other);
        Assert.DoesNotContain(other, Assert.Single(await ShardsAsync(cluster)).GetProperty("members").EnumerateArray().Select(member => member.GetString()));
        JsonElement drained = (await JsonAsync(cluster, "nodes", "--json")).EnumerateArray().Single(node => node.GetProperty("name").GetString() == other);
        Assert.Equal(("draining", 0), (drained.GetProperty("condition").GetString(), drained.GetProperty("replicas").GetInt32()));
        await DoneAsync(cluster, "drain", other, "--undo");
        Assert.Equal("value-1\n", (await DoneAsync(cluster, "get", "key-1", "--space", "orders")).Output);
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused_with_its_reason()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(nodes: 3);
        await DoneAsync(cluster, "spaces", "create", "names", "--split-at", "h", "p");

        await RefusedAsync(cluster, 1, "must be named", "split", "names", "1");
        await RefusedAsync(cluster, 1, "nothing follows it", "merge", "names", "3");
        await RefusedAsync(cluster, 1, "other settings", "spaces", "create", "names");
        await RefusedAsync(cluster, 1, "needs 5 nodes", "spaces", "create", "large", "--replicas", "5");
        await RefusedAsync(cluster, 1, "no space named 'nowhere'", "put", "a", "b", "--space", "nowhere");
        await RefusedAsync(cluster, 2, "either a shard is named or --into", "split", "names");
        await RefusedAsync(cluster, 2, "no node 'n9'", "drain", "n9");
        await RefusedAsync(cluster, 2, "members 1 replace", "move", "1", "--from", "n1", "--to", "n2");
        await DoneAsync(cluster, "split", "names", "1", "--at", "c");
        await DoneAsync(cluster, "put", "dog", "bark", "--space", "names");
        Assert.Equal("bark\n", (await DoneAsync(cluster, "get", "dog", "--space", "names", "--level", "follower")).Output);
    }

    private static async Task<CliResult> DoneAsync(LocalCluster cluster, params string[] command)
    {
        CliResult result = await cluster.RunAsync(command);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', command)}: {result}");
        return result;
    }

    private static async Task RefusedAsync(LocalCluster cluster, int exitCode, string reason, params string[] command)
    {
        CliResult result = await cluster.RunAsync(command);
        Assert.True(result.ExitCode == exitCode, $"{string.Join(' ', command)}: {result}");
        Assert.Contains(reason, result.Output + result.Errors, StringComparison.Ordinal);
    }

    private static async Task KeysAreThereAsync(LocalCluster cluster)
    {
        for (int i = 0; i < 8; i++)
        {
            Assert.Equal($"value-{i}\n", (await DoneAsync(cluster, "get", $"key-{i}", "--space", "orders")).Output);
        }
    }

    private static async Task<JsonElement[]> ShardsAsync(LocalCluster cluster) =>
        [.. (await JsonAsync(cluster, "shards", "orders", "--json")).GetProperty("shards").EnumerateArray()];

    private static async Task<JsonElement> JsonAsync(LocalCluster cluster, params string[] command) =>
        JsonDocument.Parse((await DoneAsync(cluster, command)).Output).RootElement;
}
