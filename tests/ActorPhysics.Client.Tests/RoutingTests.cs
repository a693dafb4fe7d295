using System.Buffers;
using ActorPhysics.Client.Tests.Fakes;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Tests;

[Trait("Pitfall", "45")]
public class RoutingTests
{
    [Fact]
    public async Task Client_follows_the_leadership_to_another_node()
    {
        await using var cluster = new FakeCluster();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        await client.WriteText("a").Soon();

        cluster.Elect(cluster.Nodes[1]);
        Assert.Equal("b=2", (await client.WriteText("b").Soon()).Text());
        cluster.Elect(cluster.Nodes[2]);
        Assert.Equal("c=3", (await client.WriteText("c").Soon()).Text());
    }

    [Fact]
    public async Task Client_survives_the_death_of_the_leader()
    {
        await using var cluster = new FakeCluster();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        await client.WriteText("a").Soon();

        cluster.Nodes[0].Kill();
        Task<Reply<ReadOnlyMemory<byte>>> duringElection = client.WriteText("b").AsTask();
        cluster.Elect(cluster.Nodes[1]);

        Assert.Equal("b=2", (await duringElection.Soon()).Text());
    }

    [Fact]
    public async Task Group_that_has_left_every_node_that_the_client_was_told_of_is_found_though_former_members_name_each_other()
    {
        await using var cluster = new FakeCluster();
        await using var fresh = new FakeNode(cluster, new NodeId(9));
        FakeNode[] former = [.. cluster.Nodes];
        cluster.Elect(fresh);
        cluster.InterceptStatus = call =>
        {
            if (call.Node == fresh)
            {
                return false;
            }

            // The one takes the next for the leader, round in a circle.
            FakeNode believed = former[(Array.IndexOf(former, call.Node) + 1) % former.Length];
            var retired = new ReplicaStatus(
                new ReplicaId(call.Node.Id.Value), call.Node.Id, ReplicaRole.Retired, IsLocal: true,
                default, default, default, default, default, default, LagEntries: 0, StateHash: null, StoppedBecause: "removed");
            var status = new NodeStatus(
                call.Node.Id, call.Node.ClusterId, new Wire.Handshake.ProcessRun(1), "fake",
                [new GroupStatus(
                    FakeCluster.Group, new GroupIncarnation(1), "kv", ConfigEpoch.Founding, new LeaderEpoch(1), new ReplicaId(believed.Id.Value), believed.Id,
                    believed.Address.ToString(), [retired])])
            {
                Nodes = [.. former.Append(fresh).Select(node => new ClusterNodeStatus(node.Id, node.Id.ToString(), node.Address.ToString()))],
            };
            var output = new ArrayBufferWriter<byte>();
            status.WriteTo(output);
            call.Succeed(output.WrittenSpan);
            return true;
        };
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        Assert.Equal("a=1", (await client.WriteText("a").Soon()).Text());
        Assert.Equal(fresh, cluster.UserCommands[^1].Node);
    }

    [Fact]
    public async Task Hint_that_leads_nowhere_is_dropped()
    {
        await using var cluster = new FakeCluster();
        await using var dead = new FakeNode(cluster, new NodeId(9));
        dead.Kill();
        bool isMisled = false;
        cluster.Intercept = call =>
        {
            if (!call.IsUserCommand || isMisled)
            {
                return false;
            }

            isMisled = true;
            cluster.AnswerNotLeader(call, dead);
            return true;
        };
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        Assert.Equal("a=1", (await client.WriteText("a").Soon()).Text());
        Assert.DoesNotContain(await client.StatusAsync().Soon(), report => report.Address == dead.Address);
    }

    [Fact]
    public async Task Deposed_node_that_still_takes_itself_for_the_leader_loses_to_the_newer_era()
    {
        await using var cluster = new FakeCluster();
        await using ActorPhysicsClient client = await cluster.ConnectAsync(o => o with { AttemptTimeout = TimeSpan.FromMilliseconds(200) });
        await client.WriteText("a").Soon();

        // The old leader is cut off from its peers: it takes commands and never answers them, and is sure to lead in its old epoch.
        FakeNode old = cluster.Nodes[0];
        cluster.InterceptStatus = call => call.Node == old && WriteTests.Answered(() => call.Answer(ResponseOutcome.Unavailable));
        cluster.Intercept = call => call.Node == old;
        cluster.Elect(cluster.Nodes[1]);

        Assert.Equal("b=2", (await client.WriteText("b").Soon()).Text());
        Assert.Equal(["a", "b"], cluster.Log);
    }

    [Fact]
    [Trait("Pitfall", "62")]
    public async Task Paused_leader_is_left_for_its_successor_with_everything_that_waits_for_it()
    {
        await using var cluster = new FakeCluster();
        await using ActorPhysicsClient client = await cluster.ConnectAsync(o => o with { AttemptTimeout = TimeSpan.FromMilliseconds(100) });
        await client.WriteText("a").Soon();

        cluster.Nodes[0].IsPaused = true;
        Task<Reply<ReadOnlyMemory<byte>>[]> all = Task.WhenAll(Enumerable.Range(0, 20).Select(i => client.WriteText($"b{i}").AsTask()));
        cluster.Elect(cluster.Nodes[1]);

        await all.Soon();
        Assert.Equal(21, cluster.Log.Count);
    }

