using System.Diagnostics;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Placement;
using ActorPhysics.Protocol.Tests.Harness;
using Xunit.Abstractions;

namespace ActorPhysics.Protocol.Tests.Placement;

/// <summary>
/// A thousand nodes in ten zones, a hundred thousand groups of three: each case ends at rest, within tolerance, spread over zones, after hardly more moves
/// than any planner would need.
/// </summary>
[Trait("Seed", "5.1.2")]
public sealed class LargeClusterTests(ITestOutputHelper output)
{
    private const int NodeCount = 1_000;
    private const int GroupCount = 100_000;
    private const int Zones = 10;
    private const int Replicas = 3;
    private const double Factor = 1.1;

    private static readonly PlacementPolicy Policy = new()
    {
        MostMoves = 4_000,
        MostMovesFromNode = 50,
        MostMovesToNode = 50,
        MostBytesUnderWay = ByteSize.FromMebibytes(1 << 20),
    };

    private readonly TestRandom _random = new(2026);

    [Fact]
    public void A_hundred_fresh_nodes_are_filled()
    {
        // 900 nodes hold everything, 90 of each zone.
        SimulatedPlacement cluster = Balanced(NodesOf(node => node % 100 < 90));
        cluster.Add(NodesOf(node => node % 100 >= 90));
        (int[] lower, int[] upper) = Bounds(cluster);
        int[] held = cluster.ReplicasByNode();
        int bound = Math.Max(held.Zip(upper, (count, most) => Math.Max(0, count - most)).Sum(), held.Zip(lower, (count, least) => Math.Max(0, least - count)).Sum());

        Converge(cluster, bound);
    }

    [Fact]
    public void Fifty_drained_nodes_are_emptied()
    {
        SimulatedPlacement cluster = Balanced(NodesOf(_ => true));
        cluster.Change(node => (node.Node.Value - 1) / Zones % 20 == 7, NodeDraining.Instance);
        int bound = cluster.ReplicasByNode().Where((_, node) => cluster.Nodes[node].Condition is NodeDraining).Sum();

        Converge(cluster, bound);
        Assert.All(cluster.ReplicasByNode().Where((_, node) => cluster.Nodes[node].Condition is NodeDraining), count => Assert.Equal(0, count));
    }

    [Fact]
    public void A_lost_zone_is_made_anew_in_the_others()
    {
        SimulatedPlacement cluster = Balanced(NodesOf(_ => true));
        cluster.Change(node => node.Zone.Value == 3, SimulatedPlacement.LongAbsent());
        int bound = cluster.ReplicasByNode().Where((_, node) => cluster.Nodes[node].Condition is NodeAbsent).Sum();

        Converge(cluster, bound);
        Assert.All(cluster.ReplicasByNode().Where((_, node) => cluster.Nodes[node].Condition is NodeAbsent), count => Assert.Equal(0, count));
    }

    [Fact]
    public void A_random_placement_is_spread_over_zones_and_evened_out()
    {
        ClusterNode[] nodes = NodesOf(_ => true);
        var groups = new GroupPlacement[GroupCount];
        SpaceDescription space = SimulatedPlacement.Space();
        for (int g = 0; g < GroupCount; g++)
        {
            groups[g] = Group(g, space, Some(nodes, sameZoneAllowed: true), _random);
        }

        var cluster = new SimulatedPlacement(_random, nodes, groups);
        int crowded = groups.Sum(group => Replicas - ZonesOf(cluster, group).Distinct().Count());
        Converge(cluster, Math.Max(crowded, OutOfBounds(cluster)));
    }

    [Fact]
    public void A_random_placement_that_is_spread_already_is_evened_out()
    {
        ClusterNode[] nodes = NodesOf(_ => true);
        SpaceDescription space = SimulatedPlacement.Space();
        GroupPlacement[] groups = [.. Enumerable.Range(0, GroupCount).Select(g => Group(g, space, Some(nodes, sameZoneAllowed: false), _random))];
        var cluster = new SimulatedPlacement(_random, nodes, groups);

        Converge(cluster, OutOfBounds(cluster));
    }

    [Fact]
    public void Leadership_that_is_all_in_one_half_of_the_nodes_is_spread()
    {
        SimulatedPlacement cluster = Balanced(NodesOf(_ => true));
        for (int g = 0; g < GroupCount; g++)
        {
            NodeId leader = cluster.Groups[g].Members.OrderBy(member => member.Node.Value % 2).First().Node;
            cluster.Groups[g] = cluster.Groups[g] with { Leader = leader };
        }

        // A share is a third of the groups that a node has a voter of, which all have 300.
        int[] led = cluster.LeadersByNode();
        int bound = Math.Max(led.Sum(count => Math.Max(0, count - 110)), led.Sum(count => Math.Max(0, 90 - count)));
        cluster.Converge(Policy, mostRounds: 100);

        output.WriteLine($"transfers {cluster.Transfers}, bound {bound}");
        Assert.Equal(0, cluster.Replacements);
        Assert.InRange(cluster.Transfers, bound, bound * Factor);
        Assert.All(cluster.LeadersByNode(), count => Assert.InRange(count, 90, 110));
    }

