using System.Net;
using System.Net.Sockets;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Tests.Loops;
using ActorPhysics.Wire.Buffers;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Handshake;

namespace ActorPhysics.Hosting.Tests.Transport;

/// <summary>The other end of a connection in the hands of the test: it sends whatever bytes it likes.</summary>
internal sealed class RawPeer(Stream stream) : IDisposable
{
    private readonly FrameReader _reader = new(FrameLimits.Default);

    public Stream Stream => stream;

    public static async Task<RawPeer> ConnectAsync(EndPoint address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address).Within();
        return new RawPeer(new NetworkStream(socket, ownsSocket: true));
    }

    /// <summary>Connects as a client whose hello has been accepted.</summary>
    public static async Task<RawPeer> ConnectAsClientAsync(EndPoint address)
    {
        RawPeer peer = await ConnectAsync(address);
        await peer.GreetAsync();
        return peer;
    }

    public static Hello ClientHello(ulong cluster = 7, VersionRange? versions = null) =>
        new(versions ?? VersionRange.Supported, new ClusterId(cluster), default, "raw", new ProcessRun(1), "test", 1 << 20);

    public static Hello NodeHello(ulong node, ulong cluster = 7) =>
        new(VersionRange.Supported, new ClusterId(cluster), new NodeId(node), "", new ProcessRun(1), "test", 1 << 20);

    public static byte[] FrameOf(FrameKind kind, ReadOnlySpan<byte> body)
    {
        using var buffer = new PooledBuffer();
        new FrameWriter(buffer, FrameLimits.Default).Write(kind, body);
        return buffer.WrittenSpan.ToArray();
    }

    public static byte[] FrameOf(Hello hello)
    {
        using var buffer = new PooledBuffer();
        hello.WriteTo(buffer);
        return FrameOf(FrameKind.Hello, buffer.WrittenSpan);
    }

    public async Task GreetAsync()
    {
        await SendAsync(FrameOf(ClientHello()));
        Assert.Equal(FrameKind.Hello, (await ReadAsync())?.Kind);
    }

    public Task SendAsync(ReadOnlyMemory<byte> bytes) => stream.WriteAsync(bytes).AsTask().Within();

    public Task SendAsync(FrameKind kind, ReadOnlyMemory<byte> body) => SendAsync(FrameOf(kind, body.Span));

    /// <summary>Says that no more will be sent, as a process does that ends.</summary>
    public void EndSending() => ((NetworkStream)stream).Socket.Shutdown(SocketShutdown.Send);

    /// <summary>The next frame; null when the other side has closed the connection, politely or not.</summary>
    public async Task<(FrameKind Kind, byte[] Body)?> ReadAsync()
    {
        while (true)
        {
            switch (_reader.TryRead(out Frame frame))
            {
                case FrameReadResult.Frame:
                    return (frame.Kind, frame.Body.ToArray());
                case FrameReadResult.Malformed:
                    throw new InvalidDataException(_reader.Fault.ToString());
            }

            int received;
            try
            {
                received = await stream.ReadAsync(_reader.GetReceiveMemory()).AsTask().Within();
            }
            catch (IOException)
            {
                return null;
            }

            if (received == 0)
            {
                return null;
            }

            _reader.Received(received);
        }
    }

    /// <summary>Reads until the other side closes the connection.</summary>
    /// <returns>Its goodbye, if it said one.</returns>
    public async Task<Goodbye?> ReadToEndAsync()
    {
        Goodbye? goodbye = null;
        while (await ReadAsync() is { } frame)
        {
            if (frame.Kind == FrameKind.Goodbye)
            {
                Assert.True(Goodbye.TryRead(frame.Body, out goodbye));
            }
        }

        return goodbye;
    }

    public void Dispose() => stream.Dispose();
}
