using System.Text;
using ActorPhysics.Client;
using ActorPhysics.Client.Recovery;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Space;
using ActorPhysics.Hosting.Tests.Loops;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Placement;
using ActorPhysics.Wire.ControlPlane;
using ActorPhysics.Wire.Machines;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Hosting.Tests.Nodes;

/// <summary>Spaces on real nodes: founded, split, merged and moved by the config group while they serve.</summary>
[Collection(NodeTestCollection.Name)]
[Trait("Seed", "5.1.1")]
public sealed class SpaceTests
{
    private const string Settings = """
        config { group = 9, report-interval = 100 ms, absent-after = 3 s }
        groups = [ { id = 9, name = config, machine = config, members = [1, 2, 3] } ]
        """;

    private const int Keys = 200;
    private static readonly GroupId Config = new(9);
    private static readonly SpaceSettings Orders = new() { Name = "orders", Specification = "kv", InitialShards = 2 };

    [Fact]
    public async Task A_space_is_split_and_merged_and_keeps_every_key()
    {
        await using var cluster = new TestCluster(nodes: 3, Settings);
        await cluster.StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        await CreateAsync(client, nodes: 3);
        await PutAllAsync(client, "a");

        ShardMap map = await MapAsync(client);
        await DecideAsync(client, new SplitShard("orders", map.Shards[0].Id, At: null));
        map = await SettledAsync(client, shards: 3);
        await ExpectAllAsync(client, map, "a");
        await PutAllAsync(client, "b");

        await DecideAsync(client, new MergeShards("orders", map.Shards[1].Id));
        map = await SettledAsync(client, shards: 2);
        await ExpectAllAsync(client, map, "b");

        // The group that gave everything away is gone from every node.
        await TestCluster.UntilAsync(async () => (await GroupsAsync(client)).Length == 2);
        foreach (int number in cluster.Running)
        {
            Assert.Equal(3, (await cluster[number].GetStatusAsync().Within()).Groups.Length);
        }
    }

    [Fact]
    public async Task A_space_of_the_settings_is_created_when_there_are_enough_nodes()
    {
        const string Spaces = """
            spaces = [ { name = orders, shards = 2 } ]
            """;
        await using var cluster = new TestCluster(nodes: 3, Settings + "\n" + Spaces);
        await cluster.StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();

        await SettledAsync(client, shards: 2);
        await PutAllAsync(client, "a");
    }

    [Fact]
    public async Task Changes_go_on_when_the_config_leader_is_killed()
    {
        await using var cluster = new TestCluster(nodes: 3, Settings);
        await cluster.StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        await CreateAsync(client, nodes: 3);
        await PutAllAsync(client, "a");

        ShardMap map = await MapAsync(client);
        await DecideAsync(client, new SplitShard("orders", map.Shards[1].Id, At: null));
        int leader = await cluster.LeaderAsync(Config.Value);
        await cluster.KillAsync(leader);

        map = await SettledAsync(client, shards: 3);
        await cluster.StartAsync(leader);
        await ExpectAllAsync(client, map, "a");
    }

    [Fact]
    public async Task A_group_moves_to_another_node_while_it_serves()
    {
        await using var cluster = new TestCluster(nodes: 4, Settings);
        await cluster.StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        await CreateAsync(client, nodes: 4);
        await PutAllAsync(client, "a");
        GroupRecord group = (await GroupsAsync(client))[0];
        NodeId from = group.Configuration.Members[0].Node;
        NodeId to = Enumerable.Range(1, 4).Select(id => new NodeId((ulong)id)).First(node => group.Configuration.Members.All(member => member.Node != node));

        await DecideAsync(client, new BeginMove(new ReplaceReplica(group.Group, from, to, PlacementReason.ReplicaBalance), ByOperator: true));

        await TestCluster.UntilAsync(async () =>
        {
            GroupRecord now = (await GroupsAsync(client))[0];
            return now.Move is null && now.Configuration.Members.Any(member => member.Node == to) && now.Configuration.Members.All(member => member.Node != from);
        });
        await ExpectAllAsync(client, await MapAsync(client), "a");
    }

