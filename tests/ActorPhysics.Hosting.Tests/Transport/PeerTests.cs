using System.Net;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Loops;
using ActorPhysics.Hosting.Tests.Loops;
using ActorPhysics.Hosting.Transport;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Handshake;

namespace ActorPhysics.Hosting.Tests.Transport;

public sealed class PeerTests
{
    [Fact]
    public async Task Two_nodes_talk_both_ways_over_one_connection_and_messages_keep_their_order()
    {
        using TestNode first = await TestNode.StartAsync(1);
        using TestNode second = await TestNode.StartAsync(2);
        await ConnectAsync(first, second);
        await first.Loop.InvokeAsync(() =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                Assert.True(first.Transport.TrySend(second.Id, $"{i}"));
            }
        }).Within();
        Assert.True(await second.SendAsync(first, "hello"));
        for (int i = 0; i < 10_000; i++)
        {
            Assert.Equal($"n1: {i}", await second.NextAsync());
        }

        Assert.Equal("n2: hello", await first.NextAsync());
        Assert.Equal(1, first.Logger.Count("Connected with node"));
        Assert.Equal(1, second.Logger.Count("Connected with node"));
    }

    [Fact]
    public async Task A_node_that_starts_later_is_found()
    {
        using TestNode second = await TestNode.StartAsync(2);
        IPEndPoint address = second.Address;
        second.Dispose();
        using TestNode first = await TestNode.StartAsync(1);
        await first.AddPeerAsync(second.Id, address);
        await first.Logger.SeesAsync("cannot be reached");
        Assert.False(await first.SendAsync(second, "nobody there"));

        using TestNode late = await TestNode.StartAsync(2, port: address.Port);
        await late.AddPeerAsync(first);
        Assert.Equal("n2 connected", await first.NextAsync());
        Assert.True(await first.SendAsync(late, "welcome"));
        await late.UntilAsync("n1: welcome");
        // The same trouble is not repeated in the log at every attempt; another trouble, such as an attempt that timed out, is told once too.
        Assert.InRange(first.Logger.Count("cannot be reached"), 1, 2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_node_that_was_killed_and_started_again_is_connected_again(ulong victim)
    {
        using TestNode first = await TestNode.StartAsync(1);
        using TestNode second = await TestNode.StartAsync(2);
        await ConnectAsync(first, second);
        (TestNode killed, TestNode survivor) = victim == 1 ? (first, second) : (second, first);
        for (int round = 0; round < 5; round++)
        {
            int port = killed.Address.Port;
            killed.Dispose();
            Assert.Equal($"{killed.Id} disconnected", await survivor.NextAsync());
            killed = await TestNode.StartAsync(victim, port: port);
            await killed.AddPeerAsync(survivor);
            Assert.Equal($"{killed.Id} connected", await survivor.NextAsync());
            await killed.UntilAsync($"{survivor.Id} connected");
            Assert.True(await survivor.SendAsync(killed, $"round {round}"));
            Assert.Equal($"{survivor.Id}: round {round}", await killed.NextAsync());
        }

        killed.Dispose();
    }

    [Fact]
    public async Task A_peer_that_calls_again_replaces_its_own_older_connection()
    {
        using TestNode node = await TestNode.StartAsync(2);
        await node.AddPeerAsync(new NodeId(1), new IPEndPoint(IPAddress.Loopback, 1));
        using RawPeer older = await CallAsNodeAsync(node, 1);
        Assert.Equal("n1 connected", await node.NextAsync());
        using RawPeer newer = await CallAsNodeAsync(node, 1);
        Assert.Equal(GoodbyeReason.Replaced, (await older.ReadToEndAsync())?.Reason);
        Assert.Equal("n1 disconnected", await node.NextAsync());
        Assert.Equal("n1 connected", await node.NextAsync());
    }

    [Fact]
    public async Task A_removed_peer_is_told_and_not_dialled_again()
    {
        using TestNode first = await TestNode.StartAsync(1);
        using TestNode second = await TestNode.StartAsync(2);
        await ConnectAsync(first, second);
        await first.Loop.InvokeAsync(() => first.Peers.RemovePeer(second.Id)).Within();
        Assert.Equal("n2 disconnected", await first.NextAsync());
        Assert.Equal("n1 disconnected", await second.NextAsync());
        Assert.False(await first.SendAsync(second, "gone"));
    }

    [Fact]
    public async Task Stopping_says_goodbye_to_every_peer()
    {
        using TestNode first = await TestNode.StartAsync(1);
        using TestNode second = await TestNode.StartAsync(2);
        await ConnectAsync(first, second);
        await first.Loop.InvokeAsync(first.Peers.Stop).Within();
        Assert.Equal("n1 disconnected", await second.NextAsync());
        await second.Logger.SeesAsync("ShuttingDown");
    }

    [Fact]
    [Trait("Pitfall", "33")]
    public async Task A_node_of_another_cluster_is_refused_on_both_sides_with_the_reason()
    {
        using TestNode first = await TestNode.StartAsync(TestNode.Identity(1, cluster: 7));
        using TestNode second = await TestNode.StartAsync(TestNode.Identity(2, cluster: 8));
        await second.AddPeerAsync(first);
        await first.AddPeerAsync(second);
        await second.Logger.SeesAsync("Refused: You belong to cluster 0000000000000007");
        await first.Logger.SeesAsync("the peer said goodbye: OtherCluster");
        Assert.False(await first.SendAsync(second, "no"));
    }

    [Fact]
    [Trait("Pitfall", "68")]
    public async Task A_node_of_a_disjoint_protocol_version_is_refused_on_both_sides_with_the_reason()
    {
        LocalNode future = TestNode.Identity(2) with { Versions = new VersionRange(new ProtocolVersion(8), new ProtocolVersion(9)) };
        using TestNode first = await TestNode.StartAsync(1);
        using TestNode second = await TestNode.StartAsync(future);
        await second.AddPeerAsync(first);
        await first.AddPeerAsync(second);
        await second.Logger.SeesAsync("Refused: You speak protocol v1, this side v8");
        await first.Logger.SeesAsync("the peer said goodbye: VersionsDisjoint");
    }

    [Fact]
    public async Task Another_node_than_expected_at_an_address_is_refused()
    {
        using TestNode first = await TestNode.StartAsync(1);
        using TestNode third = await TestNode.StartAsync(3);
        await third.AddPeerAsync(first);
        await first.AddPeerAsync(new NodeId(2), third.Address);
        await first.Logger.SeesAsync("Node n2 was expected at this address, not n3");
        Assert.False(await first.Loop.InvokeAsync(() => first.Transport.IsConnected(new NodeId(2))).Within());
    }

    [Theory]
    [InlineData(5UL, "n5 is not a peer of n2")]
    [InlineData(3UL, "must wait to be called")]
    [InlineData(2UL, "You call yourself n2")]
    public async Task A_caller_that_may_not_call_is_told_why(ulong caller, string reason)
    {
        using TestNode node = await TestNode.StartAsync(2);
        await node.AddPeerAsync(new NodeId(3), new IPEndPoint(IPAddress.Loopback, 1));
        using RawPeer peer = await RawPeer.ConnectAsync(node.Address);
        await peer.SendAsync(RawPeer.FrameOf(RawPeer.NodeHello(caller)));
        Goodbye? goodbye = await peer.ReadToEndAsync();
        Assert.Contains(reason, goodbye!.Detail, StringComparison.Ordinal);
        await node.Logger.SeesAsync(reason);
    }

    [Fact]
    public async Task The_first_frame_must_be_a_hello_and_there_is_only_one()
    {
        using TestNode node = await TestNode.StartAsync(2);
        using RawPeer rude = await RawPeer.ConnectAsync(node.Address);
        await rude.SendAsync(FrameKind.LineMessages, "early"u8.ToArray());
        Assert.Equal(GoodbyeReason.MalformedInput, (await rude.ReadToEndAsync())?.Reason);

        await node.AddPeerAsync(new NodeId(1), new IPEndPoint(IPAddress.Loopback, 1));
        using RawPeer twice = await CallAsNodeAsync(node, 1);
        await twice.SendAsync(RawPeer.FrameOf(RawPeer.NodeHello(1)));
        Assert.Equal(GoodbyeReason.MalformedInput, (await twice.ReadToEndAsync())?.Reason);
    }

    [Fact]
    public async Task A_peers_body_that_cannot_be_decoded_closes_its_connection_and_delivers_nothing_of_it()
    {
        using TestNode node = await TestNode.StartAsync(2);
        await node.AddPeerAsync(new NodeId(1), new IPEndPoint(IPAddress.Loopback, 1));
        using RawPeer peer = await CallAsNodeAsync(node, 1);
        await peer.SendAsync(FrameKind.LineMessages, new byte[] { 1, 0, 0, 0, (byte)'a', 9, 0, 0, 0, (byte)'b' });
        Goodbye? goodbye = await peer.ReadToEndAsync();
        Assert.Equal("a text is cut short", goodbye?.Detail);
        Assert.Equal("n1 connected", await node.NextAsync());
        Assert.Equal("n1 disconnected", await node.NextAsync());
    }

    [Fact]
    public async Task A_client_may_leave_the_cluster_open_but_not_name_another()
    {
        using TestNode node = await TestNode.StartAsync(2);
        using RawPeer open = await RawPeer.ConnectAsync(node.Address);
        await open.SendAsync(RawPeer.FrameOf(RawPeer.ClientHello(cluster: 0)));
        (FrameKind kind, byte[] body) = (await open.ReadAsync())!.Value;
        Assert.Equal(FrameKind.Hello, kind);
        Assert.True(Hello.TryRead(body, out Hello? hello));
        Assert.Equal(node.Local.Run, hello.Run);
        Assert.Equal(node.Id, hello.Node);

        using RawPeer other = await RawPeer.ConnectAsync(node.Address);
        await other.SendAsync(RawPeer.FrameOf(RawPeer.ClientHello(cluster: 99)));
        Assert.Equal(GoodbyeReason.OtherCluster, (await other.ReadToEndAsync())?.Reason);
    }

    [Fact]
    public async Task A_node_is_not_a_peer_of_itself()
    {
        using TestNode node = await TestNode.StartAsync(2);
        await Assert.ThrowsAsync<TransportConfigurationException>(() => node.AddPeerAsync(node));
    }

    [Fact]
    [Trait("Pitfall", "9")]
    public void Waits_between_attempts_double_up_to_a_bound_and_start_anew_after_a_success()
    {
        var shortest = TimeSpan.FromMilliseconds(10);
        var longest = TimeSpan.FromMilliseconds(100);
        var backoff = new Backoff(shortest, longest, new SystemRandomSource());
        foreach (int currentMs in (int[])[10, 20, 40, 80, 100, 100])
        {
            Assert.InRange(backoff.Next().TotalMilliseconds, currentMs / 2.0, currentMs);
        }

        backoff.Reset();
        Assert.InRange(backoff.Next(), shortest / 2, shortest);
    }

    [Fact]
    public void Two_random_sources_differ()
    {
        var first = new SystemRandomSource();
        var second = new SystemRandomSource();
        Assert.NotEqual(Enumerable.Range(0, 4).Select(_ => first.NextBits()), Enumerable.Range(0, 4).Select(_ => second.NextBits()));
    }

    [Fact]
    public void Senseless_options_are_refused_with_their_name()
    {
        var refused = Assert.Throws<TransportConfigurationException>(() => new TransportOptions { MaxFrameBytes = 1 }.Validate());
        Assert.Contains(nameof(TransportOptions.MaxFrameBytes), refused.Message, StringComparison.Ordinal);
        Assert.Throws<TransportConfigurationException>(() => new TransportOptions { IdleTimeout = TimeSpan.Zero }.Validate());
        Assert.Throws<TransportConfigurationException>(
            () => new TransportOptions { MinReconnectBackoff = TimeSpan.FromSeconds(2), MaxReconnectBackoff = TimeSpan.FromSeconds(1) }.Validate());
    }

    internal static async Task ConnectAsync(TestNode lower, TestNode higher)
    {
        await higher.AddPeerAsync(lower);
        await lower.AddPeerAsync(higher);
        await lower.UntilAsync($"{higher.Id} connected");
        await higher.UntilAsync($"{lower.Id} connected");
    }

    private static async Task<RawPeer> CallAsNodeAsync(TestNode node, ulong caller)
    {
        RawPeer peer = await RawPeer.ConnectAsync(node.Address);
        await peer.SendAsync(RawPeer.FrameOf(RawPeer.NodeHello(caller)));
        Assert.Equal(FrameKind.Hello, (await peer.ReadAsync())?.Kind);
        return peer;
    }
}
