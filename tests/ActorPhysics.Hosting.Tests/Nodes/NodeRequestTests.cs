using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Requests;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Tests.Loops;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Wire.Protobuf;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Hosting.Tests.Nodes;

/// <summary>What nodes ask each other, over the connection that their groups share.</summary>
[Collection(NodeTestCollection.Name)]
public sealed class NodeRequestTests
{
    private static readonly NodeId First = new(1);
    private static readonly NodeId Second = new(2);
    private static readonly byte[] Status = ProtoEncoding.ToArray<StatusOperation.Encoder, StatusOperation>(new StatusOperation(WithStateHash: false));

    [Fact]
    public async Task Nodes_ask_each_other_in_both_directions_and_themselves_through_the_same_door()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 2).StartAsync();
        await ConnectedAsync(cluster, 1, Second);
        await ConnectedAsync(cluster, 2, First);

        foreach ((int asker, NodeId asked) in (IEnumerable<(int, NodeId)>)[(1, Second), (2, First), (1, First)])
        {
            PeerAnswer answer = await cluster[asker].AskAsync(asked, default, RequestKind.Status, Status, Deadline.Long).Within();
            Assert.True(answer.IsDone, answer.Detail);
            Assert.True(NodeStatus.TryRead(answer.Result.Span, out NodeStatus? status));
            Assert.Equal(asked, status.Node);
        }
    }

    [Fact]
    public async Task A_follower_answers_with_the_leader_and_its_address()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 2).StartAsync();
        int leader = await cluster.LeaderAsync();
        int follower = 3 - leader;
        await ConnectedAsync(cluster, leader, Node(follower));
        await TestCluster.UntilAsync(async () => (await cluster.GroupAsync(follower)).LeaderNode == Node(leader));
        byte[] read = ProtoEncoding.ToArray<ReadOperation.Encoder, ReadOperation>(new ReadOperation { Level = ConsistencyLevel.LeaseRead });

        PeerAnswer answer = await cluster[leader].AskAsync(Node(follower), TestCluster.FirstGroup, RequestKind.Read, read, Deadline.Long).Within();

        Assert.Equal(ResponseOutcome.NotLeader, answer.Outcome);
        Assert.Equal(Node(leader), answer.Leader.Node);
        Assert.Equal($"127.0.0.1:{cluster.PortOf(leader)}", answer.LeaderAddress);
    }

    [Fact]
    public async Task A_node_orders_a_replica_to_another()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 2).StartAsync();
        await ConnectedAsync(cluster, 1, Second);
        GroupCharter charter = Charters.Of(GroupCharter.FirstMadeGroup, 2);
        byte[] order = ProtoEncoding.ToArray<HostReplicaOperation.Encoder, HostReplicaOperation>(new HostReplicaOperation(new ReplicaId(1), charter));

        PeerAnswer answer = await cluster[1].AskAsync(Second, charter.Group, RequestKind.HostReplica, order, Deadline.Long).Within();

        Assert.True(answer.IsDone, answer.Detail);
        Assert.Equal(2, await cluster.LeaderAsync(charter.Group.Value));
    }

    [Fact]
    [Trait("Pitfall", "40")]
    public async Task What_was_asked_of_a_node_that_dies_is_unknown_and_nothing_is_sent_to_one_that_is_away()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 3).StartAsync();
        int leader = await cluster.LeaderAsync();
        int asked = leader % 3 + 1;
        await ConnectedAsync(cluster, leader, Node(asked));

        Task<PeerAnswer> open = await cluster[leader].OnLoopAsync(() =>
        {
            var answered = new TaskCompletionSource<PeerAnswer>();
            cluster[leader].Requests.Ask(Node(asked), default, RequestKind.Status, Status, Deadline.Long, answered.SetResult);

            // The request leaves when this turn of the loop ends: by then there is nobody to answer it.
            KillNow(cluster, asked);
            return answered.Task;
        });
        Assert.Equal(ResponseOutcome.Unknown, (await open.Within()).Outcome);

        await TestCluster.UntilAsync(async () => !await cluster[leader].OnLoopAsync(() => cluster[leader].IsConnected(Node(asked))));
        PeerAnswer unsent = await cluster[leader].AskAsync(Node(asked), default, RequestKind.Status, Status, Deadline.Long).Within();
        Assert.Equal(ResponseOutcome.Unavailable, unsent.Outcome);
        PeerAnswer stranger = await cluster[leader].AskAsync(new NodeId(77), default, RequestKind.Status, Status, Deadline.Long).Within();
        Assert.Equal(ResponseOutcome.Unavailable, stranger.Outcome);
    }

    [Fact]
    public async Task Patience_ends_and_too_many_requests_are_refused_at_once()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 2).StartAsync();
        await ConnectedAsync(cluster, 1, Second);

        PeerAnswer[] answers = await cluster[1].OnLoopAsync(() =>
        {
            var all = new List<Task<PeerAnswer>>();
            for (int i = 0; i <= OpenRequests.MostPerNode; i++)
            {
                var answered = new TaskCompletionSource<PeerAnswer>();
                cluster[1].Requests.Ask(Second, default, RequestKind.Status, Status, TimeSpan.FromMicroseconds(1), answered.SetResult);
                all.Add(answered.Task);
            }

            return Task.WhenAll(all);
        }).Unwrap().Within();

        Assert.Equal(ResponseOutcome.Overloaded, answers[^1].Outcome);
        Assert.All(answers.SkipLast(1), answer => Assert.Contains(answer.Outcome, (ResponseOutcome[])[ResponseOutcome.Unknown, ResponseOutcome.Ok]));
        Assert.Contains(answers, answer => answer.Outcome == ResponseOutcome.Unknown);

        // The late answers harm nobody.
        PeerAnswer after = await cluster[1].AskAsync(Second, default, RequestKind.Status, Status, Deadline.Long).Within();
        Assert.True(after.IsDone, after.Detail);
    }

    private static NodeId Node(int number) => new((ulong)number);

    private static Task ConnectedAsync(TestCluster cluster, int from, NodeId to) =>
        TestCluster.UntilAsync(async () => await cluster[from].OnLoopAsync(() => cluster[from].IsConnected(to)));

    /// <summary>Blocks the loop on which it is called until the node is gone.</summary>
    private static void KillNow(TestCluster cluster, int number) => cluster.KillAsync(number).GetAwaiter().GetResult();
}
