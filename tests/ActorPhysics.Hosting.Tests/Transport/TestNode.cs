using System.Net;
using System.Threading.Channels;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Loops;
using ActorPhysics.Hosting.Tests.Loops;
using ActorPhysics.Hosting.Transport;
using ActorPhysics.Wire.Handshake;

namespace ActorPhysics.Hosting.Tests.Transport;

/// <summary>A node with nothing but its transport: what happens to it is written down as text and can be awaited in order.</summary>
internal sealed class TestNode : ITransport<string>, IPeerListener, IPeerFrameHandler, IClientHost, IDisposable
{
    private static ulong _runs;

    private readonly TextCodec _codec = new();
    private readonly Channel<string> _events = Channel.CreateUnbounded<string>();
    private readonly IConnectionHandler _clientHandler;
    private readonly Gatekeeper _gatekeeper;
    private readonly TlsCredentials? _credentials;
    private Listener? _listener;

    private TestNode(LocalNode local, TransportOptions options, TlsCredentials? credentials, IConnectionHandler? clientHandler)
    {
        Loop = new EventLoop(new EventLoopOptions { Name = local.Node.ToString() }, Logger);
        Local = local;
        Options = options;
        _credentials = credentials;
        _clientHandler = clientHandler ?? new EchoHandler();
        Peers = new PeerConnections(Loop, local, options, credentials, new SystemRandomSource(), Logger);
        Peers.Handle(TextCodec.Kind, this);
        Peers.Subscribe(this);
        _gatekeeper = new Gatekeeper(local, options, Peers, this);
        Loop.Start();
    }

    public RecordingLogger Logger { get; } = new();
    public EventLoop Loop { get; }
    public LocalNode Local { get; }
    public TransportOptions Options { get; }
    public PeerConnections Peers { get; }
    public ITransport<string> Transport => this;
    public NodeId Id => Local.Node;
    public IPEndPoint Address => (IPEndPoint)_listener!.Address!;
    public List<Connection> Clients { get; } = [];

    public static TransportOptions Quick => new()
    {
        MinReconnectBackoff = TimeSpan.FromMilliseconds(1),
        MaxReconnectBackoff = TimeSpan.FromMilliseconds(20),
    };

    public static LocalNode Identity(ulong node, ulong cluster = 7) => new(
        new ClusterId(cluster), new NodeId(node), new ProcessRun(Interlocked.Increment(ref _runs)), "test", VersionRange.Supported);

    public static async Task<TestNode> StartAsync(
        LocalNode local, TransportOptions? options = null, TlsCredentials? credentials = null, IConnectionHandler? clientHandler = null, int port = 0)
    {
        var node = new TestNode(local, options ?? Quick, credentials, clientHandler);
        await node.ListenAsync(new IPEndPoint(IPAddress.Loopback, port));
        return node;
    }

    public static Task<TestNode> StartAsync(ulong id, TransportOptions? options = null, TlsCredentials? credentials = null, int port = 0) =>
        StartAsync(Identity(id), options, credentials, port: port);

    public Task ListenAsync(IPEndPoint address) => Loop.InvokeAsync(() =>
    {
        _listener = new Listener(Loop, Options, _credentials, _gatekeeper, Logger);
        _listener.Listen(address);
    }).Within();

    public Task AddPeerAsync(TestNode other) => AddPeerAsync(other.Id, other.Address);

    public Task AddPeerAsync(NodeId node, EndPoint address) => Loop.InvokeAsync(() => Peers.AddPeer(node, address)).Within();

    public Task<bool> SendAsync(TestNode to, string message) => Loop.InvokeAsync(() => Transport.TrySend(to.Id, message)).Within();

    /// <summary>The next thing that happened.</summary>
    public Task<string> NextAsync() => _events.Reader.ReadAsync().AsTask().Within();

    /// <summary>Skips what happened until <paramref name="expected"/> does.</summary>
    public async Task UntilAsync(string expected)
    {
        while (await NextAsync() != expected)
        {
        }
    }

    public void Dispose() => Loop.Dispose();

    void IPeerListener.PeerConnected(NodeId node, ProcessRun run) => _events.Writer.TryWrite($"{node} connected");
    void IPeerListener.PeerDisconnected(NodeId node, string reason) => _events.Writer.TryWrite($"{node} disconnected");

    bool ITransport<string>.IsConnected(NodeId node) => Peers.IsConnected(node);
    bool ITransport<string>.TrySend(NodeId node, string message) => Peers.TrySend(node, message, _codec) == SendResult.Accepted;

    string? IPeerFrameHandler.FrameArrived(NodeId from, ReadOnlySpan<byte> body)
    {
        var messages = new List<string>();
        string? objection = TextCodec.Decode(body, messages);
        if (objection is null)
        {
            messages.ForEach(message => _events.Writer.TryWrite($"{from}: {message}"));
        }

        return objection;
    }

    void IClientHost.ClientConnected(Connection connection, Hello hello, ProtocolVersion version)
    {
        connection.Handler = _clientHandler;
        Clients.Add(connection);
        _events.Writer.TryWrite($"client {hello.Client} connected");
    }
}
