using System.Buffers.Binary;
using System.Threading.Channels;
using ActorPhysics.Hosting.Tests.Loops;
using ActorPhysics.Hosting.Transport;
using ActorPhysics.Wire.Frames;

namespace ActorPhysics.Hosting.Tests.Transport;

[Trait("Pitfall", "19")]
public sealed class BackpressureTests
{
    private const int NumberedBytes = 4096;

    [Fact]
    public async Task A_paused_connection_delivers_nothing_until_it_is_resumed_and_then_everything_in_order()
    {
        const int Frames = 5_000;
        var handler = new PausingHandler(pauseAfter: 3);
        using TestNode node = await TestNode.StartAsync(TestNode.Identity(1), clientHandler: handler);
        using RawPeer peer = await RawPeer.ConnectAsClientAsync(node.Address);
        Task sending = Task.Run(async () =>
        {
            for (int i = 0; i < Frames; i++)
            {
                await peer.SendAsync(FrameKind.ClientRequests, Numbered(i));
            }
        });

        await handler.Paused.Within();
        Assert.Equal(3, await node.Loop.InvokeAsync(() => handler.Seen.Count).Within());

        await node.Loop.InvokeAsync(() => node.Clients[0].ResumeReading()).Within();
        await sending.Within();
        await handler.Arrived(Frames).Within();
        Assert.Equal(Enumerable.Range(0, Frames), await node.Loop.InvokeAsync(() => handler.Seen.ToArray()).Within());
    }

    [Fact]
    public async Task Pausing_again_before_the_loops_next_turn_leaves_the_connection_paused()
    {
        var handler = new PausingHandler(pauseAfter: 1);
        using TestNode node = await TestNode.StartAsync(TestNode.Identity(1), clientHandler: handler);
        using RawPeer peer = await RawPeer.ConnectAsClientAsync(node.Address);
        byte[] three = [.. RawPeer.FrameOf(FrameKind.ClientRequests, Numbered(0)), .. RawPeer.FrameOf(FrameKind.ClientRequests, Numbered(1))];
        await peer.SendAsync(three);
        await handler.Paused.Within();
        await node.Loop.InvokeAsync(() =>
        {
            node.Clients[0].ResumeReading();
            node.Clients[0].PauseReading();
        }).Within();
        Assert.Equal(1, await node.Loop.InvokeAsync(() => handler.Seen.Count).Within());
        await node.Loop.InvokeAsync(() => node.Clients[0].ResumeReading()).Within();
        await handler.Arrived(2).Within();
    }

    [Fact]
    public async Task Output_is_bounded_and_what_was_accepted_arrives_whole_once_the_peer_reads()
    {
        var handler = new SpeakingHandler();
        using TestNode node = await TestNode.StartAsync(
            TestNode.Identity(1), TestNode.Quick with { OutgoingBufferBytes = 1 << 20 }, clientHandler: handler);
        using RawPeer peer = await RawPeer.ConnectAsClientAsync(node.Address);
        await node.UntilAsync("client raw connected");

        int accepted = 0;
        // What one call may write is bounded by the buffer; what all may, by the buffers of both ends' systems as well.
        while (true)
        {
            int more = await node.Loop.InvokeAsync(() => SpeakingHandler.FillUp(node.Clients[0], handler, accepted)).Within();
            accepted += more;
            Assert.InRange(await node.Loop.InvokeAsync(() => node.Clients[0].OutgoingBytes).Within(), 0, (1 << 20) + (2 * NumberedBytes));
            if (more == 0)
            {
                break;
            }
        }

        Assert.Equal(SendResult.Full, await node.Loop.InvokeAsync(() => handler.Send(node.Clients[0], -1)).Within());
        for (int i = 0; i < accepted; i++)
        {
            (FrameKind kind, byte[] body) = (await peer.ReadAsync())!.Value;
            Assert.Equal(FrameKind.ClientResponses, kind);
            Assert.Equal(Numbered(i), body);
        }

        await handler.Drained.Within();
        Assert.Equal(SendResult.Accepted, await node.Loop.InvokeAsync(() => handler.Send(node.Clients[0], 1)).Within());
        Assert.Equal(Numbered(1), (await peer.ReadAsync())!.Value.Body);
    }

