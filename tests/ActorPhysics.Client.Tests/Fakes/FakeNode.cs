using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Buffers;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Handshake;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Tests.Fakes;

/// <summary>A node that speaks the client protocol over a real socket and leaves the meaning to its cluster's script.</summary>
internal sealed class FakeNode : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly Lock _gate = new();
    private readonly List<FakeConnection> _connections = [];
    private bool _isClosed;
    private int _swallowed;

    public FakeNode(FakeCluster cluster, NodeId id, X509Certificate2? certificate = null)
    {
        Cluster = cluster;
        Id = id;
        Certificate = certificate;
        _listener = new TcpListener(IPAddress.Loopback, 0);
        _listener.Start();
        Address = new NodeAddress("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port);
        _ = AcceptAsync();
    }

    public FakeCluster Cluster { get; }
    public NodeId Id { get; }
    public NodeAddress Address { get; }
    public X509Certificate2? Certificate { get; }
    public ClusterId ClusterId { get; init; } = new(0xC1);

    /// <summary>How many connections were ever accepted.</summary>
    public int Accepted { get; private set; }

    /// <summary>While true, requests are received and nothing is done about them: a paused process.</summary>
    public bool IsPaused { get; set; }

    /// <summary>How many requests came while it was paused.</summary>
    public int Swallowed => _swallowed;

    public void Swallow() => Interlocked.Increment(ref _swallowed);

    public void DropConnections()
    {
        List<FakeConnection> connections;
        lock (_gate)
        {
            connections = [.. _connections];
        }

        connections.ForEach(connection => connection.Drop());
    }

    /// <summary>Stops listening and drops everyone: a killed process.</summary>
    public void Kill()
    {
        lock (_gate)
        {
            _isClosed = true;
        }

        _listener.Stop();
        DropConnections();
    }

    public ValueTask DisposeAsync()
    {
        Kill();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptSocketAsync();
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                return;
            }

            var connection = new FakeConnection(this, socket);
            lock (_gate)
            {
                if (_isClosed)
                {
                    socket.Dispose();
                    return;
                }

                Accepted++;
                _connections.Add(connection);
            }

            _ = connection.RunAsync();
        }
    }
}

/// <summary>One client's connection to a fake node.</summary>
internal sealed class FakeConnection(FakeNode node, Socket socket)
{
    private readonly Lock _gate = new();
    private Stream _stream = new NetworkStream(socket, ownsSocket: true);

    public FakeNode Node { get; } = node;

    public async Task RunAsync()
    {
        using var reader = new FrameReader(FrameLimits.Default);
        try
        {
            if (Node.Certificate is { } certificate)
            {
                var secure = new SslStream(_stream);
                await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
                {
                    ServerCertificate = certificate,
                    ClientCertificateRequired = true,
                    RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
                });
                _stream = secure;
            }

            int received;
            while ((received = await _stream.ReadAsync(reader.GetReceiveMemory())) > 0)
            {
                reader.Received(received);
                while (reader.TryRead(out Frame frame) == FrameReadResult.Frame)
                {
                    Take(frame);
                }
            }
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
            // The client left, or the script dropped it.
            _ = ended;
        }
        finally
        {
            Drop();
        }
    }

    public void Drop() => _stream.Dispose();

    public void Send(in ClientResponse response, ReadOnlyMemory<byte> proof)
    {
        using var output = new PooledBuffer();
        var batch = new ClientResponseBatch(new FrameWriter(output, FrameLimits.Default));
        batch.Add(response, proof);
        batch.Flush();
        SendRaw(output.WrittenSpan);
    }

    public void SendRaw(ReadOnlySpan<byte> bytes)
    {
        try
        {
            lock (_gate)
            {
                _stream.Write(bytes);
            }
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            // As for a real node: whoever asked has left.
            _ = gone;
        }
    }

    private void Take(in Frame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Hello:
                Assert.True(Hello.TryRead(frame.Body.Span, out Hello? theirs));
                Node.Cluster.Greeted(theirs);
                Greet();
                break;
            case FrameKind.ClientRequests:
                var requests = new ClientRequestBatchReader(frame.Body.Span);
                while (requests.TryNext(out ClientRequest request))
                {
                    var call = new FakeCall(this, request);
                    if (Node.IsPaused)
                    {
                        Node.Swallow();
                    }
                    else
                    {
                        Node.Cluster.Handle(call);
                    }
                }

                Assert.False(requests.Failed);
                break;
        }
    }

    private void Greet()
    {
        using var output = new PooledBuffer();
        var writer = new FrameWriter(output, FrameLimits.Default);
        writer.Begin(FrameKind.Hello);
        new Hello(VersionRange.Supported, Node.ClusterId, Node.Id, string.Empty, new ProcessRun(1), "fake", FrameLimits.Default.MaxBodyBytes).WriteTo(output);
        writer.End();
        SendRaw(output.WrittenSpan);
    }
}
