using ActorPhysics.Client;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.History;
using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Hosting.Tests.Nodes;

/// <summary>Replicas that are unwell, and what their group and their node make of it.</summary>
[Collection(NodeTestCollection.Name)]
public sealed class NodeTroubleTests
{
    private const string TwoGroups = "groups = [ { id = 1, name = fragile, machine = fragile }, { id = 2, name = sound } ]";

    [Fact]
    [Trait("Pitfall", "60")]
    public async Task A_replica_whose_machine_throws_is_stopped_alone_and_says_which_invariant()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 1, TwoGroups, _ => FragileCounter.Register(isFragile: true)).StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        await CountAsync(client, 1);

        await Assert.ThrowsAnyAsync<RequestException>(() => CountAsync(client, -1, TimeSpan.FromSeconds(1)));

        ReplicaStatus replica = await cluster.ReplicaAsync(1, group: 1);
        Assert.Equal(ReplicaRole.Stopped, replica.Role);
        Assert.Contains("StateMachineTotal", replica.StoppedBecause, StringComparison.Ordinal);
        Assert.Contains("a negative step", replica.StoppedBecause, StringComparison.Ordinal);
        await client.PutAsync("k", "v", group: 2);
        Assert.Equal("v", (await client.GetAsync("k", group: 2)).Result);
        Assert.Equal("", (await cluster.ReplicaAsync(1, group: 2)).StoppedBecause);
    }

    [Fact]
    public async Task A_group_goes_on_when_the_machine_of_one_replica_throws()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 3, TwoGroups, node => FragileCounter.Register(isFragile: node == 3)).StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        await CountAsync(client, 5);

        Assert.Equal(3, await CountAsync(client, -2));
        await TestCluster.UntilAsync(async () => (await cluster.ReplicaAsync(3, group: 1)).Role == ReplicaRole.Stopped);

        Assert.Equal(4, await CountAsync(client, 1));
        Assert.Equal(ReplicaRole.Stopped, (await cluster.ReplicaAsync(3, group: 1)).Role);

        Reply<Wire.Machines.KvResult> put = await client.PutAsync("k", "v", group: 2);
        await TestCluster.UntilAsync(async () => (await cluster.ReplicaAsync(3, group: 2)).Applied >= put.Coordinate.Index);
    }

    [Fact]
    [Trait("Seed", "4.4")]
    public async Task A_follower_beyond_the_cliff_is_reseeded_by_a_snapshot()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 3, "snapshots.every-entries = 40").StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        await client.PutAsync("first", "1");
        int leader = await cluster.LeaderAsync();
        int follower = leader % 3 + 1;
        LogIndex missing = (await cluster.ReplicaAsync(follower)).Appended;
        await cluster.KillAsync(follower);

        await TestCluster.UntilAsync(async () =>
        {
            await client.PutAsync("more", "2");
            return (await cluster.ReplicaAsync(leader)).TrimmedThrough > missing;
        });
        await cluster.StartAsync(follower);

        IReadOnlyList<byte[]> states = await cluster.SettledStatesAsync();
        Assert.Equal(3, states.Count);
        Assert.All(states, state => Assert.Equal(states[0], state));
        Assert.True((await cluster.ReplicaAsync(follower)).TrimmedThrough > missing);
        Assert.Equal(ReplicaRole.Follower, (await cluster.ReplicaAsync(follower)).Role);
    }

    [Fact]
    public async Task A_node_that_trimmed_its_log_restarts_from_its_snapshot()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 1, "snapshots.every-entries = 20").StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        await client.PutAsync("first", "1");
        await TestCluster.UntilAsync(async () =>
        {
            await client.PutAsync("more", "2");
            return (await cluster.ReplicaAsync(1)).TrimmedThrough > new LogIndex(2);
        });

        await cluster.KillAsync(1);
        await cluster.StartAsync(1);

        Assert.Equal("1", (await (await cluster.ConnectAsync()).GetAsync("first")).Result);
        Assert.True((await cluster.ReplicaAsync(1)).TrimmedThrough > new LogIndex(2));
    }

    [Fact]
    [Trait("Seed", "2.3")]
    public async Task The_history_of_trimmed_journals_has_a_trunk_and_no_contradiction()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 3, "snapshots.every-entries = 20").StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        foreach (int node in cluster.Running)
        {
            await TestCluster.UntilAsync(async () =>
            {
                await client.PutAsync("k", "v");
                return (await cluster.ReplicaAsync(node)).TrimmedThrough > new LogIndex(60);
            });
        }

        LogIndex trimmed = (await cluster.ReplicaAsync(1)).TrimmedThrough;
        await Task.WhenAll(cluster.StopAsync(1), cluster.StopAsync(2), cluster.StopAsync(3));

        HistoryTree tree = Assert.Single(JournalHistory.Read([cluster.FolderOf(1), cluster.FolderOf(2), cluster.FolderOf(3)]));
        Assert.Empty(tree.Contradictions);
        Assert.True(tree.Trunk.Frontier.Index > trimmed);
    }

    [Fact]
    [Trait("Pitfall", "29")]
    public async Task A_follower_with_a_corrupt_journal_repairs_itself_from_its_peers_and_votes_again()
    {
        await using TestCluster cluster = await new TestCluster().StartAsync();
        await JournalDamage.WriteNeedleAsync(cluster);
        await cluster.SettledStatesAsync();
        int leader = await cluster.LeaderAsync();
        int follower = leader % 3 + 1;
        await cluster.KillAsync(follower);
        JournalDamage.FlipNeedle(cluster.FolderOf(follower));
        await cluster.StartAsync(follower);
        await cluster.Log.SeesAsync("the journal is corrupt");

        await TestCluster.UntilAsync(async () => (await cluster.ReplicaAsync(follower)).Role == ReplicaRole.Follower);
        IReadOnlyList<byte[]> states = await cluster.SettledStatesAsync();
        Assert.All(states, state => Assert.Equal(states[0], state));

        // Two of three are left: nobody can be elected, nor anything be acknowledged, without the repaired one.
        await cluster.KillAsync(leader);
        ActorPhysicsClient client = await cluster.ConnectAsync([.. cluster.Running]);
        await client.PutAsync("again", "whole");
        Assert.Equal("whole", (await client.GetAsync("again")).Result);
    }

    [Fact]
    [Trait("Pitfall", "38")]
    public async Task A_replica_whose_journal_was_wiped_is_retired_and_the_group_goes_on()
    {
        await using TestCluster cluster = await new TestCluster().StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        await client.PutAsync("k", "1");
        int follower = await cluster.LeaderAsync() % 3 + 1;
        await cluster.KillAsync(follower);
        Directory.Delete(Path.Combine(cluster.FolderOf(follower), "journal"), recursive: true);

        await cluster.StartAsync(follower);
        await cluster.Log.SeesAsync("its journal is gone");

        await TestCluster.UntilAsync(async () => (await cluster.ReplicaAsync(follower)).Role == ReplicaRole.Retired);
        await client.PutAsync("k", "2");
        Assert.Equal("2", (await client.GetAsync("k")).Result);
    }

    [Fact]
    [Trait("Seed", "5.3")]
    public async Task A_restarted_replica_of_a_crash_stop_group_is_retired()
    {
        const string CrashStop = "journal.kind = memory, group-defaults.failure-model = crash-stop";
        await using TestCluster cluster = await new TestCluster(nodes: 3, CrashStop).StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        await client.PutAsync("k", "1");
        int follower = await cluster.LeaderAsync() % 3 + 1;

        await cluster.KillAsync(follower);
        await cluster.StartAsync(follower);

        await TestCluster.UntilAsync(async () => (await cluster.ReplicaAsync(follower)).Role == ReplicaRole.Retired);
        await client.PutAsync("k", "2");
        Assert.Equal("2", (await client.GetAsync("k")).Result);
        Assert.Equal(LogIndex.Zero, (await cluster.ReplicaAsync(follower)).Applied);
    }

    private static async Task<int> CountAsync(ActorPhysicsClient client, int step, TimeSpan? timeout = null)
    {
        Reply<int> reply = await FragileCounter.Of(client).ApplyAsync(step, timeout);
        return reply.Result;
    }
}