    [Fact]
    public async Task A_message_that_no_frame_can_hold_is_refused_and_leaves_no_trace()
    {
        using TestNode first = await TestNode.StartAsync(TestNode.Identity(1), TestNode.Quick with { MaxFrameBytes = 10_000 });
        using TestNode second = await TestNode.StartAsync(TestNode.Identity(2), TestNode.Quick with { MaxFrameBytes = 5_000 });
        await second.AddPeerAsync(first);
        await first.AddPeerAsync(second);
        await first.UntilAsync("n2 connected");

        // The smaller of the two bounds holds: the second would close the connection on a longer frame.
        Assert.False(await first.SendAsync(second, new string('x', 5_000)));
        await first.Loop.InvokeAsync(() =>
        {
            Assert.True(first.Transport.TrySend(second.Id, "before"));
            Assert.False(first.Transport.TrySend(second.Id, new string('x', 5_000)));
            Assert.True(first.Transport.TrySend(second.Id, "after"));
        }).Within();
        await second.UntilAsync("n1: before");
        Assert.Equal("n1: after", await second.NextAsync());
    }

    [Fact]
    public async Task More_messages_than_a_frame_holds_are_spread_over_several()
    {
        using TestNode first = await TestNode.StartAsync(TestNode.Identity(1), TestNode.Quick with { MaxFrameBytes = 1_024 });
        using TestNode second = await TestNode.StartAsync(TestNode.Identity(2));
        await second.AddPeerAsync(first);
        await first.AddPeerAsync(second);
        await first.UntilAsync("n2 connected");
        await second.UntilAsync("n1 connected");
        await first.Loop.InvokeAsync(() =>
        {
            for (int i = 0; i < 1_000; i++)
            {
                Assert.True(first.Transport.TrySend(second.Id, $"message {i}"));
            }
        }).Within();
        for (int i = 0; i < 1_000; i++)
        {
            Assert.Equal($"n1: message {i}", await second.NextAsync());
        }
    }

    [Fact]
    public async Task An_encoder_that_throws_ends_its_connection_and_tells_its_caller()
    {
        using TestNode first = await TestNode.StartAsync(1);
        using TestNode second = await TestNode.StartAsync(2);
        await second.AddPeerAsync(first);
        await first.AddPeerAsync(second);
        await first.UntilAsync("n2 connected");
        await Assert.ThrowsAsync<InvalidOperationException>(() => first.SendAsync(second, "throw"));
        await first.UntilAsync("n2 disconnected");
        await first.UntilAsync("n2 connected");
    }

    private static byte[] Numbered(int number)
    {
        byte[] body = new byte[NumberedBytes];
        BinaryPrimitives.WriteInt32LittleEndian(body, number);
        return body;
    }

    private sealed class PausingHandler(int pauseAfter) : EchoHandler
    {
        private readonly TaskCompletionSource _paused = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Channel<int> _counts = Channel.CreateUnbounded<int>();

        public List<int> Seen { get; } = [];
        public Task Paused => _paused.Task;

        public async Task Arrived(int count)
        {
            while (await _counts.Reader.ReadAsync() < count)
            {
            }
        }

        public override void FrameArrived(Connection connection, in Frame frame)
        {
            Seen.Add(BinaryPrimitives.ReadInt32LittleEndian(frame.Body.Span));
            _counts.Writer.TryWrite(Seen.Count);
            if (Seen.Count == pauseAfter)
            {
                connection.PauseReading();
                _paused.SetResult();
            }
        }
    }

    private sealed class SpeakingHandler : EchoHandler
    {
        private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Drained => _drained.Task;

        public static int FillUp(Connection connection, SpeakingHandler handler, int next)
        {
            int first = next;
            while (handler.Send(connection, next) == SendResult.Accepted)
            {
                next++;
            }

            return next - first;
        }

        public SendResult Send(Connection connection, int number) => connection.TrySend<ReadOnlyMemory<byte>>(Numbered(number), this);

        public override void OutputDrained(Connection connection) => _drained.TrySetResult();
    }
}
