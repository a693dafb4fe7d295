using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Client;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Hosting.Tests.Loops;
using ActorPhysics.Wire.Requests;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Tests.Nodes;

/// <summary>Nodes of one cluster in this process, each with its own data folder and port. Nodes are numbered from 1.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("actorphysics-nodes-");
    private readonly int[] _ports;
    private readonly string _settings;
    private readonly Func<int, StateMachineRegistry> _machines;
    private readonly Node?[] _nodes;
    private readonly List<ActorPhysicsClient> _clients = [];

    /// <param name="nodes">How many.</param>
    /// <param name="settings">HOCON inside the section <c>actorphysics</c>, the same for all nodes.</param>
    /// <param name="machines">The state machines that each node knows; null for the built-in ones.</param>
    public TestCluster(int nodes = 3, string settings = "", Func<int, StateMachineRegistry>? machines = null)
    {
        _ports = FreePorts(nodes);
        _settings = settings;
        _machines = machines ?? (_ => StateMachineRegistry.WithBuiltIns());
        _nodes = new Node?[nodes];
    }

    public RecordingLogger Log { get; } = new();

    public static GroupId FirstGroup => new(1);

    public IEnumerable<int> Running => Enumerable.Range(1, _nodes.Length).Where(number => _nodes[number - 1] is not null);

    public Node this[int number] => _nodes[number - 1] ?? throw new InvalidOperationException($"node {number} does not run");

    public int PortOf(int number) => _ports[number - 1];

    public string FolderOf(int number) => Path.Combine(_folder.FullName, $"n{number}");

    public NodeOptions OptionsOf(int number) => NodeOptions.FromText(TextOf(number), $"n{number}");

    /// <param name="cluster">Another name than the cluster's own.</param>
    public string TextOf(int number, string cluster = "test")
    {
        IEnumerable<string> nodes = _ports.Select((port, index) =>
            string.Create(CultureInfo.InvariantCulture, $"{{ id = {index + 1}, name = n{index + 1}, address = \"127.0.0.1:{port}\" }}"));
        return $$"""
            actorphysics {
              cluster { id = {{cluster}}, nodes = [ {{string.Join(", ", nodes)}} ] }
              node { id = {{number}}, data-dir = {{JsonSerializer.Serialize(FolderOf(number))}} }
              journal { segment-bytes = 4 MiB, disk-reserve-bytes = 1 MiB }
              {{_settings}}
            }
            """;
    }

    /// <summary>A node that was not started, with the given options.</summary>
    public Node Make(NodeOptions options) => new(options, _machines(checked((int)options.Node.Id.Value)), new Loggers(Log));

    public async Task<TestCluster> StartAsync()
    {
        await Task.WhenAll(Enumerable.Range(1, _nodes.Length).Select(StartAsync));
        return this;
    }

    public async Task StartAsync(int number)
    {
        Node node = Make(OptionsOf(number));
        await node.StartAsync().Within();
        _nodes[number - 1] = node;
    }

    /// <summary>Ends a node in good order.</summary>
    public Task StopAsync(int number) => Take(number).StopAsync().Within();

    /// <summary>Ends a node like a crash.</summary>
    public Task KillAsync(int number) => Take(number).KillAsync().Within();

    public async Task<ActorPhysicsClient> ConnectAsync(params int[] nodes)
    {
        IEnumerable<int> ports = nodes.Length == 0 ? _ports : nodes.Select(PortOf);
        ActorPhysicsClient client = await ActorPhysicsClient.ConnectAsync(new ClientOptions
        {
            Nodes = [.. ports.Select(port => new NodeAddress("127.0.0.1", port))],
            Name = "test",
            RequestTimeout = Deadline.Long,
        }).Within();
        _clients.Add(client);
        return client;
    }

    public async Task<GroupStatus> GroupAsync(int number, ulong group = 1) =>
        await FindGroupAsync(number, group) ?? throw new InvalidOperationException($"node {number} knows nothing of group {group}");

    /// <summary>Null when nothing of the group is on the node.</summary>
    public async Task<GroupStatus?> FindGroupAsync(int number, ulong group = 1)
    {
        NodeStatus status = await this[number].GetStatusAsync().Within();
        return status.Groups.SingleOrDefault(candidate => candidate.Group == new GroupId(group));
    }

    /// <summary>What a node says of its own replica.</summary>
    public async Task<ReplicaStatus> ReplicaAsync(int number, ulong group = 1) =>
        (await GroupAsync(number, group)).Replicas.First(replica => replica.IsLocal);

    /// <summary>Waits until one of the running nodes leads the newest epoch that any of them knows.</summary>
    public async Task<int> LeaderAsync(ulong group = 1)
    {
        int leader = 0;
        await UntilAsync(async () =>
        {
            var seen = new List<(int Number, GroupStatus Status)>();
            foreach (int number in Running)
            {
                if (await FindGroupAsync(number, group) is { } status)
                {
                    seen.Add((number, status));
                }
            }

            LeaderEpoch epoch = seen.Max(item => item.Status.LeaderEpoch);
            leader = seen.FirstOrDefault(item => item.Status.LeaderEpoch == epoch && Leads(item.Status)).Number;
            return leader != 0;
        });
        return leader;
    }

    private static bool Leads(GroupStatus status) => status.Replicas.Any(replica => replica is { IsLocal: true, Role: ReplicaRole.Leader });

    /// <summary>Polls a condition until it holds or the deadline has passed.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        using var deadline = new CancellationTokenSource(Deadline.Long);
        while (!await condition())
        {
            Assert.False(deadline.IsCancellationRequested, $"This never came true: {text}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), CancellationToken.None);
        }
    }

    /// <summary>Waits until the running replicas have applied the same prefix, and gives their states.</summary>
    /// <param name="group">The group.</param>
    /// <param name="nodes">Whose replicas; all running nodes when none is named.</param>
    public async Task<IReadOnlyList<byte[]>> SettledStatesAsync(ulong group = 1, params int[] nodes)
    {
        (LogIndex At, byte[] State)[] states = [];
        await UntilAsync(async () =>
        {
            states = await Task.WhenAll((nodes.Length == 0 ? Running : nodes).Select(number => this[number].ReadStateAsync(new GroupId(group))));
            return states.All(state => state.At == states[0].At);
        });
        return [.. states.Select(state => state.State)];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ActorPhysicsClient client in _clients)
        {
            await client.DisposeAsync();
        }

        await Task.WhenAll(Running.ToArray().Select(KillAsync));
        _folder.Delete(recursive: true);
    }

    public static int[] FreePorts(int count)
    {
        // All are held at once, so that none is given out twice.
        TcpListener[] holders = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        Array.ForEach(holders, holder => holder.Start());
        int[] ports = [.. holders.Select(holder => ((IPEndPoint)holder.LocalEndpoint).Port)];
        Array.ForEach(holders, holder => holder.Dispose());
        return ports;
    }

    private Node Take(int number)
    {
        Node node = this[number];
        _nodes[number - 1] = null;
        return node;
    }

    private sealed class Loggers(ILogger logger) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => logger;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}

/// <summary>Whole nodes use threads and disks of their own: one test at a time.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class NodeTestCollection
{
    public const string Name = "nodes";
}
