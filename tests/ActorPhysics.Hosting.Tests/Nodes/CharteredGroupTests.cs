using ActorPhysics.Client;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Tests.Loops;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Wire.Protobuf;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Hosting.Tests.Nodes;

/// <summary>Groups that no settings name: founded by order, there again after a restart, over for ever when they are over.</summary>
[Collection(NodeTestCollection.Name)]
[Trait("Seed", "5.1")]
public sealed class CharteredGroupTests
{
    private const string OneGroup = "groups = [ { id = 1, name = main } ]";
    private static readonly GroupId Group = new(GroupCharter.FirstMadeGroup.Value + 4);
    private static readonly GroupCharter Charter = Charters.Of(Group, 1, 2, 3);

    [Fact]
    public async Task A_group_is_founded_by_order_serves_and_is_there_again_after_all_nodes_crashed()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 3, OneGroup).StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        foreach (int node in (int[])[1, 2, 3])
        {
            Assert.Equal(ResponseOutcome.Ok, await HostAsync(cluster, client, node, (ulong)node, Charter));
            Assert.Equal(ResponseOutcome.Ok, await HostAsync(cluster, client, node, (ulong)node, Charter));
        }

        await client.PutAsync("k", "v", Group.Value);
        await client.PutAsync("k", "other");
        Assert.Equal("orders-4", (await cluster.GroupAsync(2, Group.Value)).Name);

        await Task.WhenAll(cluster.Running.ToArray().Select(cluster.KillAsync));
        await cluster.StartAsync();

        ActorPhysicsClient later = await cluster.ConnectAsync();
        Assert.Equal("v", (await later.GetAsync("k", group: Group.Value)).Result);
        Assert.Equal("other", (await later.GetAsync("k")).Result);
        Assert.Equal(ResponseOutcome.Ok, await HostAsync(cluster, later, 1, 1, charter: null));
    }

    [Fact]
    public async Task A_founding_replica_lives_where_the_charter_places_it_and_a_charter_never_changes()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 3, OneGroup).StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();

        Assert.Equal(ResponseOutcome.NoSuchGroup, await HostAsync(cluster, client, 1, 1, charter: null));
        Assert.Equal(ResponseOutcome.BadRequest, await HostAsync(cluster, client, 1, 2, Charter));
        Assert.Equal(ResponseOutcome.BadRequest, await HostAsync(cluster, client, 1, 1, Charters.Of(new GroupId(Group.Value + 1), 2, 1, 3)));
        Assert.Equal(ResponseOutcome.Ok, await HostAsync(cluster, client, 1, 1, Charter));
        Assert.Equal(ResponseOutcome.ConfigurationConflict, await HostAsync(cluster, client, 1, 1, Charters.Of(Group, 1, 3, 2)));
        Assert.Null(await cluster.FindGroupAsync(2, Group.Value));
    }

    [Fact]
    public async Task A_later_replica_joins_on_a_node_that_gets_the_charter_with_the_order()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 4, "groups = [ { id = 1, name = main, members = [1, 2, 3] } ]").StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        foreach (int node in (int[])[1, 2, 3])
        {
            Assert.Equal(ResponseOutcome.Ok, await HostAsync(cluster, client, node, (ulong)node, Charter));
        }

        await client.PutAsync("k", "v", Group.Value);
        Assert.Equal(ResponseOutcome.Ok, await HostAsync(cluster, client, 4, 4, Charter));
        var members = new Client.Membership.MembershipClient(client, Group);
        var added = await members.ReplaceAsync(new NodeId(1), new NodeId(4), timeout: TimeSpan.FromSeconds(60));

        Assert.Equal(Client.Membership.MembershipOutcome.Done, added.Outcome);
        Assert.Equal([2UL, 3UL, 4UL], added.Configuration!.Members.Select(member => member.Node.Value));
        await TestCluster.UntilAsync(async () => (await cluster.ReplicaAsync(1, Group.Value)).Role == ReplicaRole.Retired);
        Assert.Equal(ResponseOutcome.BadRequest, await HostAsync(cluster, client, 1, 1, Charter));
    }

    [Fact]
    [Trait("Pitfall", "10")]
    public async Task A_group_that_is_over_leaves_nothing_and_never_comes_back()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 1, OneGroup).StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        GroupCharter charter = Charters.Of(Group, 1);
        Assert.Equal(ResponseOutcome.Ok, await HostAsync(cluster, client, 1, 1, charter));
        await client.PutAsync("k", "v", Group.Value);

        Assert.Equal(ResponseOutcome.ConfigurationConflict, await RetireAsync(cluster, client, 1, Group, new GroupIncarnation(1234)));
        Assert.Equal(ResponseOutcome.BadRequest, await RetireAsync(cluster, client, 1, new GroupId(1), new GroupIncarnation(1234)));
        Assert.Equal(ResponseOutcome.Ok, await RetireAsync(cluster, client, 1, Group, charter.Incarnation));
        Assert.Equal(ResponseOutcome.Ok, await RetireAsync(cluster, client, 1, Group, charter.Incarnation));

        Assert.Null(await cluster.FindGroupAsync(1, Group.Value));
        Assert.Equal(ResponseOutcome.BadRequest, await HostAsync(cluster, client, 1, 1, charter));
        await cluster.KillAsync(1);
        await cluster.StartAsync(1);
        ActorPhysicsClient later = await cluster.ConnectAsync();
        Assert.Null(await cluster.FindGroupAsync(1, Group.Value));
        Assert.Equal(ResponseOutcome.BadRequest, await HostAsync(cluster, later, 1, 9, charter));

        // An order that was overtaken by the end of its group finds that out on a node that never had it, too.
        GroupCharter never = Charters.Of(new GroupId(Group.Value + 1), 1);
        Assert.Equal(ResponseOutcome.Ok, await RetireAsync(cluster, later, 1, never.Group, never.Incarnation));
        Assert.Equal(ResponseOutcome.BadRequest, await HostAsync(cluster, later, 1, 1, never));
    }

    private static Task<ResponseOutcome> HostAsync(TestCluster cluster, ActorPhysicsClient client, int node, ulong replica, GroupCharter? charter) => OrderAsync(
        cluster,
        client,
        node,
        RequestKind.HostReplica,
        charter?.Group ?? Group,
        ProtoEncoding.ToArray<HostReplicaOperation.Encoder, HostReplicaOperation>(new HostReplicaOperation(new ReplicaId(replica), charter)));

    private static Task<ResponseOutcome> RetireAsync(TestCluster cluster, ActorPhysicsClient client, int node, GroupId group, GroupIncarnation incarnation) => OrderAsync(
        cluster,
        client,
        node,
        RequestKind.RetireGroup,
        group,
        ProtoEncoding.ToArray<RetireGroupOperation.Encoder, RetireGroupOperation>(new RetireGroupOperation(incarnation, "merged into its neighbour")));

    private static async Task<ResponseOutcome> OrderAsync(TestCluster cluster, ActorPhysicsClient client, int node, RequestKind kind, GroupId group, byte[] operation)
    {
        try
        {
            await client.OrderAsync(
                new NodeAddress("127.0.0.1", cluster.PortOf(node)), kind, group, operation, Deadline.Long, CancellationToken.None).Within();
            return ResponseOutcome.Ok;
        }
        catch (RequestRefusedException refusal)
        {
            return refusal.Outcome;
        }
    }
}
