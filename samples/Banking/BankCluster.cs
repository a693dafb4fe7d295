// The bank as its customers see it, in the machine's own types.
global using BankClient = ActorPhysics.Client.MachineClient<
    ActorPhysics.Samples.Banking.BankCommand, ActorPhysics.Samples.Banking.BankResult, ActorPhysics.Samples.Banking.AuditQuery, ActorPhysics.Samples.Banking.AuditPage>;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Client;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Wire.Requests;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorPhysics.Samples.Banking;

/// <summary>Who leads the bank's group.</summary>
internal sealed record Leadership(NodeId Node, LeaderEpoch Epoch);

/// <summary>
/// Three nodes in this process, each with its own data folder and its own port: whatever they know of each other came over a socket, and
/// whatever survives a crash was on a disk.
/// </summary>
internal sealed class BankCluster : IAsyncDisposable
{
    public static readonly GroupId Group = new(1);
    private const int NodeCount = 3;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ImmutableArray<NodeOptions> _options;
    private readonly Node?[] _nodes = new Node?[NodeCount];

    private BankCluster(ImmutableArray<NodeOptions> options)
    {
        _options = options;
        Addresses = [.. options[0].Cluster.Nodes.Select(node => NodeAddress.Parse(node.Address.ToString()))];
        Configuration = GroupPlan.FoundingOf(options[0], options[0].Groups[0]);
    }

    public ImmutableArray<NodeAddress> Addresses { get; }

    /// <summary>Members, quorums and failure model of the bank's group: all that is needed to check a certificate.</summary>
    public GroupConfiguration Configuration { get; }

    public static async Task<BankCluster> StartAsync(string folder)
    {
        int[] ports = FreePorts();
        var cluster = new BankCluster([.. Enumerable.Range(1, NodeCount).Select(node => OptionsOf(node, ports, folder))]);
        try
        {
            await Task.WhenAll(cluster._options.Select(options => cluster.StartAsync(options.Node.Id)));
            await cluster.WaitForLeaderAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends a node like a crash: nothing is handed over, nobody is told.</summary>
    public async Task CrashAsync(NodeId id)
    {
        Node node = Take(id) ?? throw new InvalidOperationException($"{id} does not run");
        await node.KillAsync();
    }

    /// <summary>Starts a node from its data folder.</summary>
    public async Task StartAsync(NodeId id)
    {
        var machines = StateMachineRegistry.WithBuiltIns().Add("bank", () => new Bank());
        var node = new Node(_options[IndexOf(id)], machines, NullLoggerFactory.Instance);
        await node.StartAsync();
        Volatile.Write(ref _nodes[IndexOf(id)], node);
    }

    public async Task<Leadership> WaitForLeaderAsync()
    {
        Leadership? leader = null;
        await WaitAsync(
            async () => (leader = await FindLeaderAsync()) is not null,
            "no node leads the bank's group");
        return leader!;
    }

    /// <summary>Every node's own replica.</summary>
    public async Task<ImmutableArray<(LeaderEpoch Epoch, ReplicaStatus Replica)>> ReplicasAsync()
    {
        ImmutableArray<(LeaderEpoch, ReplicaStatus)>.Builder replicas = ImmutableArray.CreateBuilder<(LeaderEpoch, ReplicaStatus)>();
        for (int i = 0; i < NodeCount; i++)
        {
            if (Volatile.Read(ref _nodes[i]) is { } node)
            {
                NodeStatus status = await node.GetStatusAsync();
                GroupStatus group = status.Groups.First(group => group.Group == Group);
                replicas.Add((group.LeaderEpoch, group.Replicas.First(replica => replica.IsLocal)));
            }
        }

        return replicas.DrainToImmutable();
    }

    /// <summary>The applied state of each replica as the bytes of a snapshot, once all have applied the same prefix of the log.</summary>
    public async Task<ImmutableArray<(LogIndex At, byte[] State)>> ReadStatesAsync()
    {
        ImmutableArray<(LogIndex At, byte[] State)> states = [];
        await WaitAsync(
            async () =>
            {
                ImmutableArray<(LeaderEpoch Epoch, ReplicaStatus Replica)> replicas = await ReplicasAsync();
                if (replicas.Select(item => item.Replica.Applied).Distinct().Count() > 1)
                {
                    return false;
                }

                states = [.. await Task.WhenAll(_nodes.Select(node => node!.ReadStateAsync(Group)))];
                return states.All(state => state.At == states[0].At);
            },
            "the replicas do not reach the same index");
        return states;
    }

    public async ValueTask DisposeAsync()
    {
        for (ulong id = 1; id <= NodeCount; id++)
        {
            if (Take(new NodeId(id)) is { } node)
            {
                await node.DisposeAsync();
            }
        }
    }

    private async Task<Leadership?> FindLeaderAsync()
    {
        ImmutableArray<(LeaderEpoch Epoch, ReplicaStatus Replica)> replicas = await ReplicasAsync();
        return replicas
            .Where(item => item.Replica.Role == ReplicaRole.Leader)
            .OrderByDescending(item => item.Epoch)
            .Select(item => new Leadership(item.Replica.Node, item.Epoch))
            .FirstOrDefault();
    }

    private Node? Take(NodeId id) => Interlocked.Exchange(ref _nodes[IndexOf(id)], null);

    private static int IndexOf(NodeId id) => checked((int)id.Value - 1);

    private static async Task WaitAsync(Func<Task<bool>> condition, string complaint)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (!await condition())
        {
            if (deadline.IsCancellationRequested)
            {
                throw new TimeoutException($"After {Patience.TotalSeconds:0} s {complaint}.");
            }

            await Task.Delay(PollInterval, CancellationToken.None);
        }
    }

    private static NodeOptions OptionsOf(int node, int[] ports, string folder)
    {
        IEnumerable<string> nodes = ports.Select((port, index) =>
            string.Create(CultureInfo.InvariantCulture, $"{{ id = {index + 1}, name = vault-{index + 1}, address = \"127.0.0.1:{port}\" }}"));
        string dataFolder = JsonSerializer.Serialize(Path.Combine(folder, $"vault-{node}"));
        return NodeOptions.FromText(
            $$"""
            actorphysics {
              cluster { id = bank, nodes = [ {{string.Join(", ", nodes)}} ] }
              node { id = {{node}}, data-dir = {{dataFolder}} }
              groups = [ { id = {{Group.Value}}, name = bank, machine = bank } ]
              # Small, so that a short run sees snapshots and trimming, too.
              journal { segment-bytes = 16 MiB, disk-reserve-bytes = 16 MiB }
              snapshots.every-log-bytes = 4 MiB
            }
            """,
            name: $"vault-{node}");
    }

    private static int[] FreePorts()
    {
        // All are held at once, so that none is given out twice.
        TcpListener[] holders = [.. Enumerable.Range(0, NodeCount).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        try
        {
            foreach (TcpListener holder in holders)
            {
                holder.Start();
            }

            return [.. holders.Select(holder => ((IPEndPoint)holder.LocalEndpoint).Port)];
        }
        finally
        {
            foreach (TcpListener holder in holders)
            {
                holder.Dispose();
            }
        }
    }
}
