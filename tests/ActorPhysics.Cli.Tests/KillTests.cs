using System.Diagnostics;
using System.Globalization;
using ActorPhysics.Client;
using ActorPhysics.Wire.Handshake;
using ActorPhysics.Wire.Requests;
using Xunit.Abstractions;

namespace ActorPhysics.Cli.Tests;

/// <summary>
/// Real processes on real disks under <c>kill -9</c>. <c>ACTORPHYSICS_KILL_ROUNDS</c> sets the number of rounds, <c>ACTORPHYSICS_KILL_SEED</c>
/// repeats the choice of victims.
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Writers = 16;
    private const int WritesBetweenKills = 300;

    [Fact]
    [Trait("Seed", "5.3")]
    public async Task No_acknowledged_write_is_lost_or_applied_twice_when_nodes_are_killed()
    {
        int rounds = Setting("ACTORPHYSICS_KILL_ROUNDS", 5);
        int seed = Setting("ACTORPHYSICS_KILL_SEED", Random.Shared.Next());
        output.WriteLine($"{rounds} rounds, seed {seed}");
        var random = new Random(seed);
        await using var cluster = new NodeProcesses();
        await cluster.StartAllAsync();
        await using RecordingLoad load = await RecordingLoad.StartAsync(cluster, Writers);
        await using LatticeWatch watch = await LatticeWatch.StartAsync(cluster);

        for (int round = 1; round <= rounds; round++)
        {
            await load.ProgressAsync(WritesBetweenKills);
            ulong? leader = await LeaderAsync(cluster);

            // The leader at first, so that it is among the victims however few the rounds are.
            int victim = round == 1 ? checked((int)leader!.Value) : random.Next(NodeProcesses.Count) + 1;
            long killed = Stopwatch.GetTimestamp();
            await cluster.KillAsync(victim);
            await load.ProgressAsync(WritesBetweenKills);
            string role = (ulong)victim == leader ? "the leader" : "a follower";
            double silence = load.LongestSilenceSince(killed).TotalMilliseconds;
            output.WriteLine($"round {round}: node {victim}, {role}, killed; no write acknowledged for {silence:N0} ms");
            await cluster.StartAsync(victim);
        }

        await load.ProgressAsync(WritesBetweenKills);
        await load.StopAsync();
        await watch.StopAsync();
        output.WriteLine($"{load.Acknowledged} writes acknowledged, {load.Unknown} of unknown outcome, {watch.Samples} pictures of replicas");
        await load.AuditAsync();
        await ReplicasReachOneStateAsync(cluster);
        await HistoryHasNoContradictionAsync(cluster);
    }

    /// <summary>The leader by <c>status --json</c>, whose picture must keep the lattice under load, too.</summary>
    private static async Task<ulong?> LeaderAsync(NodeProcesses cluster)
    {
        ulong? leader = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                StatusPicture picture = await StatusPicture.TakeAsync(cluster);
                Assert.Empty(picture.Groups.SelectMany(group => group.Replicas).Select(replica => replica.BrokenLattice).OfType<string>());
                leader = picture.Groups.SingleOrDefault()?.Leader;
                return leader is not null;
            },
            () => "no node leads");
        return leader;
    }

    private static Task ReplicasReachOneStateAsync(NodeProcesses cluster)
    {
        string seen = "";
        return Eventually.HoldsAsync(
            async () =>
            {
                StatusPicture picture = await StatusPicture.TakeAsync(cluster, "--state-hash");
                ReplicaPicture[] replicas = picture.Groups.Single().Replicas;
                seen = string.Join(", ", replicas.Select(replica => $"node {replica.Node}: {replica.StateHash}"));
                string? hash = replicas[0].StateHash;
                return replicas.Length == NodeProcesses.Count && hash is not null && replicas.All(replica => replica.StateHash == hash);
            },
            () => $"the replicas do not reach one state: {seen}");
    }

    private static async Task HistoryHasNoContradictionAsync(NodeProcesses cluster)
    {
        for (int node = 1; node <= NodeProcesses.Count; node++)
        {
            Assert.Equal(0, await cluster.StopAsync(node));
        }

        CliResult history = await Cli.RunAsync("history", cluster.DataOf(1), cluster.DataOf(2), cluster.DataOf(3));
        Assert.True(history.ExitCode == 0, history.ToString());
        Assert.Equal("", history.Errors);
    }

    private static int Setting(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int value) ? value : otherwise;

    /// <summary>Looks at all replicas all the time: the lattice holds, and within one run of a process no frontier that only grows goes back.</summary>
    private sealed class LatticeWatch : IAsyncDisposable
    {
        private readonly ActorPhysicsClient _client;
        private readonly Dictionary<(ProcessRun Run, ulong Group), ReplicaStatus> _last = [];
        private readonly Task _work;
        private volatile bool _closing;

        private LatticeWatch(ActorPhysicsClient client)
        {
            _client = client;
            _work = Task.Run(WatchAsync);
        }

        public int Samples { get; private set; }

        public static async Task<LatticeWatch> StartAsync(NodeProcesses cluster) => new(await cluster.ConnectAsync());

        public async Task StopAsync()
        {
            _closing = true;
            await _work.WaitAsync(Cli.Patience);
        }

        public async ValueTask DisposeAsync()
        {
            _closing = true;
            await _client.DisposeAsync();
        }

        private async Task WatchAsync()
        {
            while (!_closing)
            {
                foreach (NodeReport report in await _client.StatusAsync())
                {
                    foreach (GroupStatus group in report.Status?.Groups ?? [])
                    {
                        Check(report.Status!, group.Group.Value, group.Replicas.Single(replica => replica.IsLocal));
                    }
                }
            }
        }

        private void Check(NodeStatus node, ulong group, ReplicaStatus now)
        {
            Samples++;
            Assert.Equal("", now.StoppedBecause);
            bool holds = now.TrimmedThrough <= now.Applied && now.Applied <= now.Committed && now.Committed <= now.Appended
                && now.Durable <= now.Appended && now.StableRead <= now.Applied;
            Assert.True(holds, $"the lattice is broken: {now}");
            if (_last.TryGetValue((node.Run, group), out ReplicaStatus? before))
            {
                bool grows = now.TrimmedThrough >= before.TrimmedThrough && now.Applied >= before.Applied
                    && now.Committed >= before.Committed && now.StableRead >= before.StableRead;
                Assert.True(grows, $"a frontier went back: {before}, then {now}");
            }

            _last[(node.Run, group)] = now;
        }
    }
}
