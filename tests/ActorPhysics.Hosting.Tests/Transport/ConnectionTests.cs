using System.Buffers.Binary;
using System.Net;
using ActorPhysics.Hosting.Tests.Loops;
using ActorPhysics.Hosting.Transport;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Handshake;

namespace ActorPhysics.Hosting.Tests.Transport;

public sealed class ConnectionTests : IAsyncLifetime
{
    private TestNode _node = null!;

    public async Task InitializeAsync() => _node = await TestNode.StartAsync(1);

    public Task DisposeAsync()
    {
        _node.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_hundred_thousand_frames_come_back_in_order()
    {
        const int Frames = 100_000;
        using RawPeer peer = await RawPeer.ConnectAsClientAsync(_node.Address);
        Task sending = Task.Run(async () =>
        {
            byte[] body = new byte[24];
            using var batch = new MemoryStream();
            for (int i = 0; i < Frames; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(body, i);
                batch.Write(RawPeer.FrameOf(FrameKind.ClientRequests, body.AsSpan(0, 4 + (i % 21))));
                if (i % 100 == 99)
                {
                    await peer.SendAsync(batch.ToArray());
                    batch.SetLength(0);
                }
            }
        });
        for (int i = 0; i < Frames; i++)
        {
            (FrameKind kind, byte[] body) = (await peer.ReadAsync())!.Value;
            Assert.Equal(FrameKind.ClientResponses, kind);
            Assert.Equal(4 + (i % 21), body.Length);
            Assert.Equal(i, BinaryPrimitives.ReadInt32LittleEndian(body));
        }

        await sending.Within();
    }

    [Fact]
    public async Task A_frame_may_arrive_one_byte_at_a_time()
    {
        using RawPeer peer = await RawPeer.ConnectAsync(_node.Address);
        byte[] bytes = [.. RawPeer.FrameOf(RawPeer.ClientHello()), .. RawPeer.FrameOf(FrameKind.ClientRequests, [1, 2, 3])];
        foreach (byte one in bytes)
        {
            await peer.SendAsync(new[] { one });
        }

        Assert.Equal(FrameKind.Hello, (await peer.ReadAsync())?.Kind);
        Assert.Equal([1, 2, 3], (await peer.ReadAsync())!.Value.Body);
    }

    [Fact]
    public async Task The_longest_frame_passes_and_one_byte_more_closes_the_connection()
    {
        TransportOptions options = TestNode.Quick with { MaxFrameBytes = 200_000 };
        using TestNode node = await TestNode.StartAsync(TestNode.Identity(2), options);
        using RawPeer peer = await RawPeer.ConnectAsClientAsync(node.Address);
        byte[] longest = new byte[options.MaxFrameBytes];
        new Random(1).NextBytes(longest);
        await peer.SendAsync(FrameKind.ClientRequests, longest);
        Assert.Equal(longest, (await peer.ReadAsync())!.Value.Body);

        byte[] header = RawPeer.FrameOf(FrameKind.ClientRequests, new byte[options.MaxFrameBytes + 1])[..FrameHeader.EncodedBytes];
        await peer.SendAsync(header);
        Goodbye? goodbye = await peer.ReadToEndAsync();
        Assert.Equal(GoodbyeReason.MalformedInput, goodbye?.Reason);
        Assert.Contains("longer than allowed", goodbye!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Pitfall", "62")]
    public async Task A_giant_length_closes_the_connection_before_any_of_the_body_has_come()
    {
        using RawPeer peer = await RawPeer.ConnectAsClientAsync(_node.Address);
        byte[] frame = RawPeer.FrameOf(FrameKind.ClientRequests, [1]);
        BinaryPrimitives.WriteUInt32LittleEndian(frame, uint.MaxValue);
        await peer.SendAsync(frame.AsMemory(0, FrameHeader.EncodedBytes));
        Assert.Equal(GoodbyeReason.MalformedInput, (await peer.ReadToEndAsync())?.Reason);
    }

    [Fact]
    [Trait("Pitfall", "62")]
    public async Task Before_its_hello_is_accepted_a_peer_may_send_short_frames_only()
    {
        using RawPeer peer = await RawPeer.ConnectAsync(_node.Address);
        await peer.SendAsync(RawPeer.FrameOf(FrameKind.Hello, new byte[FrameLimits.BeforeHello.MaxBodyBytes + 1]).AsMemory(0, FrameHeader.EncodedBytes));
        await peer.ReadToEndAsync();
        await _node.Logger.SeesAsync("a frame is longer than allowed");
    }

    [Fact]
    public async Task No_single_flipped_bit_gets_through_and_none_harms_another_connection()
    {
        using RawPeer healthy = await RawPeer.ConnectAsClientAsync(_node.Address);
        byte[] frame = RawPeer.FrameOf(FrameKind.ClientRequests, [10, 20, 30, 40, 50]);
        for (int bit = 0; bit < frame.Length * 8; bit++)
        {
            using RawPeer peer = await RawPeer.ConnectAsClientAsync(_node.Address);
            byte[] damaged = [.. frame];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            await peer.SendAsync(damaged);
            peer.EndSending();
            while (await peer.ReadAsync() is { } answer)
            {
                Assert.Equal(FrameKind.Goodbye, answer.Kind);
            }
        }

        await AssertEchoesAsync(healthy);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Random_bytes_close_their_connection_and_harm_nothing_else(bool afterHello)
    {
        using RawPeer healthy = await RawPeer.ConnectAsClientAsync(_node.Address);
        var random = new Random(42);
        for (int round = 0; round < 150; round++)
        {
            using RawPeer peer = afterHello
                ? await RawPeer.ConnectAsClientAsync(_node.Address)
                : await RawPeer.ConnectAsync(_node.Address);
            byte[] garbage = new byte[random.Next(1, 20_000)];
            random.NextBytes(garbage);
            try
            {
                await peer.SendAsync(garbage);
                peer.EndSending();
            }
            catch (Exception closed) when (closed is IOException or System.Net.Sockets.SocketException)
            {
                // The node was quicker.
            }

            await peer.ReadToEndAsync();
        }

        await AssertEchoesAsync(healthy);
        Assert.False(_node.Loop.Completion.IsCompleted);
        Assert.Equal(0, _node.Logger.Count("threw on loop"));
    }

    [Fact]
    public async Task A_frame_cut_short_by_the_end_of_the_connection_is_told_from_a_clean_end()
    {
        byte[] frame = RawPeer.FrameOf(FrameKind.ClientRequests, [1, 2, 3]);
        for (int length = 1; length < frame.Length; length++)
        {
            using RawPeer peer = await RawPeer.ConnectAsClientAsync(_node.Address);
            await peer.SendAsync(frame.AsMemory(0, length));
            peer.EndSending();
            Assert.Null(await peer.ReadAsync());
        }

        Assert.Equal(frame.Length - 1, _node.Logger.Count("in the middle of a frame"));
        using (RawPeer peer = await RawPeer.ConnectAsClientAsync(_node.Address))
        {
            peer.EndSending();
            Assert.Null(await peer.ReadAsync());
        }

        Assert.Equal(frame.Length - 1, _node.Logger.Count("in the middle of a frame"));
    }

    [Fact]
    public async Task An_unknown_kind_closes_the_connection_with_one_logged_reason()
    {
        using RawPeer peer = await RawPeer.ConnectAsClientAsync(_node.Address);
        await peer.SendAsync((FrameKind)200, new byte[] { 1 });
        Goodbye? goodbye = await peer.ReadToEndAsync();
        Assert.Equal(GoodbyeReason.MalformedInput, goodbye?.Reason);
        await _node.Logger.SeesAsync("does not send frames of kind 200");
        Assert.Equal(1, _node.Logger.Count("closed: "));
    }

    [Fact]
    public async Task A_handler_that_throws_loses_its_connection_only()
    {
        using TestNode node = await TestNode.StartAsync(TestNode.Identity(2), clientHandler: new ThrowingHandler());
        using RawPeer healthy = await RawPeer.ConnectAsClientAsync(node.Address);
        using RawPeer peer = await RawPeer.ConnectAsClientAsync(node.Address);
        await peer.SendAsync(FrameKind.ClientRequests, "throw"u8.ToArray());
        await peer.ReadToEndAsync();
        await node.Logger.SeesAsync("handling a frame failed");
        await AssertEchoesAsync(healthy);
    }

    [Fact]
    public async Task A_node_that_stops_says_goodbye()
    {
        using RawPeer peer = await RawPeer.ConnectAsClientAsync(_node.Address);
        _node.Dispose();
        Assert.Equal(GoodbyeReason.ShuttingDown, (await peer.ReadToEndAsync())?.Reason);
    }

    [Fact]
    public async Task The_number_of_accepted_connections_is_bounded_and_a_closed_one_makes_room()
    {
        using TestNode node = await TestNode.StartAsync(TestNode.Identity(2), TestNode.Quick with { MaxAcceptedConnections = 2 });
        using RawPeer first = await RawPeer.ConnectAsClientAsync(node.Address);
        using RawPeer second = await RawPeer.ConnectAsClientAsync(node.Address);
        using RawPeer refused = await RawPeer.ConnectAsync(node.Address);
        Assert.Null(await refused.ReadAsync());

        first.EndSending();
        await first.ReadToEndAsync();
        using RawPeer third = await RawPeer.ConnectAsClientAsync(node.Address);
        await AssertEchoesAsync(third);
        await AssertEchoesAsync(second);
    }

    [Fact]
    public async Task Once_warm_a_frame_costs_no_memory_on_the_loop()
    {
        using RawPeer peer = await RawPeer.ConnectAsClientAsync(_node.Address);
        await EchoManyAsync(peer, 2_000);
        long before = await _node.Loop.InvokeAsync(GC.GetAllocatedBytesForCurrentThread).Within();
        await EchoManyAsync(peer, 20_000);
        long after = await _node.Loop.InvokeAsync(GC.GetAllocatedBytesForCurrentThread).Within();
        Assert.InRange(after - before, 0, 20_000);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.3.2.1", true)]
    [InlineData("::1", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("::", false)]
    public async Task Without_tls_only_loopback_addresses_are_listened_at_and_dialled(string address, bool allowed)
    {
        var endPoint = new IPEndPoint(IPAddress.Parse(address), 0);
        Assert.Equal(allowed, LoopbackRule.IsLoopback(endPoint));
        if (!allowed)
        {
            var refused = await Assert.ThrowsAsync<TransportConfigurationException>(() => _node.ListenAsync(endPoint));
            Assert.Contains("TLS is off", refused.Message, StringComparison.Ordinal);
            refused = await Assert.ThrowsAsync<TransportConfigurationException>(() => _node.AddPeerAsync(new(9), endPoint));
            Assert.Contains("TLS is off", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_host_name_is_not_taken_for_loopback_unless_it_is_localhost()
    {
        Assert.True(LoopbackRule.IsLoopback(new DnsEndPoint("localhost", 1)));
        Assert.False(LoopbackRule.IsLoopback(new DnsEndPoint("localhost.example", 1)));
    }

    [Fact]
    public async Task A_port_in_use_is_one_clear_error()
    {
        using TestNode other = await TestNode.StartAsync(2);
        var refused = await Assert.ThrowsAsync<TransportConfigurationException>(() => other.ListenAsync(_node.Address));
        Assert.Contains("in use", refused.Message, StringComparison.Ordinal);
        Assert.Contains(_node.Address.ToString(), refused.Message, StringComparison.Ordinal);
    }

    /// <summary>The connection is in order: what is sent comes back.</summary>
    internal static async Task AssertEchoesAsync(RawPeer peer)
    {
        await peer.SendAsync(FrameKind.ClientRequests, "well"u8.ToArray());
        (FrameKind Kind, byte[] Body)? answer;
        do
        {
            answer = await peer.ReadAsync();
        }
        while (answer is { Kind: FrameKind.KeepAlive });
        Assert.Equal("well"u8.ToArray(), answer?.Body);
    }

    private static async Task EchoManyAsync(RawPeer peer, int frames)
    {
        byte[] batch = Enumerable.Repeat(RawPeer.FrameOf(FrameKind.ClientRequests, new byte[100]), 100).SelectMany(frame => frame).ToArray();
        for (int sent = 0; sent < frames; sent += 100)
        {
            await peer.SendAsync(batch);
            for (int i = 0; i < 100; i++)
            {
                await peer.ReadAsync();
            }
        }
    }

    private sealed class ThrowingHandler : EchoHandler
    {
        public override void FrameArrived(Connection connection, in Frame frame)
        {
            if (frame.Body.Span.SequenceEqual("throw"u8))
            {
                throw new InvalidOperationException("as asked");
            }

            base.FrameArrived(connection, frame);
        }
    }
}
