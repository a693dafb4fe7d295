using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Placement;

namespace ActorPhysics.Protocol.Tests.ControlPlane;

/// <summary>What the config group decides is carried out, whoever holds the office and whatever is lost on the way.</summary>
[Trait("Seed", "5.1")]
public sealed class ConfigControllerTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);
    private static readonly SpaceSettings Orders = new() { Name = "orders", Specification = "kv", InitialShards = 4 };

    [Fact]
    public void A_space_is_founded_on_nodes_of_different_zones()
    {
        AbstractCluster cluster = Serving();

        SpaceRecord space = cluster.State.Spaces["orders"];
        Assert.Equal(SpaceStage.Serving, space.Stage);
        Assert.Equal(4, space.Map.Shards.Length);
        Assert.All(cluster.State.Groups.Values, group => Assert.Equal(3, group.Configuration.Members.Select(member => member.Node.Value % 3).Distinct().Count()));
        cluster.CheckMaps();
    }

    [Fact]
    public void A_split_makes_a_shard_two_and_the_map_says_so()
    {
        AbstractCluster cluster = Serving();
        Shard shard = cluster.State.Spaces["orders"].Map.Shards[1];

        Assert.Equal(ConfigOutcome.Done, cluster.Ask(new SplitShard("orders", shard.Id, At: null)).Outcome);
        Assert.True(cluster.RunUntilSettled(Long));

        ShardMap map = cluster.State.Spaces["orders"].Map;
        Assert.Equal(5, map.Shards.Length);
        Assert.Equal(new ShardMapVersion(2), map.Version);
        Assert.Equal(shard.Group, map.Shards[1].Group);
        Assert.Equal(shard.Range.To, map.Shards[2].Range.To);
        cluster.CheckMaps();
    }

    [Fact]
    public void A_merge_ends_the_right_group_and_deletes_what_its_nodes_kept()
    {
        AbstractCluster cluster = Serving();
        ShardMap before = cluster.State.Spaces["orders"].Map;

        Assert.Equal(ConfigOutcome.Done, cluster.Ask(new MergeShards("orders", before.Shards[2].Id)).Outcome);
        Assert.True(cluster.RunUntilSettled(Long));

        Assert.Equal(3, cluster.State.Spaces["orders"].Map.Shards.Length);
        Assert.False(cluster.State.Groups.ContainsKey(before.Shards[3].Group));
        Assert.False(cluster.HasOrphans);
        cluster.CheckMaps();
    }

    [Fact]
    public void Only_one_handoff_at_a_time_is_under_way_in_a_space()
    {
        AbstractCluster cluster = Serving();
        ShardMap map = cluster.State.Spaces["orders"].Map;

        Assert.Equal(ConfigOutcome.Done, cluster.Ask(new SplitShard("orders", map.Shards[0].Id, At: null)).Outcome);

        Assert.Equal(ConfigOutcome.Busy, cluster.Ask(new SplitShard("orders", map.Shards[1].Id, At: null)).Outcome);
        Assert.Equal(ConfigOutcome.Busy, cluster.Ask(new MergeShards("orders", map.Shards[2].Id)).Outcome);
        Assert.Equal(ConfigOutcome.Busy, cluster.Ask(new DeleteSpace("orders")).Outcome);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_machine_that_does_not_divide_its_state_is_neither_split_nor_merged(bool merge)
    {
        AbstractCluster cluster = Serving();
        cluster.MachinesDivide = false;
        cluster.Run(TimeSpan.FromSeconds(5));
        ShardMap map = cluster.State.Spaces["orders"].Map;

        cluster.Ask(merge ? new MergeShards("orders", map.Shards[0].Id) : new SplitShard("orders", map.Shards[0].Id, At: null));

        Assert.True(cluster.RunUntilSettled(Long));
        Assert.Equal(map.Version, cluster.State.Spaces["orders"].Map.Version);
        Assert.Equal(4, cluster.State.Groups.Count);
        cluster.CheckMaps();
    }

    [Fact]
    public void A_node_that_stays_away_is_replaced_in_all_of_its_groups()
    {
        var policy = new ConfigPolicy { Placement = new PlacementPolicy { RepairAfter = TimeSpan.FromSeconds(10), Zones = ZoneRule.Preferred } };
        AbstractCluster cluster = Serving(policy);
        var lost = new NodeId(2);
        Assert.True(cluster.HostedOn(lost) > 0);

        cluster.Crash(lost);
        cluster.Run(Long);

        Assert.DoesNotContain(cluster.State.Groups.Values, group => group.Configuration.Members.Any(member => member.Node == lost));
        Assert.NotNull(cluster.State.Nodes[lost].AbsentSince);
        Assert.True(cluster.IsSettled);
    }

    [Fact]
    public void A_node_that_is_drained_ends_empty_and_can_be_removed()
    {
        AbstractCluster cluster = Serving();
        var node = new NodeId(3);

        cluster.Ask(new DrainNode(node, Drain: true));
        Assert.Equal(ConfigOutcome.Refused, cluster.Ask(new RemoveNode(node)).Outcome);
        cluster.Run(Long);

        Assert.Equal(0, cluster.HostedOn(node));
        Assert.Equal(ConfigOutcome.Done, cluster.Ask(new RemoveNode(node)).Outcome);
        cluster.CheckMaps();
    }

    [Fact]
    public void A_move_whose_newcomer_dies_is_taken_back()
    {
        AbstractCluster cluster = Serving(new ConfigPolicy { Plans = false });
        GroupRecord group = cluster.State.Groups.Values.First();
        NodeId from = group.Configuration.Members[0].Node;
        NodeId to = cluster.State.Nodes.Keys.First(node => group.Configuration.Members.All(member => member.Node != node));

        cluster.Ask(new BeginMove(new ReplaceReplica(group.Group, from, to, PlacementReason.ReplicaBalance), ByOperator: true));
        cluster.Run(TimeSpan.FromMilliseconds(60));
        cluster.Crash(to);

        Assert.True(cluster.RunUntilSettled(Long));
        Assert.Contains(cluster.State.Groups[group.Group].Configuration.Members, member => member.Node == from || member.Node == to);
    }

    [Fact]
    public void A_node_that_missed_a_retirement_is_told_when_it_is_back()
    {
        AbstractCluster cluster = Serving(new ConfigPolicy { Plans = false });
        ShardMap map = cluster.State.Spaces["orders"].Map;
        GroupId giver = map.Shards[3].Group;
        NodeId away = cluster.State.Groups[giver].Configuration.Members[2].Node;

        cluster.Crash(away);
        cluster.Run(TimeSpan.FromSeconds(10));
        cluster.Ask(new MergeShards("orders", map.Shards[2].Id));
        Assert.True(cluster.RunUntilSettled(Long));
        Assert.True(cluster.HasOrphans);

        cluster.Revive(away);
        cluster.Run(TimeSpan.FromSeconds(10));
        Assert.False(cluster.HasOrphans);
    }

    [Fact]
    public void A_deleted_space_leaves_nothing_and_its_name_may_be_used_again()
    {
        AbstractCluster cluster = Serving();

        cluster.Ask(new DeleteSpace("orders"));
        Assert.True(cluster.RunUntilSettled(Long));

        Assert.Empty(cluster.State.Spaces);
        Assert.Empty(cluster.State.Groups);
        Assert.False(cluster.HasOrphans);
        Assert.Equal(ConfigOutcome.Done, cluster.Ask(new CreateSpace(Orders)).Outcome);
        Assert.Equal(new SpaceId(2), cluster.State.Spaces["orders"].Space);
    }

    /// <summary>Whatever is asked for, lost and killed: keys have one owner at every moment, and in the end everything is as decided.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Changes_survive_lost_orders_dead_nodes_and_new_offices(ulong seed)
    {
        var policy = new ConfigPolicy { GiveUpAfter = TimeSpan.FromSeconds(20), Placement = new PlacementPolicy { RepairAfter = TimeSpan.FromSeconds(15) } };
        AbstractCluster cluster = Serving(policy, seed);
        cluster.LossOneIn = 4 + cluster.Random.Below(20);
        for (int round = 0; round < 60; round++)
        {
            Disturb(cluster);
            cluster.Run(TimeSpan.FromMilliseconds(50 + cluster.Random.Below(3_000)));
        }

        cluster.LossOneIn = 0;
        foreach (NodeId node in cluster.State.Nodes.Keys)
        {
            cluster.Revive(node);
            cluster.Ask(new DrainNode(node, Drain: false));
        }

        cluster.Run(TimeSpan.FromSeconds(30));
        Assert.True(cluster.RunUntilSettled(TimeSpan.FromMinutes(10)), string.Join("; ", cluster.State.Handoffs.Values));
        cluster.Run(TimeSpan.FromSeconds(5));
        Assert.True(cluster.RunUntilSettled(Long));
        Assert.False(cluster.HasOrphans);
        cluster.CheckMaps();
    }

    public static TheoryData<ulong> Seeds()
    {
        var seeds = new TheoryData<ulong>();
        for (ulong seed = 1; seed <= 25; seed++)
        {
            seeds.Add(seed);
        }

        return seeds;
    }

    private static void Disturb(AbstractCluster cluster)
    {
        NodeId node = cluster.Random.Pick(cluster.State.Nodes.Keys.ToList());
        int down = cluster.State.Nodes.Keys.Count(other => !cluster.IsUp(other));
        switch (cluster.Random.Below(8))
        {
            case 0 when down < 2:
                cluster.Crash(node);
                break;
            case 1 or 2:
                cluster.Revive(node);
                break;
            case 3:
                cluster.TakeOffice();
                break;
            case 4:
                cluster.Ask(new DrainNode(node, cluster.Random.OneIn(2) && cluster.State.Nodes.Values.Count(other => other.Draining) < 2));
                break;
            case 5 when cluster.State.Spaces.TryGetValue("orders", out SpaceRecord? space):
                cluster.Ask(new SplitShard("orders", cluster.Random.Pick(space.Map.Shards).Id, At: null));
                break;
            case 6 when cluster.State.Spaces.TryGetValue("orders", out SpaceRecord? space):
                cluster.Ask(new MergeShards("orders", cluster.Random.Pick(space.Map.Shards).Id));
                break;
            default:
                GroupRecord group = cluster.Random.Pick(cluster.State.Groups.Values.ToList());
                NodeId from = cluster.Random.Pick(group.Configuration.Members).Node;
                cluster.Ask(new BeginMove(new ReplaceReplica(group.Group, from, node, PlacementReason.ReplicaBalance), ByOperator: true));
                break;
        }
    }

    private static AbstractCluster Serving(ConfigPolicy? policy = null, ulong seed = 7)
    {
        var cluster = new AbstractCluster(seed, nodes: 6, policy);
        cluster.Run(TimeSpan.FromSeconds(3));
        Assert.Equal(6, cluster.State.Nodes.Count);
        Assert.Equal(ConfigOutcome.Done, cluster.Ask(new CreateSpace(Orders)).Outcome);
        Assert.True(cluster.RunUntilSettled(Long));
        return cluster;
    }
}
