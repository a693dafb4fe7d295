using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using ActorPhysics.Actors.ControlPlane;
using ActorPhysics.Client;
using ActorPhysics.Client.Membership;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Hosting.Tests.Loops;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Wire.Requests;
using NodeReport = ActorPhysics.Protocol.ControlPlane.NodeReport;

namespace ActorPhysics.Hosting.Tests.Nodes;

/// <summary>Nodes report to the leader of the config group, wherever it is, and learn from it where the others are.</summary>
[Collection(NodeTestCollection.Name)]
[Trait("Seed", "5.1")]
public sealed class NodeReportTests
{
    private const string Settings = """
        config { group = 9, report-interval = 50 ms }
        groups = [ { id = 1, name = main, members = [1, 2, 3] }, { id = 9, name = config, machine = config, members = [1, 2, 3] } ]
        """;

    private static readonly GroupId Config = new(9);

    [Fact]
    public async Task Reports_reach_the_leader_and_its_successor_and_begin_anew_there()
    {
        await using var cluster = new TestCluster(nodes: 3, Settings);
        await cluster.StartAsync();
        Dictionary<int, Sink> sinks = await SinksAsync(cluster);
        int leader = await cluster.LeaderAsync(Config.Value);

        await TestCluster.UntilAsync(() => Task.FromResult(sinks[leader].Whole.Distinct().Count() == 3));
        await TestCluster.UntilAsync(() => Task.FromResult(sinks[leader].Led.ContainsKey(new GroupId(1)) && sinks[leader].Led.ContainsKey(Config)));
        Assert.All(sinks[leader].Reports, report => Assert.Equal($"127.0.0.1:{cluster.PortOf((int)report.Node.Value)}", report.Address));
        Assert.All(sinks[leader].Reports.Where(report => report.IsWhole), report => Assert.Contains(report.Hosted, hosted => hosted.Group == Config));

        // What does not change is not told again.
        sinks[leader].Reports.Clear();
        await TestCluster.UntilAsync(() => Task.FromResult(sinks[leader].Reports.Count > 6));
        Assert.DoesNotContain(sinks[leader].Reports, report => report.IsWhole);

        await cluster.KillAsync(leader);
        int next = await cluster.LeaderAsync(Config.Value);
        await TestCluster.UntilAsync(() => Task.FromResult(sinks[next].Whole.Distinct().Count() == 2));
    }

    [Fact]
    public async Task Everything_is_told_again_to_who_asks_for_it()
    {
        await using var cluster = new TestCluster(nodes: 3, Settings);
        await cluster.StartAsync();
        Dictionary<int, Sink> sinks = await SinksAsync(cluster);
        int leader = await cluster.LeaderAsync(Config.Value);
        await TestCluster.UntilAsync(() => Task.FromResult(sinks[leader].Whole.Distinct().Count() == 3));
        sinks[leader].Reports.Clear();

        sinks[leader].AsksFor = new NodeId(2);

        await TestCluster.UntilAsync(() => Task.FromResult(sinks[leader].Whole.Contains(new NodeId(2))));
    }

