using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using ActorPhysics.Client;
using ActorPhysics.Client.Control;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Wire.Requests;
using Xunit.Abstractions;

namespace ActorPhysics.Cli.Tests;

/// <summary>
/// One cluster of five processes that is divided, joined, emptied, replaced and killed while clients write and read. <c>ACTORPHYSICS_SHOW=full</c> makes it 64
/// shards, all five nodes and more kills; <c>ACTORPHYSICS_SHOW_SEED</c> repeats the moments of the kills.
/// </summary>
[Trait("Seed", "5.1")]
public sealed class SpaceShowTests(ITestOutputHelper output)
{
    private const string Space = "show";
    private const int Nodes = 5;

    private static readonly bool IsFull = Environment.GetEnvironmentVariable("ACTORPHYSICS_SHOW") == "full";

    [Fact]
    [Trait("Pitfall", "46")]
    [Trait("Pitfall", "47")]
    public async Task History_stays_linearizable_while_a_space_is_split_merged_drained_its_nodes_are_replaced_and_its_config_leader_is_killed()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("ACTORPHYSICS_SHOW_SEED"), CultureInfo.InvariantCulture, out int given) ? given : Random.Shared.Next();
        (int first, int most, int least, int keys) = IsFull ? (8, 64, 8, 64) : (2, 6, 3, 12);
        output.WriteLine($"{(IsFull ? "full" : "small")} show, seed {seed}");
        await using var cluster = await LocalCluster.StartAsync(Nodes);
        CliResult created = await cluster.RunAsync("spaces", "create", Space, "--shards", $"{first}");
        Assert.True(created.ExitCode == 0, created.ToString());
        await using SpaceHistory history = await SpaceHistory.StartAsync(cluster.Addresses, Space, keys);
        await history.ProgressAsync(500);
        Tell("before anything", history);

        await using var newNodes = new NewNodes(cluster);
        var killer = new ConfigLeaderKiller(cluster, newNodes, history, seed, IsFull ? 8 : 2);
        Task kills = killer.RunAsync();
        await DoneAsync(cluster, history, $"split into {most}", "split", Space, "--into", $"{most}");
        await DoneAsync(cluster, history, $"merged into {least}", "merge", Space, "--into", $"{least}");
        await DoneAsync(cluster, history, "n3 drained", "drain", "n3");
        await DoneAsync(cluster, history, "n3 back", "drain", "n3", "--undo");
        foreach (int node in IsFull ? [1, 2, 3, 4, 5] : (int[])[1])
        {
            await newNodes.StartAsync(Nodes + node);
            await DoneAsync(cluster, history, $"n{node} replaced by n{Nodes + node}", "drain", $"n{node}");
        }

        await killer.StopAsync();
        await kills;
        output.WriteLine($"the config leader was killed {killer.Kills} times");
        await history.ProgressAsync(500);
        await history.StopAsync();
        foreach (string slow in history.Slow.Order())
        {
            output.WriteLine(slow);
        }

        output.WriteLine($"{history.Acknowledged} operations acknowledged, {history.Unknown} of unknown outcome, {history.WeakReads} weak reads");
        Assert.Empty(history.Complaints);
        Assert.True(killer.Kills > 0, "nobody was killed");
        await NoKeyIsOwnedTwiceAsync(cluster);
        await IsLinearizableAsync(cluster, history);
    }

    private async Task DoneAsync(LocalCluster cluster, SpaceHistory history, string what, params string[] command)
    {
        history.TakeUnavailability();
        long began = Stopwatch.GetTimestamp();
        CliResult result = await cluster.RunAsync([.. command, "--wait", IsFull ? "600" : "120"]);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', command)}: {result}");
        output.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {what} after {Stopwatch.GetElapsedTime(began).TotalSeconds:N1} s");
        Tell(what, history);
    }

    private void Tell(string what, SpaceHistory history)
    {
        double[] longest = history.TakeUnavailability();
        output.WriteLine(longest.Length == 0
            ? $"{what}: no operation ended"
            : $"{what}: longest operation per key: median {longest[longest.Length / 2]:N0} ms, worst {longest[^1]:N0} ms, over {longest.Length} keys");
    }

    /// <summary>By what the groups themselves say of their applied state: their ranges cover the keyspace exactly once.</summary>
    private static async Task NoKeyIsOwnedTwiceAsync(LocalCluster cluster)
    {
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        string seen = "";
        await Eventually.HoldsAsync(
            async () =>
            {
                SpaceView? view = await new ControlClient(client).DescribeAsync(Space);
                ImmutableArray<NodeReport> reports = await client.StatusAsync();
                KeyRange[] owned =
                [
                    .. reports.SelectMany(report => report.Status?.Groups ?? [])
                        .Where(group => group.Ownership is { Owned: not null } && group.LeaderReplica != default && group.Replicas.Any(replica => replica is { IsLocal: true, Role: ReplicaRole.Leader }))
                        .Select(group => group.Ownership!.Owned!.Value)
                        .OrderBy(range => range.From is { } from ? from : default),
                ];
                seen = string.Join(", ", owned);
                return view is { Handoffs.IsEmpty: true } && owned.Length == view.Map.Shards.Length && owned.SequenceEqual(view.Map.Shards.Select(shard => shard.Range));
            },
            () => $"the groups own {seen}");
    }

    private async Task IsLinearizableAsync(LocalCluster cluster, SpaceHistory history)
    {
        string file = Path.Combine(cluster.Folder, "history.jsonl");
        history.WriteTo(file);
        CliResult verdict = await Cli.RunAsync("check", "--model", "kv", "--level", "linearizable", file);
        output.WriteLine(verdict.Output);
        Assert.True(verdict.ExitCode == 0, verdict.ToString());
    }

    /// <summary>
    /// Kills the process that leads the config group, after numbers of operations that are drawn from a seed; the cluster starts it again.
    /// </summary>
    private sealed class ConfigLeaderKiller(LocalCluster cluster, NewNodes newNodes, SpaceHistory history, int seed, int most)
    {
        private readonly Random _random = new(seed);
        private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Kills { get; private set; }

        public async Task RunAsync()
        {
            await using ActorPhysicsClient client = await cluster.ConnectAsync();
            while (Kills < most)
            {
                if (await Task.WhenAny(_stop.Task, history.ProgressAsync(_random.Next(500, IsFull ? 60_000 : 6000))) == _stop.Task && Kills > 0)
                {
                    return;
                }

                int leader = (int)(await LeaderAsync(client)).Value;
                if (newNodes.Has(leader))
                {
                    await newNodes.KillAsync(leader);
                }
                else
                {
                    Process.GetProcessById(cluster.ProcessOf(leader)).Kill();
                }

                Kills++;
                await cluster.IsWholeAsync();
            }
        }

        public Task StopAsync()
        {
            _stop.TrySetResult();
            return Task.CompletedTask;
        }

        private static async Task<NodeId> LeaderAsync(ActorPhysicsClient client)
        {
            NodeId leader = default;
            await Eventually.HoldsAsync(
                async () =>
                {
                    foreach (NodeReport report in await client.StatusAsync())
                    {
                        GroupStatus? config = report.Status?.Groups.FirstOrDefault(group => group.Group == report.Status.ConfigGroup);
                        leader = config is not null && config.LeaderNode == report.Status!.Node ? config.LeaderNode : leader;
                    }

                    return leader != default;
                },
                () => "nobody leads the config group");
            return leader;
        }
    }
}