    private void Converge(SimulatedPlacement cluster, int bound)
    {
        var clock = Stopwatch.StartNew();
        TimeSpan planning = TimeSpan.Zero;
        int plans = 0;
        int rounds = 0;
        while (true)
        {
            ClusterView view = cluster.View;
            long began = Stopwatch.GetTimestamp();
            PlacementPlan plan = PlacementPlanner.Plan(view, Policy, SimulatedPlacement.Now);
            planning += Stopwatch.GetElapsedTime(began);
            plans++;
            if (plan.Moves.IsEmpty)
            {
                break;
            }

            Assert.True(++rounds < 200, "the cluster does not come to rest");
            cluster.Begin(plan);
            cluster.Finish();
        }

        output.WriteLine(
            $"bound {bound}, replacements {cluster.Replacements}, transfers {cluster.Transfers}, rounds {rounds}, "
            + $"planning {planning.TotalMilliseconds / plans:0} ms a round, {clock.ElapsedMilliseconds} ms in all");
        (int[] lower, int[] upper) = Bounds(cluster);
        int[] held = cluster.ReplicasByNode();
        Assert.All(held.Zip(lower, upper), item => Assert.InRange(item.First, item.Second, item.Third));
        Assert.All(cluster.Groups.Where(group => ZonesOf(cluster, group).Distinct().Count() != Replicas), group => Assert.Fail($"{group} is not spread"));
        Assert.InRange(cluster.Replacements, bound, bound * Factor);
    }

    /// <summary>What each node may hold, from the number of nodes that serve alone: all have one weight.</summary>
    private static (int[] Lower, int[] Upper) Bounds(SimulatedPlacement cluster)
    {
        double share = (double)cluster.Groups.Length * Replicas / cluster.Nodes.Count(node => node.Condition is NodeAlive);
        return (
            [.. cluster.Nodes.Select(node => node.Condition is NodeAlive ? (int)Math.Floor(share * 0.95) : 0)],
            [.. cluster.Nodes.Select(node => node.Condition is NodeAlive ? (int)Math.Ceiling(share * 1.05) : 0)]);
    }

    private static int OutOfBounds(SimulatedPlacement cluster)
    {
        (int[] lower, int[] upper) = Bounds(cluster);
        int[] held = cluster.ReplicasByNode();
        return Math.Max(held.Zip(upper, (count, most) => Math.Max(0, count - most)).Sum(), held.Zip(lower, (count, least) => Math.Max(0, least - count)).Sum());
    }

    private static IEnumerable<ulong> ZonesOf(SimulatedPlacement cluster, GroupPlacement group) =>
        group.Members.Select(member => (member.Node.Value - 1) % Zones);

    /// <summary>Node n, from 0, is in zone n mod 10.</summary>
    private static ClusterNode[] NodesOf(Func<int, bool> which) =>
        [.. Enumerable.Range(0, NodeCount).Where(node => which(node / Zones % 100)).Select(node => SimulatedPlacement.Node(node + 1, node % Zones))];

    /// <summary>Every zone's places are dealt out in random order, as many on each node; a group's three zones differ.</summary>
    private SimulatedPlacement Balanced(ClusterNode[] nodes)
    {
        NodeId[][] places = new NodeId[Zones][];
        for (int zone = 0; zone < Zones; zone++)
        {
            ClusterNode[] inZone = [.. nodes.Where(node => node.Zone.Value == (ulong)zone)];
            places[zone] = [.. Enumerable.Range(0, GroupCount * Replicas / Zones).Select(place => inZone[place % inZone.Length].Node)];
            Shuffle(places[zone]);
        }

        SpaceDescription space = SimulatedPlacement.Space();
        int[] dealt = new int[Zones];
        var groups = new GroupPlacement[GroupCount];
        for (int g = 0; g < GroupCount; g++)
        {
            int first = g % Zones;
            int second = (first + 1 + g / Zones % 4) % Zones;
            int third = (first + 5 + g / 40 % 5) % Zones;
            groups[g] = Group(g, space, [Deal(first), Deal(second), Deal(third)], _random);
        }

        return new SimulatedPlacement(_random, nodes, groups);

        NodeId Deal(int zone) => places[zone][dealt[zone]++];
    }

    private void Shuffle(NodeId[] nodes)
    {
        for (int i = nodes.Length - 1; i > 0; i--)
        {
            int other = _random.Below(i + 1);
            (nodes[i], nodes[other]) = (nodes[other], nodes[i]);
        }
    }

    private NodeId[] Some(ClusterNode[] nodes, bool sameZoneAllowed)
    {
        var chosen = new List<ClusterNode>();
        while (chosen.Count < Replicas)
        {
            ClusterNode node = _random.Pick(nodes);
            if (!chosen.Exists(other => other.Node == node.Node || (!sameZoneAllowed && other.Zone == node.Zone)))
            {
                chosen.Add(node);
            }
        }

        return [.. chosen.Select(node => node.Node)];
    }

    private static GroupPlacement Group(int index, SpaceDescription space, NodeId[] nodes, TestRandom random) => new(
        new GroupId((ulong)index + 1),
        space,
        [.. nodes.Select(node => new PlacedReplica(node, MemberRole.Voter))],
        random.Pick(nodes),
        ByteSize.FromMebibytes(64));
}
