using ActorPhysics.Client;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Hosting.Tests.Loops;
using ActorPhysics.Wire.Machines;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Hosting.Tests.Nodes;

/// <summary>Nodes that are well: what they serve, what they keep, how they leave.</summary>
[Collection(NodeTestCollection.Name)]
public sealed class NodeServiceTests
{
    [Fact]
    public async Task One_node_starts_serves_and_stops()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 1).StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        Node node = cluster[1];

        Reply<KvResult> put = await client.PutAsync("greeting", "hello");
        Reply<string?> got = await client.GetAsync("greeting");
        await cluster.StopAsync(1);

        Assert.Equal(KvOutcome.Stored, put.Result.Outcome);
        Assert.Equal("hello", got.Result);
        Assert.True(node.Completion.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_stopped_node_may_be_stopped_again_and_leaves_its_port_and_its_folder()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 1).StartAsync();
        Node node = cluster[1];
        await cluster.StopAsync(1);
        await node.StopAsync().Within();
        await node.DisposeAsync();

        await cluster.StartAsync(1);

        Assert.Equal(1, await cluster.LeaderAsync());
    }

    [Fact]
    [Trait("Seed", "5.4")]
    public async Task Three_nodes_write_and_read_at_every_level_and_say_what_each_reply_rests_on()
    {
        await using TestCluster cluster = await new TestCluster().StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        GroupConfiguration configuration = GroupPlan.FoundingOf(cluster.OptionsOf(1), cluster.OptionsOf(1).Groups[0]);

        Reply<KvResult> put = await client.PutAsync("k", "v");
        Reply<string?> strong = await client.GetAsync("k", ReadLevel.Strong);
        Reply<string?> lease = await client.GetAsync("k", ReadLevel.Lease);
        await cluster.SettledStatesAsync();
        Reply<string?> follower = await client.GetAsync("k", ReadLevel.Follower);

        Assert.Equal(ConsistencyLevel.StrongWrite, put.Level);
        Assert.True(put.ProvesItsCommit(configuration));
        Assert.Equal(("v", ConsistencyLevel.StrongRead), (strong.Result, strong.Level));
        Assert.IsType<ReadIndexEvidence>(Assert.IsType<ReadCertificate>(strong.TryProve(configuration)).Evidence);
        Assert.Equal(("v", ConsistencyLevel.LeaseRead), (lease.Result, lease.Level));
        Assert.IsType<LeaseEvidence>(Assert.IsType<ReadCertificate>(lease.TryProve(configuration)).Evidence);
        Assert.Equal(("v", ConsistencyLevel.FollowerRead), (follower.Result, follower.Level));
        Assert.True(follower.EncodedProof.IsEmpty);
        Assert.True(follower.Frontier.Index >= put.Coordinate.Index);
    }

    [Fact]
    public async Task A_commit_proof_is_refused_by_another_groups_configuration()
    {
        const string TwoGroups = "groups = [ { id = 1, name = one }, { id = 2, name = two } ]";
        await using TestCluster cluster = await new TestCluster(nodes: 1, TwoGroups).StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        NodeOptions options = cluster.OptionsOf(1);

        Reply<KvResult> put = await client.PutAsync("k", "v", group: 1);

        Assert.True(put.ProvesItsCommit(GroupPlan.FoundingOf(options, options.Groups[0])));
        Assert.False(put.ProvesItsCommit(GroupPlan.FoundingOf(options, options.Groups[1])));
    }

    [Theory]
    [InlineData("write-ahead")]
    [InlineData("sqlite")]
    public async Task A_crashed_and_restarted_node_has_what_it_acknowledged(string journal)
    {
        await using TestCluster cluster = await new TestCluster(nodes: 1, $"journal.kind = {journal}").StartAsync();
        await (await cluster.ConnectAsync()).PutAsync("k", "before");

        await cluster.KillAsync(1);
        await cluster.StartAsync(1);
        ActorPhysicsClient client = await cluster.ConnectAsync();

        Assert.Equal("before", (await client.GetAsync("k")).Result);
        await client.PutAsync("k", "after");
        Assert.Equal("after", (await client.GetAsync("k")).Result);
    }

    [Fact]
    public async Task A_cluster_that_crashed_as_a_whole_has_what_it_acknowledged()
    {
        await using TestCluster cluster = await new TestCluster().StartAsync();
        await (await cluster.ConnectAsync()).PutAsync("k", "v");

        await Task.WhenAll(cluster.KillAsync(1), cluster.KillAsync(2), cluster.KillAsync(3));
        await cluster.StartAsync();

        Assert.Equal("v", (await (await cluster.ConnectAsync()).GetAsync("k")).Result);
        IReadOnlyList<byte[]> states = await cluster.SettledStatesAsync();
        Assert.All(states, state => Assert.Equal(states[0], state));
    }

    [Fact]
    public async Task A_client_that_knows_one_node_outlives_the_leader()
    {
        await using TestCluster cluster = await new TestCluster().StartAsync();
        int leader = await cluster.LeaderAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync(leader % 3 + 1);
        await client.PutAsync("k", "1");

        await cluster.KillAsync(leader);
        await client.PutAsync("k", "2");

        Assert.Equal("2", (await client.GetAsync("k")).Result);
        Assert.NotEqual(leader, await cluster.LeaderAsync());
    }

    [Fact]
    [Trait("Pitfall", "8")]
    public async Task A_leader_that_stops_hands_over()
    {
        await using TestCluster cluster = await new TestCluster().StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        await client.PutAsync("k", "v");
        int leader = await cluster.LeaderAsync();

        await cluster.StopAsync(leader);

        Assert.NotEqual(leader, await cluster.LeaderAsync());
        Assert.Equal("v", (await client.GetAsync("k")).Result);
        Assert.Equal(1, cluster.Log.Count($"r{leader} handed over"));
        Assert.Equal(0, cluster.Log.Count("was not handed over"));
    }

    [Fact]
    public async Task Leadership_is_transferred_to_the_node_that_is_asked_for()
    {
        await using TestCluster cluster = await new TestCluster().StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        int target = await cluster.LeaderAsync() % 3 + 1;
        await client.PutAsync("k", "v");
        await cluster.SettledStatesAsync();

        await client.TransferLeadershipAsync(TestCluster.FirstGroup, new NodeId((ulong)target)).Within();

        await TestCluster.UntilAsync(async () => await cluster.LeaderAsync() == target);
        Assert.Equal("v", (await client.GetAsync("k")).Result);
    }

    [Fact]
    public async Task A_transfer_to_a_stranger_is_refused_and_the_leader_goes_on()
    {
        await using TestCluster cluster = await new TestCluster().StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        int leader = await cluster.LeaderAsync();

        await Assert.ThrowsAnyAsync<RequestException>(
            () => client.TransferLeadershipAsync(TestCluster.FirstGroup, new NodeId(99), TimeSpan.FromSeconds(1)).Within());

        await client.PutAsync("k", "v");
        Assert.Equal(leader, await cluster.LeaderAsync());
    }
}