    [Fact]
    [Trait("Pitfall", "39")]
    public async Task A_group_that_lost_its_quorum_is_brought_back_to_its_size_once_somebody_accepts_the_loss()
    {
        await using var cluster = new TestCluster(nodes: 6, Settings);
        await cluster.StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync(1, 2, 3);
        await CreateAsync(client, nodes: 6);
        await PutAllAsync(client, "a");
        GroupRecord before = (await GroupsAsync(client)).First(group => group.Configuration.Members.Count(IsNoHomeOfTheConfigGroup) >= 2);
        int[] lost = [.. before.Configuration.Members.Where(IsNoHomeOfTheConfigGroup).Take(2).Select(member => (int)member.Node.Value)];
        await cluster.SettledStatesAsync(before.Group.Value, [.. before.Configuration.Members.Select(member => (int)member.Node.Value)]);
        await Task.WhenAll(lost.Select(cluster.KillAsync));

        var recovery = new RecoveryClient(client, before.Group);
        RecoverySurvey? survey = null;
        await TestCluster.UntilAsync(async () => (survey = await recovery.SurveyAsync()) is { Leader: null, Best: not null });
        await recovery.RecoverAcceptingLossAsync(survey!, survey!.Best!);

        // From here on nobody has to do anything: the config group hears of it and repairs the group with the nodes that are left.
        GroupRecord? after = null;
        await TestCluster.UntilAsync(async () =>
        {
            after = (await GroupsAsync(client)).First(group => group.Group == before.Group);
            return after.Move is null && after.Configuration.Members.Length == 3 && after.Configuration.Incarnation != before.Configuration.Incarnation;
        });
        Assert.DoesNotContain(after!.Configuration.Members, member => lost.Contains((int)member.Node.Value));
        await ExpectAllAsync(client, await MapAsync(client), "a");

        // Two of the former three are a quorum of what was. They are not heard any more.
        await Task.WhenAll(lost.Select(cluster.StartAsync));
        foreach (int number in lost)
        {
            await TestCluster.UntilAsync(async () => await cluster.FindGroupAsync(number, before.Group.Value) is { } status
                && status.Replicas.Any(replica => replica is { IsLocal: true, Role: ReplicaRole.Retired }));
        }

        await PutAllAsync(client, "b");
        await ExpectAllAsync(client, await MapAsync(client), "b");
        Assert.Equal(after.Configuration.Incarnation, (await GroupsAsync(client)).First(group => group.Group == before.Group).Configuration.Incarnation);

        static bool IsNoHomeOfTheConfigGroup(Member member) => member.Node.Value > 3;
    }

    [Fact]
    public async Task A_group_refuses_a_key_that_another_one_owns()
    {
        await using var cluster = new TestCluster(nodes: 3, Settings);
        await cluster.StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        await CreateAsync(client, nodes: 3);
        ShardMap map = await MapAsync(client);
        string key = Enumerable.Range(0, Keys).Select(KeyOf).First(candidate => map.Find(SpaceKey.OfText(candidate)).Group == map.Shards[0].Group);

        await Assert.ThrowsAnyAsync<RequestException>(async () => await client.WriteAsync(map.Shards[1].Group, KvCommands.Put(key, "x"u8)));
        await Assert.ThrowsAnyAsync<RequestException>(async () => await client.ReadAsync(map.Shards[1].Group, KvQueries.Get(key)));
    }

    private static string KeyOf(int number) => $"key-{number}";

    private static async Task CreateAsync(ActorPhysicsClient client, int nodes)
    {
        await TestCluster.UntilAsync(async () => ((NodesAnswer)await AskAsync(client, new AskNodes())).Nodes.Length == nodes);
        await DecideAsync(client, new CreateSpace(Orders));
        await SettledAsync(client, Orders.InitialShards);
    }

    private static async Task<ShardMap> SettledAsync(ActorPhysicsClient client, int shards)
    {
        ShardMap? map = null;
        await TestCluster.UntilAsync(async () =>
        {
            var answer = (SpaceAnswer)await AskAsync(client, new AskSpace("orders", default));
            map = answer.Map;
            bool rests = ((HandoffsAnswer)await AskAsync(client, new AskHandoffs())).Handoffs.IsEmpty;
            return rests && answer.Summary is { Stage: SpaceStage.Serving } summary && summary.Shards == shards;
        });
        return map!;
    }

    private static async Task<ShardMap> MapAsync(ActorPhysicsClient client) => ((SpaceAnswer)await AskAsync(client, new AskSpace("orders", default))).Map!;

    private static async Task<GroupRecord[]> GroupsAsync(ActorPhysicsClient client) =>
        [.. ((GroupsAnswer)await AskAsync(client, new AskGroups("orders", default, 1000))).Groups];

    private static async Task PutAllAsync(ActorPhysicsClient client, string value)
    {
        ShardMap map = await MapAsync(client);
        for (int i = 0; i < Keys; i++)
        {
            await client.WriteAsync(map.Find(SpaceKey.OfText(KeyOf(i))).Group, KvCommands.Put(KeyOf(i), Encoding.UTF8.GetBytes($"{value}{i}")));
        }
    }

    private static async Task ExpectAllAsync(ActorPhysicsClient client, ShardMap map, string value)
    {
        for (int i = 0; i < Keys; i++)
        {
            Reply<ReadOnlyMemory<byte>> reply = await client.ReadAsync(map.Find(SpaceKey.OfText(KeyOf(i))).Group, KvQueries.Get(KeyOf(i)));
            KvResult result = KvResult.Read(reply.Result.Span) ?? throw new InvalidDataException("no result of a kv machine");
            Assert.Equal($"{value}{i}", Encoding.UTF8.GetString(result.Value!.Value.Span));
        }
    }

    private static async Task DecideAsync(ActorPhysicsClient client, ConfigCommand command)
    {
        Reply<ReadOnlyMemory<byte>> reply = await client.WriteAsync(Config, ConfigCodec.Encode(command));
        Assert.True(ConfigCodec.TryRead(reply.Result.Span, out ConfigResult? result, out string? refusal), refusal);
        Assert.True(result.Outcome == ConfigOutcome.Done, $"{command}: {result}");
    }

    private static async Task<ConfigAnswer> AskAsync(ActorPhysicsClient client, ConfigQuery query)
    {
        Reply<ReadOnlyMemory<byte>> reply = await client.ReadAsync(Config, ConfigCodec.Encode(query));
        Assert.True(ConfigCodec.TryRead(reply.Result.Span, out ConfigAnswer? answer, out string? refusal), refusal);
        return answer;
    }
}
