using ActorPhysics.Hosting.Tests.Loops;
using ActorPhysics.Hosting.Transport;
using ActorPhysics.Wire.Frames;

namespace ActorPhysics.Hosting.Tests.Transport;

[Trait("Pitfall", "62")]
public sealed class TimeBoundTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(60);

    [Fact]
    public async Task A_peer_that_says_nothing_is_not_waited_for()
    {
        using TestNode node = await TestNode.StartAsync(1, TestNode.Quick with { HandshakeTimeout = Short });
        using RawPeer peer = await RawPeer.ConnectAsync(node.Address);
        Assert.Null(await peer.ReadAsync());
        await node.Logger.SeesAsync("the handshake took too long");
    }

    [Fact]
    public async Task A_peer_that_drips_its_hello_is_not_waited_for()
    {
        using TestNode node = await TestNode.StartAsync(1, TestNode.Quick with { HandshakeTimeout = Short });
        using RawPeer peer = await RawPeer.ConnectAsync(node.Address);
        await peer.SendAsync(RawPeer.FrameOf(RawPeer.ClientHello()).AsMemory(0, 5));
        Assert.Null(await peer.ReadAsync());
        await node.Logger.SeesAsync("the handshake took too long");
    }

    [Fact]
    public async Task A_frame_that_does_not_end_closes_the_connection_although_bytes_keep_coming()
    {
        using TestNode node = await TestNode.StartAsync(1, TestNode.Quick with { FrameTimeout = Short });
        using RawPeer peer = await RawPeer.ConnectAsClientAsync(node.Address);
        Task end = peer.ReadToEndAsync();
        byte[] frame = RawPeer.FrameOf(FrameKind.ClientRequests, new byte[1 << 20]);
        try
        {
            for (int i = 0; i < frame.Length && !end.IsCompleted; i++)
            {
                await peer.SendAsync(frame.AsMemory(i, 1));
            }
        }
        catch (IOException)
        {
            // The node has closed the connection: what is waited for.
        }

        await end.Within();
        await node.Logger.SeesAsync("a frame took too long to arrive");
    }

    [Fact]
    public async Task A_connection_on_which_nothing_arrives_is_taken_for_dead()
    {
        using TestNode node = await TestNode.StartAsync(1, TestNode.Quick with { IdleTimeout = Short, ClientIdleTimeout = Short });
        using RawPeer peer = await RawPeer.ConnectAsClientAsync(node.Address);
        await peer.ReadToEndAsync();
        await node.Logger.SeesAsync("nothing arrived within the idle bound");
    }

    [Fact]
    public async Task A_client_may_be_silent_for_longer_than_a_peer()
    {
        using TestNode node = await TestNode.StartAsync(2, TestNode.Quick with { IdleTimeout = Short });
        await node.AddPeerAsync(new(1), new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 1));
        using RawPeer client = await RawPeer.ConnectAsClientAsync(node.Address);
        using RawPeer peer = await RawPeer.ConnectAsync(node.Address);
        await peer.SendAsync(RawPeer.FrameOf(RawPeer.NodeHello(1)));
        await peer.ReadToEndAsync();
        await node.Logger.SeesAsync("nothing arrived within the idle bound");
        await ConnectionTests.AssertEchoesAsync(client);
    }

    [Fact]
    public async Task Two_nodes_with_nothing_to_say_keep_their_connection_by_keep_alives()
    {
        TransportOptions options = TestNode.Quick with { IdleTimeout = TimeSpan.FromSeconds(1), ClientIdleTimeout = TimeSpan.FromSeconds(1) };
        using TestNode first = await TestNode.StartAsync(1, options);
        using TestNode second = await TestNode.StartAsync(2, options);
        await second.AddPeerAsync(first);
        await first.AddPeerAsync(second);
        Assert.Equal("n2 connected", await first.NextAsync());

        // Another connection with the same bound that stays silent marks the time at which this one would have been given up.
        for (int silences = 0; silences < 2; silences++)
        {
            using RawPeer silent = await RawPeer.ConnectAsClientAsync(first.Address);
            await silent.ReadToEndAsync();
        }

        Assert.True(await first.SendAsync(second, "still here"));
        Assert.Equal("n1 connected", await second.NextAsync());
        Assert.Equal("n1: still here", await second.NextAsync());
    }

    [Fact]
    public async Task A_node_breaks_its_own_silence_with_an_empty_keep_alive()
    {
        using TestNode node = await TestNode.StartAsync(1, TestNode.Quick with { IdleTimeout = TimeSpan.FromMilliseconds(300) });
        using RawPeer peer = await RawPeer.ConnectAsClientAsync(node.Address);
        (FrameKind kind, byte[] body) = (await peer.ReadAsync())!.Value;
        Assert.Equal(FrameKind.KeepAlive, kind);
        Assert.Empty(body);
    }

    [Fact]
    public async Task A_keep_alive_with_a_body_is_malformed()
    {
        using TestNode node = await TestNode.StartAsync(1);
        using RawPeer peer = await RawPeer.ConnectAsClientAsync(node.Address);
        await peer.SendAsync(FrameKind.KeepAlive, new byte[1]);
        Assert.Equal(Wire.Handshake.GoodbyeReason.MalformedInput, (await peer.ReadToEndAsync())?.Reason);
    }

    [Fact]
    public async Task A_peer_that_takes_nothing_loses_its_connection()
    {
        var chatty = new FloodingHandler();
        using TestNode node = await TestNode.StartAsync(
            TestNode.Identity(1),
            TestNode.Quick with { IdleTimeout = TimeSpan.FromMilliseconds(300), OutgoingBufferBytes = 64 << 20 },
            clientHandler: chatty);
        using RawPeer peer = await RawPeer.ConnectAsClientAsync(node.Address);
        using var stop = new CancellationTokenSource();
        await peer.SendAsync(FrameKind.ClientRequests, new byte[1]);
        // It keeps talking, so only the unread output can be what it is closed for.
        Task talking = TalkAsync(peer, stop.Token);
        await node.Logger.SeesAsync("the peer took nothing within the idle bound");
        await stop.CancelAsync();
        await talking.Within();
    }

    private static async Task TalkAsync(RawPeer peer, CancellationToken cancel)
    {
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        byte[] keepAlive = RawPeer.FrameOf(FrameKind.KeepAlive, []);
        try
        {
            while (await beat.WaitForNextTickAsync(cancel))
            {
                await peer.SendAsync(keepAlive);
            }
        }
        catch (Exception closed) when (closed is IOException or OperationCanceledException)
        {
            // Closed by the node, or no longer needed.
        }
    }

    /// <summary>Answers a request with more than all buffers between the two processes hold.</summary>
    private sealed class FloodingHandler : EchoHandler
    {
        private static readonly byte[] Megabyte = new byte[1 << 20];

        public override void FrameArrived(Connection connection, in Frame frame)
        {
            for (int i = 0; i < 32; i++)
            {
                connection.TrySend<ReadOnlyMemory<byte>>(Megabyte, this);
            }
        }
    }
}