    [Fact]
    public async Task A_node_that_nobody_knows_makes_itself_known_through_one_seed_and_serves()
    {
        int port = TestCluster.FreePorts(1)[0];
        await using var cluster = new TestCluster(nodes: 3, Settings);
        await cluster.StartAsync();
        Dictionary<int, Sink> sinks = await SinksAsync(cluster);
        string folder = Directory.CreateTempSubdirectory("actorphysics-newcomer-").FullName;
        NodeOptions options = Newcomer(cluster, port, folder);
        Node newcomer = cluster.Make(options);
        await newcomer.StartAsync().Within();

        // Everyone is everyone's peer, though the settings of three say nothing of the fourth, and its own of two of them.
        await TestCluster.UntilAsync(async () =>
        {
            bool isKnown = true;
            foreach (int number in cluster.Running)
            {
                isKnown &= await cluster[number].OnLoopAsync(() => cluster[number].IsConnected(new NodeId(4)));
            }

            return isKnown && sinks.Values.Any(sink => sink.Reports.Any(report => report.Node == new NodeId(4) && report.Zone == new ZoneName("rack-7")));
        });

        ActorPhysicsClient client = await cluster.ConnectAsync();
        await client.PutAsync("k", "v");
        var members = new MembershipClient(client, TestCluster.FirstGroup);
        MembershipResult moved = await members.ReplaceAsync(new NodeId(1), new NodeId(4), timeout: TimeSpan.FromSeconds(60));
        Assert.True(moved.Outcome == MembershipOutcome.Done, moved.Detail);

        // A restart knows them from its own disk.
        await newcomer.StopAsync().Within();
        Node again = cluster.Make(options);
        await again.StartAsync().Within();
        Assert.Equal([1UL, 2UL, 3UL, 4UL], (await again.GetStatusAsync().Within()).Nodes.Select(node => node.Node.Value));
        await TestCluster.UntilAsync(async () => await again.OnLoopAsync(() => again.IsConnected(new NodeId(3))));
        await client.PutAsync("k", "w");
        await again.StopAsync().Within();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Nobody_reports_for_another_node()
    {
        await using var cluster = new TestCluster(nodes: 3, Settings);
        await cluster.StartAsync();
        Dictionary<int, Sink> sinks = await SinksAsync(cluster);
        int leader = await cluster.LeaderAsync(Config.Value);
        var lie = new NodeReport(new NodeId(2), "n2", "127.0.0.1:1", default, 1, IsWhole: true, [], []);
        int liar = leader == 3 ? 1 : 3;
        await TestCluster.UntilAsync(async () => await cluster[liar].OnLoopAsync(() => cluster[liar].IsConnected(new NodeId((ulong)leader))));

        Actors.Ports.PeerAnswer answer = await cluster[liar].AskAsync(
            new NodeId((ulong)leader), Config, RequestKind.NodeReport, Wire.ControlPlane.NodeReportCodec.Encode(lie, 0), Deadline.Long).Within();

        Assert.Equal(liar == 2 ? ResponseOutcome.Ok : ResponseOutcome.NotAuthorized, answer.Outcome);
        Assert.DoesNotContain(sinks[leader].Reports, report => report.Address == lie.Address);
    }

    private static NodeOptions Newcomer(TestCluster cluster, int port, string folder) => NodeOptions.FromText($$"""
        actorphysics {
          cluster { id = test, nodes = [ { id = 1, name = n1, address = "127.0.0.1:{{cluster.PortOf(1)}}" }, { id = 4, name = n4, address = "127.0.0.1:{{port}}" } ] }
          node { id = 4, zone = rack-7, data-dir = {{JsonSerializer.Serialize(folder)}} }
          journal { segment-bytes = 4 MiB, disk-reserve-bytes = 1 MiB }
          {{Settings}}
        }
        """);

    private static async Task<Dictionary<int, Sink>> SinksAsync(TestCluster cluster)
    {
        Dictionary<int, Sink> sinks = [];
        var nodes = new ConcurrentDictionary<NodeId, ClusterNodeStatus>();
        foreach (int number in cluster.Running)
        {
            Node node = cluster[number];
            var sink = new Sink(() => node.Groups[Config].Actor.Role == LineRole.Leader, nodes);
            sinks.Add(number, sink);
            await node.OnLoopAsync(() => node.Orders.Reports = sink);
        }

        return sinks;
    }

    /// <summary>Takes reports as a config actor does, as long as the replica beside it leads.</summary>
    private sealed class Sink(Func<bool> leads, ConcurrentDictionary<NodeId, ClusterNodeStatus> nodes) : INodeReportSink
    {
        public ConcurrentQueue<NodeReport> Reports { get; } = [];

        public ConcurrentDictionary<GroupId, NodeId> Led { get; } = [];

        public NodeId AsksFor { get; set; }

        public IEnumerable<NodeId> Whole => Reports.Where(report => report.IsWhole).Select(report => report.Node);

        public ImmutableArray<ClusterNodeStatus> Nodes => [.. nodes.Values.OrderBy(node => node.Node)];

        public ReportReception Take(NodeReport report)
        {
            if (!leads())
            {
                return ReportReception.NotLeader;
            }

            nodes[report.Node] = new ClusterNodeStatus(report.Node, report.Name, report.Address);
            Reports.Enqueue(report);
            foreach (GroupReport group in report.Led)
            {
                Led[group.Group] = report.Node;
            }

            return AsksFor == report.Node ? ReportReception.SendEverything : ReportReception.Taken;
        }
    }
}
