using System.Globalization;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Client;
using ActorPhysics.Client.Requests;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Hosting.Tests.Loops;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Protobuf;
using ActorPhysics.Wire.Requests;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Hosting.Tests.Nodes;

/// <summary>Keys change their group between real nodes: handed out here, fetched there, released.</summary>
[Collection(NodeTestCollection.Name)]
[Trait("Seed", "5.1")]
public sealed class HandoffCourierNodeTests
{
    private const string Settings = "groups = [ { id = 1, name = main } ], handoffs { piece-bytes = 1 KiB }";
    private static readonly SpaceId Space = new(1);
    private static readonly KeyPoint Middle = KeyPoint.At(new HashPoint(1UL << 63));
    private static readonly KeyRange Upper = KeyRange.TryCreate(Middle, to: null)!.Value;
    private static readonly KeysAtBirth All = new(Space, ShardingKind.Hash, ShardMapVersion.Founding, KeyRange.All);

    [Fact]
    [Trait("Pitfall", "46")]
    public async Task A_parcel_of_many_pieces_is_fetched_from_another_node_and_owned_at_its_end()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 2, Settings).StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        GroupCharter giver = Charters.Of(GroupCharter.FirstMadeGroup, 1) with { Keys = All };
        GroupCharter taker = Charters.Of(new GroupId(GroupCharter.FirstMadeGroup.Value + 1), 2) with { Keys = All with { Version = new ShardMapVersion(2), Range = null } };
        await HostAsync(cluster, 1, giver);
        await HostAsync(cluster, 2, taker);
        string[] keys = [.. Enumerable.Range(0, 400).Select(i => $"key-{i.ToString(CultureInfo.InvariantCulture)}")];
        foreach (string key in keys)
        {
            await client.PutAsync(key, $"value of {key}", giver.Group.Value);
        }

        await ConnectedAsync(cluster, 2, new NodeId(1));
        var handOut = new HandOut(new HandoffId(1), Space, ConfigEpoch.Founding, Upper, new HandoffParty(taker.Group, taker.Incarnation), new ShardMapVersion(2));
        HandoffAnswer handed = await CommandAsync(cluster, 1, giver.Group, CommandKind.HandOut, HandoffCodec.Encode(handOut));
        Assert.False(handed.IsRefused, handed.Reason);
        Assert.True(handed.Seal.LengthBytes > 4 * 1024, $"{handed.Seal}");
        var terms = new TakeIn(handOut.Id, Space, Upper, new HandoffParty(giver.Group, giver.Incarnation), handOut.Version, handed.Seal, OffsetBytes: 0);

        // Asked for twice, and once of a node that has nothing: it is done once, from the one that has it.
        byte[] fetch = ProtoEncoding.ToArray<FetchHandoffOperation.Encoder, FetchHandoffOperation>(new FetchHandoffOperation(terms, [new NodeId(2), new NodeId(1)]));
        PeerAnswer[] fetched = await Task.WhenAll(
            cluster[1].AskAsync(new NodeId(2), taker.Group, RequestKind.FetchHandoff, fetch, Deadline.Long),
            cluster[2].AskAsync(new NodeId(2), taker.Group, RequestKind.FetchHandoff, fetch, Deadline.Long)).Within();
        Assert.All(fetched, answer => Assert.True(answer.IsDone, $"{answer.Outcome} {answer.Detail}"));

        foreach (string key in keys)
        {
            bool isUpper = KeyPoint.Of(ShardingKind.Hash, SpaceKey.OfText(key)) >= Middle;
            Reply<string?> reply = await client.GetAsync(key, group: (isUpper ? taker : giver).Group.Value);
            Assert.Equal($"value of {key}", reply.Result);
        }

        // What is owned already is not fetched again, also when the giver has nothing left.
        HandoffAnswer released = await CommandAsync(cluster, 1, giver.Group, CommandKind.Release, HandoffCodec.Encode(new Release(handOut.Id)));
        Assert.False(released.IsRefused, released.Reason);
        PeerAnswer again = await cluster[1].AskAsync(new NodeId(2), taker.Group, RequestKind.FetchHandoff, fetch, Deadline.Long).Within();
        Assert.True(again.IsDone, again.Detail);
    }

    [Fact]
    public async Task A_client_reads_no_parcel_and_a_node_that_does_not_lead_the_taker_fetches_none()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 2, Settings).StartAsync();
        await ConnectedAsync(cluster, 2, new NodeId(1));
        GroupCharter giver = Charters.Of(GroupCharter.FirstMadeGroup, 1) with { Keys = All };
        await HostAsync(cluster, 1, giver);
        byte[] read = ProtoEncoding.ToArray<ReadParcelOperation.Encoder, ReadParcelOperation>(new ReadParcelOperation(new HandoffId(1), 0, 1024));

        PeerAnswer nothing = await cluster[2].AskAsync(new NodeId(1), giver.Group, RequestKind.ReadParcel, read, Deadline.Long).Within();
        Assert.Equal(ResponseOutcome.Unavailable, nothing.Outcome);
        PeerAnswer stranger = await cluster[1].AskAsync(new NodeId(2), giver.Group, RequestKind.ReadParcel, read, Deadline.Long).Within();
        Assert.Equal(ResponseOutcome.Unavailable, stranger.Outcome);
    }

    [Theory]
    [InlineData(CommandKind.HandOut)]
    [InlineData(CommandKind.TakeIn)]
    [InlineData(CommandKind.Release)]
    public async Task A_client_orders_no_handoff(CommandKind kind)
    {
        await using TestCluster cluster = await new TestCluster(nodes: 1, Settings).StartAsync();
        GroupCharter giver = Charters.Of(GroupCharter.FirstMadeGroup, 1) with { Keys = All };
        await HostAsync(cluster, 1, giver);
        await using var core = new ClientCore(new ClientOptions { Nodes = [new NodeAddress("127.0.0.1", cluster.PortOf(1))], Name = "stranger" });
        PendingRequest order = core.Rent();
        order.Kind = RequestKind.Command;
        order.CommandKind = kind;
        order.Group = giver.Group;
        order.Payload = HandoffCodec.Encode(new Release(new HandoffId(1)));
        order.Deadline = core.Now + Deadline.Long;

        var refusal = await Assert.ThrowsAsync<RequestRefusedException>(() => core.Submit(order, CancellationToken.None).AsTask().Within());

        Assert.Equal(ResponseOutcome.NotAuthorized, refusal.Outcome);
    }

    private static async Task HostAsync(TestCluster cluster, int node, GroupCharter charter)
    {
        byte[] order = ProtoEncoding.ToArray<HostReplicaOperation.Encoder, HostReplicaOperation>(new HostReplicaOperation(new ReplicaId(1), charter));
        PeerAnswer answer = await cluster[node].AskAsync(new NodeId((ulong)node), charter.Group, RequestKind.HostReplica, order, Deadline.Long).Within();
        Assert.True(answer.IsDone, answer.Detail);
        await cluster.LeaderAsync(charter.Group.Value);
    }

    private static async Task<HandoffAnswer> CommandAsync(TestCluster cluster, int node, GroupId group, CommandKind kind, byte[] payload)
    {
        byte[] command = ProtoEncoding.ToArray<CommandView.Encoder, CommandView>(new CommandView { Kind = kind, Payload = payload });
        PeerAnswer answer = await cluster[node].AskAsync(new NodeId((ulong)node), group, RequestKind.Command, command, Deadline.Long).Within();
        Assert.True(answer.IsDone, $"{answer.Outcome} {answer.Detail}");
        Assert.NotEqual(default, answer.Coordinate);
        Assert.False(answer.Proof.IsEmpty);
        Assert.True(HandoffAnswer.TryDecode(answer.Result.Span, out HandoffAnswer? told));
        return told;
    }

    private static Task ConnectedAsync(TestCluster cluster, int from, NodeId to) =>
        TestCluster.UntilAsync(async () => await cluster[from].OnLoopAsync(() => cluster[from].IsConnected(to)));
}