    [Fact]
    public async Task Doubted_leader_that_stays_silent_does_not_delay_its_successor()
    {
        await using var cluster = new FakeCluster();
        var clock = new ManualClock();
        ActorPhysicsClient client = await cluster.ConnectAsync(o => o with { Clock = clock, AttemptTimeout = TimeSpan.FromMilliseconds(500) });
        await client.WriteText("a").Soon();
        cluster.Nodes[0].IsPaused = true;
        Task<Reply<ReadOnlyMemory<byte>>> waiting = client.WriteText("b").AsTask();
        cluster.Elect(cluster.Nodes[1]);
        await Waiting.Until(() => cluster.Nodes[0].Swallowed == 1);

        // Long enough to doubt; no time passes after that, so nothing can wait for the silent node to time out.
        clock.Advance(TimeSpan.FromMilliseconds(600));

        Assert.Equal("b=2", (await waiting.Soon()).Text());
        await client.DisposeAsync();
    }

    [Fact]
    public async Task While_there_is_no_leader_one_search_runs_however_many_wait()
    {
        await using var cluster = new FakeCluster();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        await client.WriteText("a").Soon();
        int commandsBefore = cluster.UserCommands.Count;
        cluster.Elect(null);
        int roundsAsked = 0;
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.InterceptStatus = _ =>
        {
            if (Interlocked.Increment(ref roundsAsked) == 30)
            {
                asked.SetResult();
            }

            return false;
        };

        Task<Reply<ReadOnlyMemory<byte>>[]> all = Task.WhenAll(Enumerable.Range(0, 200).Select(i => client.WriteText($"b{i}").AsTask()));
        await asked.Task.Soon();

        // A first burst may reach the old leader before it is known to be deposed; afterwards nobody is stormed.
        int misdirected = cluster.UserCommands.Count - commandsBefore;
        Assert.InRange(misdirected, 1, 200);
        Assert.Equal(misdirected, cluster.UserCommands.Skip(commandsBefore).Select(call => call.Sequence).Distinct().Count());

        cluster.Elect(cluster.Nodes[2]);
        await all.Soon();
        Assert.Equal(201, cluster.Log.Count);
    }

    [Fact]
    public async Task Group_that_no_node_hosts_is_reported_without_waiting_for_the_deadline()
    {
        await using var cluster = new FakeCluster();
        await using ActorPhysicsClient client = await cluster.ConnectAsync(o => o with { RequestTimeout = TimeSpan.FromHours(1) });
        var nowhere = new GroupId(77);

        var write = await Assert.ThrowsAsync<RequestRefusedException>(() => client.WriteAsync(nowhere, new byte[1]).Soon());
        var read = await Assert.ThrowsAsync<RequestRefusedException>(() => client.ReadAsync(nowhere, new byte[1], ReadLevel.Follower).Soon());

        Assert.Equal(ResponseOutcome.NoSuchGroup, write.Outcome);
        Assert.Equal(ResponseOutcome.NoSuchGroup, read.Outcome);
    }

    [Fact]
    public async Task Malformed_frame_ends_that_connection_and_the_request_goes_on()
    {
        await using var cluster = new FakeCluster();
        bool isFirst = true;
        cluster.Intercept = call => call.IsUserCommand && isFirst && WriteTests.Answered(() =>
        {
            isFirst = false;
            call.AnswerGarbage();
        });
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        Assert.Equal("a=1", (await client.WriteText("a").Soon()).Text());
        Assert.Equal(2, cluster.UserCommands.Count);
        Assert.True(cluster.Nodes[0].Accepted >= 2);
    }

    [Fact]
    public async Task Transfer_is_asked_of_the_leader_and_its_failure_is_reported_at_once()
    {
        await using var cluster = new FakeCluster();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        await client.TransferLeadershipAsync(FakeCluster.Group, new NodeId(3)).Soon();
        FakeCall call = Assert.Single(cluster.Calls, call => call.Kind == RequestKind.TransferLeadership);
        Assert.Equal(new NodeId(3), call.Target);
        Assert.Equal(cluster.Leader, call.Node);

        cluster.Intercept = call => call.Kind == RequestKind.TransferLeadership && WriteTests.Answered(() => call.Answer(ResponseOutcome.Unavailable));
        var failure = await Assert.ThrowsAsync<RequestRefusedException>(() => client.TransferLeadershipAsync(FakeCluster.Group, new NodeId(3)).Soon());
        Assert.Equal(ResponseOutcome.Unavailable, failure.Outcome);
    }

    [Fact]
    public async Task Status_tells_of_every_node_or_why_it_is_silent()
    {
        await using var cluster = new FakeCluster();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        cluster.Nodes[1].Kill();

        var reports = await client.StatusAsync(withStateHash: true).Soon();

        Assert.Equal(3, reports.Length);
        NodeReport silent = Assert.Single(reports, report => report.Status is null);
        Assert.Equal(cluster.Nodes[1].Address, silent.Address);
        Assert.NotEmpty(silent.Trouble);
        Assert.Contains(reports, report => report.Status?.Groups[0].LeaderNode == new NodeId(1));
        Assert.True(cluster.Calls.Last(call => call.Kind == RequestKind.Status).WithStateHash);
    }
}
