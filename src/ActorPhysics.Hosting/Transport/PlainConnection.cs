using System.Net;
using System.Net.Sockets;
using ActorPhysics.Hosting.Loops;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Transport;

/// <summary>A connection over a non-blocking TCP socket that the loop polls. It makes no task and, once warm, no garbage.</summary>
internal sealed class PlainConnection : Connection, IReadinessHandler
{
    /// <summary>One busy connection may not keep the others of its loop waiting for longer than this many receives.</summary>
    private const int MaxReceivesPerTurn = 4;

    private readonly Socket _socket;
    private readonly SocketWatch _watch;

    /// <param name="loop">The loop that the caller is on.</param>
    /// <param name="socket">Connected and non-blocking; this object disposes it.</param>
    /// <param name="remote">The other end.</param>
    /// <param name="handler">Who hears of frames first.</param>
    /// <param name="options">The bounds.</param>
    /// <param name="logger">Where its end is logged.</param>
    public PlainConnection(EventLoop loop, Socket socket, EndPoint remote, IConnectionHandler handler, TransportOptions options, ILogger logger)
        : base(loop, remote, handler, options, logger)
    {
        _socket = socket;
        _watch = loop.Watch(socket, Readiness.Readable, this);
        Begin();
    }

    public override int OutgoingBytes => Output.Count;

    public override PeerCertificate Certificate => PeerCertificate.None;

    public void SocketReady(Readiness ready)
    {
        if ((ready & Readiness.Writable) != 0)
        {
            Frames.EndIfOpen();
            FlushOutput();
        }

        if ((ready & Readiness.Readable) != 0 && IsOpen)
        {
            Receive();
        }
    }

    private protected override void FlushOutput()
    {
        if (Output.IsEmpty)
        {
            return;
        }

        int sent = _socket.Send(Output.WrittenSpan, SocketFlags.None, out SocketError error);
        if (error is not (SocketError.Success or SocketError.WouldBlock))
        {
            Close(CloseReason.Broken($"sending failed: {error}"));
            return;
        }

        ConsumeOutput(Math.Max(sent, 0));
        WatchFor();
        OutputMoved(Math.Max(sent, 0));
    }

    private protected override void ReadingChanged() => WatchFor();

    private protected override void EndTransport(bool sayGoodbye)
    {
        _watch.Dispose();
        if (sayGoodbye)
        {
            SayGoodbye();
        }

        _socket.Dispose();
        Output.Dispose();
    }

    private void Receive()
    {
        for (int receives = 0; receives < MaxReceivesPerTurn && IsOpen && !IsReadingPaused; receives++)
        {
            Span<byte> room = ReceiveSpan();
            int asked = room.Length;
            int received = _socket.Receive(room, SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock)
            {
                return;
            }

            if (error != SocketError.Success)
            {
                Close(CloseReason.Broken($"receiving failed: {error}"));
                return;
            }

            if (received == 0)
            {
                ReceivedEnd();
                return;
            }

            Received(received);
            if (received < asked)
            {
                return;
            }
        }
    }

    /// <summary>
    /// One last send. Then what the peer sent meanwhile is discarded, within bounds: closing a socket with unread input resets the
    /// connection, and the reset can overtake the last words.
    /// </summary>
    private void SayGoodbye()
    {
        const int MaxDiscards = 16;
        _socket.Send(Output.WrittenSpan, SocketFlags.None, out SocketError error);
        if (error != SocketError.Success)
        {
            return;
        }

        Span<byte> discarded = stackalloc byte[4096];
        for (int i = 0; i < MaxDiscards && _socket.Receive(discarded, SocketFlags.None, out error) > 0; i++)
        {
        }
    }

    private void WatchFor()
    {
        Readiness interest = IsReadingPaused ? Readiness.None : Readiness.Readable;
        _watch.Interest = Output.IsEmpty ? interest : interest | Readiness.Writable;
    }
}
