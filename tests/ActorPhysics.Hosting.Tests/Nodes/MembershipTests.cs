using System.Collections.Immutable;
using ActorPhysics.Client;
using ActorPhysics.Client.Membership;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Hosting.Tests.Loops;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Hosting.Tests.Nodes;

/// <summary>The members of a running group change: five nodes, three of which founded it.</summary>
[Collection(NodeTestCollection.Name)]
[Trait("Seed", "5.1")]
public sealed class MembershipTests
{
    private const string ThreeOfFive = "groups = [ { id = 1, name = main, members = [1, 2, 3] } ], snapshots.every-entries = 400";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_group_grows_to_five_and_shrinks_to_three_while_it_serves()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 5, ThreeOfFive).StartAsync();
        await using MembershipLoad load = await MembershipLoad.StartAsync(cluster, 1, 2, 3);
        MembershipClient members = await MembersAsync(cluster);
        await load.ProgressAsync();

        await DoneAsync(members.AddAsync(Node(4), timeout: Patience));
        await DoneAsync(members.AddAsync(Node(5), timeout: Patience));
        await load.ProgressAsync();
        await AreMembersAsync(members, 1, 2, 3, 4, 5);

        await DoneAsync(members.RemoveAsync(Node(1), timeout: Patience));
        await DoneAsync(members.RemoveAsync(Node(2), timeout: Patience));
        await load.ProgressAsync();
        await AreMembersAsync(members, 3, 4, 5);
        await RetiredAsync(cluster, 1);
        await RetiredAsync(cluster, 2);

        await load.AuditAsync();
        IReadOnlyList<byte[]> states = await cluster.SettledStatesAsync(nodes: [3, 4, 5]);
        Assert.All(states, state => Assert.Equal(states[0], state));
    }

    [Fact]
    [Trait("Pitfall", "45")]
    public async Task Every_node_is_replaced_while_clients_write_and_read_and_those_who_knew_the_old_nodes_find_the_new_ones()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 5, ThreeOfFive).StartAsync();
        await using MembershipLoad load = await MembershipLoad.StartAsync(cluster, 1, 2, 3);
        MembershipClient members = await MembersAsync(cluster);
        await load.ProgressAsync();

        await DoneAsync(members.ReplaceAsync(Node(1), Node(4), timeout: Patience));
        await load.ProgressAsync();
        await DoneAsync(members.ReplaceAsync(Node(2), Node(5), timeout: Patience));
        await load.ProgressAsync();
        await RetiredAsync(cluster, 1);
        await DoneAsync(members.ReplaceAsync(Node(3), Node(1), timeout: Patience));
        await load.ProgressAsync();

        MembershipView view = await members.DescribeAsync();
        await AreMembersAsync(members, 1, 4, 5);
        Assert.All(view.Members, member => Assert.True(member.Member.Replica.Value > 3, $"{member.Member.Replica} is a founding id"));
        await load.AuditAsync();

        await RetiredAsync(cluster, 3);
        ActorPhysicsClient newcomer = await cluster.ConnectAsync(2, 3);
        await newcomer.PutAsync("k", "v");
        Assert.Equal("v", (await newcomer.GetAsync("k")).Result);
    }

    [Fact]
    [Trait("Pitfall", "35")]
    public async Task A_leader_that_is_removed_hands_over_and_retires()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 5, ThreeOfFive).StartAsync();
        await using MembershipLoad load = await MembershipLoad.StartAsync(cluster);
        MembershipClient members = await MembersAsync(cluster);
        await load.ProgressAsync();
        int leader = await cluster.LeaderAsync();

        await DoneAsync(members.RemoveAsync(Node(leader), timeout: Patience));
        await load.ProgressAsync();

        Assert.NotEqual(leader, await cluster.LeaderAsync());
        await RetiredAsync(cluster, leader);
        await load.AuditAsync();
    }

    [Fact]
    [Trait("Pitfall", "35")]
    public async Task A_node_that_was_away_when_it_was_removed_retires_when_it_returns_and_stays_so()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 5, ThreeOfFive).StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        MembershipClient members = await MembersAsync(cluster);
        await client.PutAsync("k", "1");
        int away = await cluster.LeaderAsync() % 3 + 1;
        await cluster.KillAsync(away);

        await DoneAsync(members.ReplaceAsync(Node(away), Node(4), timeout: Patience));
        await cluster.StartAsync(away);

        await RetiredAsync(cluster, away);
        await cluster.KillAsync(away);
        await cluster.StartAsync(away);
        ReplicaStatus kept = await cluster.ReplicaAsync(away);
        Assert.Equal(ReplicaRole.Retired, kept.Role);
        Assert.Contains("removed", kept.StoppedBecause, StringComparison.Ordinal);
        await client.PutAsync("k", "2");
        Assert.Equal("2", (await client.GetAsync("k")).Result);

        // What is kept can be given up, and the node be given another replica.
        Assert.Equal([new ReplicaId((ulong)away)], await members.DiscardAsync(Node(away)));
        Assert.Null(await cluster.FindGroupAsync(away));
        await DoneAsync(members.AddAsync(Node(away), timeout: Patience));
        await AreMembersAsync(members, 1, 2, 3, 4);
        Assert.True((await cluster.ReplicaAsync(away)).Replica.Value > 4);
    }

    [Fact]
    [Trait("Pitfall", "37")]
    public async Task Nodes_that_joined_come_back_as_members_after_all_of_them_crashed()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 5, ThreeOfFive).StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        MembershipClient members = await MembersAsync(cluster);
        await DoneAsync(members.ReplaceAsync(Node(1), Node(4), timeout: Patience));
        await DoneAsync(members.ReplaceAsync(Node(2), Node(5), timeout: Patience));
        await client.PutAsync("k", "v");

        await Task.WhenAll(cluster.Running.ToArray().Select(cluster.KillAsync));
        await cluster.StartAsync();

        Assert.Equal("v", (await (await cluster.ConnectAsync()).GetAsync("k")).Result);
        IReadOnlyList<byte[]> states = await cluster.SettledStatesAsync(nodes: [3, 4, 5]);
        Assert.All(states, state => Assert.Equal(states[0], state));
        await AreMembersAsync(await MembersAsync(cluster), 3, 4, 5);
        await RetiredAsync(cluster, 1);
        await RetiredAsync(cluster, 2);
    }

    [Fact]
    [Trait("Pitfall", "34")]
    public async Task A_change_that_expects_another_configuration_is_refused_as_a_conflict()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 5, ThreeOfFive).StartAsync();
        MembershipClient members = await MembersAsync(cluster);
        await cluster.LeaderAsync();
        MembershipView before = await members.DescribeAsync();
        var two = new MembershipTarget(
            [.. before.Configuration.Members.Take(2)], new MajorityRule([.. before.Configuration.Members.Take(2).Select(member => member.Replica)]));
        await DoneAsync(members.AddAsync(Node(4), MemberRole.Learner, timeout: Patience));

        MembershipResult late = await members.ChangeAsync(before.Configuration.Epoch, two, timeout: Patience);

        Assert.Equal(MembershipOutcome.Conflict, late.Outcome);
        await AreMembersAsync(members, 1, 2, 3, 4);

        // The group itself says so, too, to whoever did not look first.
        ActorPhysicsClient client = await cluster.ConnectAsync();
        var refusal = await Assert.ThrowsAsync<RequestRefusedException>(() => client.ChangeMembershipAsync(
            TestCluster.FirstGroup, new ChangeMembershipOperation(before.Configuration.Epoch, two), Patience, CancellationToken.None));
        Assert.Equal(ResponseOutcome.ConfigurationConflict, refusal.Outcome);
    }

    [Fact]
    public async Task A_learner_is_promoted_and_a_change_that_is_there_already_changes_nothing()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 5, ThreeOfFive).StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        MembershipClient members = await MembersAsync(cluster);
        await client.PutAsync("k", "v");
        var heard = new Heard();

        await DoneAsync(members.AddAsync(Node(4), MemberRole.Learner, timeout: Patience));
        await TestCluster.UntilAsync(async () => (await cluster.ReplicaAsync(4)).Role == ReplicaRole.Learner);
        Assert.Equal(MembershipOutcome.Unchanged, (await members.AddAsync(Node(4), MemberRole.Learner)).Outcome);
        await DoneAsync(members.PromoteAsync(Node(4), heard, Patience));

        Assert.Equal(MembershipOutcome.Unchanged, (await members.PromoteAsync(Node(4))).Outcome);
        Assert.Equal(4, (await members.DescribeAsync()).Configuration.Quorums.Members.Length);
        Assert.Contains(heard.Texts, text => text.Contains("settled", StringComparison.Ordinal));
        Assert.Equal(MembershipOutcome.Unchanged, (await members.RemoveAsync(Node(5))).Outcome);
        MembershipResult senseless = await members.ReplaceAsync(Node(5), Node(1));
        Assert.Equal(MembershipOutcome.Unchanged, senseless.Outcome);
        Assert.Equal(MembershipOutcome.Refused, (await members.PromoteAsync(Node(5))).Outcome);
    }

    [Fact]
    [Trait("Pitfall", "38")]
    public async Task A_node_holds_one_replica_of_a_group_and_no_id_that_was_used()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 5, ThreeOfFive).StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        MembershipClient members = await MembersAsync(cluster);
        await client.PutAsync("k", "v");

        Assert.Equal(ResponseOutcome.BadRequest, await HostAsync(cluster, client, node: 4, replica: 3));
        Assert.Equal(ResponseOutcome.ConfigurationConflict, await HostAsync(cluster, client, node: 1, replica: 9));
        Assert.Equal(ResponseOutcome.Ok, await HostAsync(cluster, client, node: 4, replica: 9));
        Assert.Equal(ResponseOutcome.Ok, await HostAsync(cluster, client, node: 4, replica: 9));
        Assert.Equal(ResponseOutcome.BadRequest, await HostAsync(cluster, client, node: 4, replica: 8));
        Assert.Equal(ResponseOutcome.NoSuchGroup, await HostAsync(cluster, client, node: 4, replica: 9, group: 77));

        // It asks what became of it and is nobody's member: that harms no connection, and it may be followed by another.
        await TestCluster.UntilAsync(async () => (await cluster.ReplicaAsync(4)).Role == ReplicaRole.Follower);
        Assert.Equal(ResponseOutcome.Ok, await HostAsync(cluster, client, node: 4, replica: 12));
        Assert.Equal(ResponseOutcome.BadRequest, await HostAsync(cluster, client, node: 4, replica: 9));
        await DoneAsync(members.AddAsync(Node(4), timeout: Patience));
        await DoneAsync(members.RemoveAsync(Node(4), timeout: Patience));
        ulong removed = (await cluster.ReplicaAsync(4)).Replica.Value;
        Assert.True(removed > 12);
        await RetiredAsync(cluster, 4);
        Assert.Equal(ResponseOutcome.BadRequest, await HostAsync(cluster, client, node: 4, replica: removed));
    }

    [Fact]
    public async Task A_node_that_is_down_cannot_join_and_nothing_was_changed()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 5, ThreeOfFive).StartAsync();
        MembershipClient members = await MembersAsync(cluster);
        await cluster.LeaderAsync();
        MembershipView before = await members.DescribeAsync();
        await cluster.KillAsync(5);

        MembershipResult result = await members.AddAsync(Node(5), timeout: TimeSpan.FromSeconds(1));

        Assert.Equal(MembershipOutcome.Conflict, result.Outcome);
        Assert.Equal(before.Configuration.Epoch, (await members.DescribeAsync()).Configuration.Epoch);
        Assert.Equal(MembershipOutcome.Refused, (await members.AddAsync(Node(99))).Outcome);
    }

    [Fact]
    public async Task A_change_that_waits_for_a_dead_newcomer_is_taken_back()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 5, ThreeOfFive).StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        MembershipClient members = await MembersAsync(cluster);
        await client.PutAsync("k", "v");
        MembershipView view = await members.DescribeAsync();
        PlanningResult planned = MembershipPlanner.Replace(Node(2), Node(4)).Plan(view);
        await cluster.KillAsync(4);
        await client.ChangeMembershipAsync(
            TestCluster.FirstGroup, new ChangeMembershipOperation(view.Configuration.Epoch, planned.Plan!.Target), Patience, CancellationToken.None);
        Assert.Equal(MembershipStage.Learning, (await members.DescribeAsync()).Stage);

        await DoneAsync(members.ReplaceAsync(Node(4), Node(2), timeout: Patience));

        await AreMembersAsync(members, 1, 2, 3);
        Assert.Equal(view.Configuration.Members.AsEnumerable(), (await members.DescribeAsync()).Configuration.Members);
        await client.PutAsync("k", "w");
    }

    [Fact]
    [Trait("Pitfall", "36")]
    public async Task A_change_goes_on_under_the_next_leader_when_the_one_that_began_it_dies()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 5, ThreeOfFive).StartAsync();
        await using MembershipLoad load = await MembershipLoad.StartAsync(cluster);
        MembershipClient members = await MembersAsync(cluster);
        await load.ProgressAsync();
        int leader = await cluster.LeaderAsync();
        int old = leader % 3 + 1;

        Task<MembershipResult> change = members.ReplaceAsync(Node(old), Node(4), timeout: Patience);
        await TestCluster.UntilAsync(async () => (await cluster.GroupAsync(leader)).ConfigEpoch > ConfigEpoch.Founding);
        await cluster.KillAsync(leader);

        Assert.Contains((await change).Outcome, (MembershipOutcome[])[MembershipOutcome.Done, MembershipOutcome.Conflict]);
        await cluster.StartAsync(leader);
        await DoneAsync(members.ReplaceAsync(Node(old), Node(4), timeout: Patience), MembershipOutcome.Unchanged);
        await load.ProgressAsync();
        await load.AuditAsync();
    }

    [Fact]
    public async Task A_witness_completes_quorums_and_keeps_the_log_alone_also_when_only_a_snapshot_brings_it_back()
    {
        await using TestCluster cluster = await new TestCluster(
            nodes: 3, "groups = [ { id = 1, name = main, members = [1, 2] } ], snapshots.every-entries = 40").StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        MembershipClient members = await MembersAsync(cluster);
        await DoneAsync(members.AddAsync(Node(3), MemberRole.Witness, timeout: Patience));
        await cluster.KillAsync(3);
        for (int i = 0; i < 300; i++)
        {
            await client.PutAsync($"k{i}", $"{i}");
        }

        await cluster.StartAsync(3);
        IReadOnlyList<byte[]> states = await cluster.SettledStatesAsync(nodes: [1, 2, 3]);
        Assert.True((await cluster.ReplicaAsync(3)).TrimmedThrough.Value > 40, "the witness was brought back by the log");
        Assert.Equal(states[0], states[1]);
        Assert.True(states[0].Length > 3000, "the others keep what was written");
        Assert.Empty(states[2]);

        // Either voter may go: the witness completes the quorum that commits, and the one that elects.
        int leader = await cluster.LeaderAsync();
        int other = 3 - leader;
        await cluster.KillAsync(other);
        await client.PutAsync("last", "yes");
        await cluster.StartAsync(other);
        await cluster.SettledStatesAsync(nodes: [1, 2, 3]);
        await cluster.KillAsync(leader);
        Assert.Equal("yes", (await client.GetAsync("last")).Result);
        Assert.Equal(other, await cluster.LeaderAsync());

        // Who knows the witness only is not answered by it.
        ActorPhysicsClient stranger = await cluster.ConnectAsync(3);
        Assert.Equal("yes", (await stranger.GetAsync("last", ReadLevel.Follower)).Result);
        await cluster.KillAsync(3);
        await cluster.StartAsync(3);
        Assert.Empty((await cluster.SettledStatesAsync(nodes: [other, 3]))[1]);
    }

    private static NodeId Node(int number) => new((ulong)number);

    private static async Task<MembershipClient> MembersAsync(TestCluster cluster) => new(await cluster.ConnectAsync(), TestCluster.FirstGroup);

    private static async Task DoneAsync(Task<MembershipResult> change, params MembershipOutcome[] orElse)
    {
        MembershipResult result = await change;
        Assert.True(result.Outcome == MembershipOutcome.Done || orElse.Contains(result.Outcome), $"{result.Outcome}: {result.Detail}");
    }

    private static async Task AreMembersAsync(MembershipClient members, params int[] nodes)
    {
        MembershipView view = await members.DescribeAsync();
        Assert.Equal(nodes, view.Members.Select(member => (int)member.Member.Node.Value).Order());
    }

    private static Task RetiredAsync(TestCluster cluster, int node) =>
        TestCluster.UntilAsync(async () => await cluster.ReplicaAsync(node) is { Role: ReplicaRole.Retired, StoppedBecause.Length: > 0 });

    private static async Task<ResponseOutcome> HostAsync(TestCluster cluster, ActorPhysicsClient client, int node, ulong replica, ulong group = 1)
    {
        byte[] operation = Wire.Protobuf.ProtoEncoding.ToArray<HostReplicaOperation.Encoder, HostReplicaOperation>(new HostReplicaOperation(new ReplicaId(replica)));
        try
        {
            await client.OrderAsync(
                new NodeAddress("127.0.0.1", cluster.PortOf(node)), RequestKind.HostReplica, new GroupId(group), operation, Patience, CancellationToken.None).Within();
            return ResponseOutcome.Ok;
        }
        catch (RequestRefusedException refusal)
        {
            return refusal.Outcome;
        }
    }

    private sealed class Heard : IProgress<MembershipProgress>
    {
        private ImmutableList<string> _texts = [];

        public IReadOnlyList<string> Texts => _texts;

        public void Report(MembershipProgress value) => ImmutableInterlocked.Update(ref _texts, static (texts, text) => texts.Add(text), value.Text);
    }
}
