using System.Text.Json;

namespace ActorPhysics.Cli.Tests;

/// <summary>Each client command once, against three running processes, with its exit codes.</summary>
public sealed class CommandTests(RunningNodes running) : IClassFixture<RunningNodes>
{
    private NodeProcesses Cluster => running.Cluster;

    [Fact]
    public async Task A_value_is_put_got_at_every_level_and_deleted()
    {
        CliResult put = await Cluster.RunAsync("put", "greeting", "hello");
        CliResult strong = await Cluster.RunAsync("get", "greeting");
        CliResult lease = await Cluster.RunAsync("get", "greeting", "--level", "lease");
        CliResult delete = await Cluster.RunAsync("delete", "greeting");
        CliResult gone = await Cluster.RunAsync("get", "greeting");
        CliResult deleteAgain = await Cluster.RunAsync("delete", "greeting");

        Assert.Equal(0, put.ExitCode);
        Assert.StartsWith("stored at ", put.Output, StringComparison.Ordinal);
        Assert.Equal((0, "hello\n"), (strong.ExitCode, strong.Output));
        Assert.Equal((0, "hello\n"), (lease.ExitCode, lease.Output));
        Assert.Equal(0, delete.ExitCode);
        Assert.Equal((1, "", "the key is not there\n"), (gone.ExitCode, gone.Output, gone.Errors));
        Assert.Equal((1, "the key is not there\n"), (deleteAgain.ExitCode, deleteAgain.Errors));
    }

    [Fact]
    public async Task A_follower_answers_a_read_of_its_own_level()
    {
        await Cluster.RunAsync("put", "follower-key", "value");

        CliResult read = new(1, "", "");
        await Eventually.HoldsAsync(
            async () => (read = await Cluster.RunAsync("get", "follower-key", "--level", "follower", "--verbose")).ExitCode == 0, () => read.ToString());

        Assert.Equal("value\n", read.Output);
        Assert.Contains("level FollowerRead", read.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_is_replaced_only_if_it_is_the_expected_one()
    {
        await Cluster.RunAsync("put", "cas-key", "one");

        CliResult replaced = await Cluster.RunAsync("cas", "cas-key", "one", "two");
        CliResult refused = await Cluster.RunAsync("cas", "cas-key", "one", "three");

        Assert.Equal(0, replaced.ExitCode);
        Assert.Equal((1, "another value is there: two\n"), (refused.ExitCode, refused.Errors));
    }

    [Fact]
    public async Task Status_shows_every_replica()
    {
        StatusPicture picture = await StatusPicture.TakeAsync(Cluster, "--state-hash");
        CliResult table = await Cluster.RunAsync("status");

        Assert.Equal(NodeProcesses.Count, picture.Nodes.Length);
        GroupPicture group = Assert.Single(picture.Groups);
        Assert.Equal("main", group.Name);
        Assert.NotNull(group.Leader);
        Assert.Equal([1UL, 2UL, 3UL], group.Replicas.Select(replica => replica.Node));
        Assert.Single(group.Replicas, replica => replica.Role == "Leader");
        Assert.All(group.Replicas, replica => Assert.Null(replica.BrokenLattice));
        Assert.All(group.Replicas, replica => Assert.NotNull(replica.StateHash));
        Assert.Equal(0, table.ExitCode);
        Assert.Contains("Follower", table.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leadership_goes_to_the_node_that_is_named()
    {
        ulong leader = (await StatusPicture.TakeAsync(Cluster)).Groups.Single().Leader!.Value;
        ulong target = leader % NodeProcesses.Count + 1;

        CliResult transfer = await Cluster.RunAsync("transfer-leadership", "1", $"{target}");

        Assert.True(transfer.ExitCode == 0, transfer.ToString());
        await Eventually.HoldsAsync(
            async () => (await StatusPicture.TakeAsync(Cluster)).Groups.Single().Leader == target, () => $"node {target} does not lead");
    }

    [Fact]
    public async Task A_transfer_to_a_node_without_a_replica_is_refused()
    {
        CliResult transfer = await Cluster.RunAsync("transfer-leadership", "1", "99");

        Assert.True(transfer.ExitCode == 1, transfer.ToString());
        Assert.StartsWith("error: ", transfer.Errors, StringComparison.Ordinal);
        Assert.Contains("n99 holds no replica", transfer.FirstError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("write")]
    [InlineData("read")]
    public async Task A_bench_measures_and_reports(string kind)
    {
        CliResult bench = await Cluster.RunAsync(
            "bench", kind, "--clients", "8", "--seconds", "0.5", "--warm-up-seconds", "0.1", "--value-bytes", "64", "--keys", "100", "--json");

        Assert.True(bench.ExitCode == 0, bench.ToString());
        JsonElement report = JsonDocument.Parse(bench.Output).RootElement;
        Assert.True(report.GetProperty("operations").GetInt64() > 0);
        Assert.Equal(0, report.GetProperty("errors").GetInt64());
        double[] latencies = [.. ((string[])["p50Ms", "p99Ms", "p999Ms", "maxMs"]).Select(name => report.GetProperty(name).GetDouble())];
        Assert.Equal(latencies.Order(), latencies);
    }

    [Fact]
    public async Task A_value_beyond_the_limit_is_refused_with_the_limit()
    {
        // An argument itself is bounded by the system, so the oversized part is the key.
        CliResult put = await Cluster.RunAsync("put", new string('k', 1025), "v");

        Assert.Equal(2, put.ExitCode);
        Assert.Contains("1024", put.FirstError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_history_of_running_nodes_is_refused()
    {
        CliResult history = await Cli.RunAsync("history", Cluster.DataOf(1));

        Assert.Equal(3, history.ExitCode);
        Assert.StartsWith("error: ", history.Errors, StringComparison.Ordinal);
        Assert.Contains("in use", history.FirstError, StringComparison.Ordinal);
    }
}

/// <summary>Three processes for a class of tests.</summary>
public sealed class RunningNodes : IAsyncLifetime
{
    internal NodeProcesses Cluster { get; } = new();

    /// <summary>Ends once a leader serves: no test shall measure the first election.</summary>
    public async Task InitializeAsync()
    {
        await Cluster.StartAllAsync();
        CliResult put = await Cluster.RunAsync("put", "first", "write");
        Assert.True(put.ExitCode == 0, put.ToString());
    }

    public Task DisposeAsync() => Cluster.DisposeAsync().AsTask();
}
