using System.Net;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Loops;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Handshake;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Transport;

/// <summary>Handles the frames of one kind that peers send. Called on the loop.</summary>
public interface IPeerFrameHandler
{
    /// <returns>Null, or why the body is malformed, which ends the connection.</returns>
    string? FrameArrived(NodeId from, ReadOnlySpan<byte> body);
}

/// <summary>
/// The connections of a node with its peers: one for each pair, over which all groups talk. The node with the lower id dials, so two
/// nodes never race to connect; it dials again, with growing waits, as long as the peer is configured. Lives on one loop.
/// </summary>
public sealed class PeerConnections
{
    private readonly Dictionary<NodeId, Peer> _peers = [];
    private readonly IPeerFrameHandler?[] _handlers = new IPeerFrameHandler?[byte.MaxValue + 1];
    private readonly List<IPeerListener> _listeners = [];

    public PeerConnections(
        EventLoop loop, LocalNode local, TransportOptions options, TlsCredentials? credentials, IRandomSource random, ILogger logger)
    {
        options.Validate();
        (Loop, Local, Options, Credentials, Random, Logger) = (loop, local, options, credentials, random, logger);
    }

    internal EventLoop Loop { get; }
    internal LocalNode Local { get; }
    internal TransportOptions Options { get; }
    internal TlsCredentials? Credentials { get; }
    internal IRandomSource Random { get; }
    internal ILogger Logger { get; }

    /// <summary>Says who handles frames of <paramref name="kind"/>. Before the first peer is added.</summary>
    public void Handle(FrameKind kind, IPeerFrameHandler handler) => _handlers[(byte)kind] = handler;

    /// <summary>Tells <paramref name="listener"/> of connections from now on.</summary>
    public void Subscribe(IPeerListener listener) => _listeners.Add(listener);

    /// <summary>Adds a peer, or gives it another address; where this node has the lower id, dialling begins. On the loop.</summary>
    /// <exception cref="TransportConfigurationException">The address leaves the machine and TLS is off.</exception>
    public void AddPeer(NodeId node, EndPoint address)
    {
        LoopbackRule.Require(address, Credentials is not null, $"Node {node}'s address");
        if (node == Local.Node || node == default)
        {
            throw new TransportConfigurationException($"{node} cannot be a peer of {Local.Node}.");
        }

        RemovePeer(node);
        var peer = new Peer(this, node, address);
        _peers.Add(node, peer);
        peer.Begin();
    }

    /// <summary>Forgets a peer and closes its connection. On the loop.</summary>
    public void RemovePeer(NodeId node)
    {
        if (_peers.Remove(node, out Peer? peer))
        {
            peer.End(CloseReason.Local(new Goodbye(GoodbyeReason.UnexpectedNode, "This node is no longer a peer.")));
        }
    }

    /// <summary>Says goodbye to every peer and dials no more. On the loop.</summary>
    public void Stop()
    {
        foreach (Peer peer in _peers.Values.ToArray())
        {
            peer.End(CloseReason.ShuttingDown);
        }

        _peers.Clear();
    }

    public bool IsConnected(NodeId node) => _peers.TryGetValue(node, out Peer? peer) && peer.Connection is not null;

    /// <summary>Encodes a message into the output of the connection with <paramref name="node"/>. On the loop.</summary>
    public SendResult TrySend<TMessage>(NodeId node, in TMessage message, IFrameEncoder<TMessage> encoder)
        where TMessage : allows ref struct =>
        _peers.TryGetValue(node, out Peer? peer) && peer.Connection is { } connection
            ? connection.TrySend(message, encoder)
            : SendResult.Closed;

    /// <summary>The name that <paramref name="node"/>'s certificate must prove; empty without TLS.</summary>
    internal string ExpectedNameOf(NodeId node) => Credentials?.Options.NameOf(node, Local.Cluster) ?? "";

    /// <summary>Why a node that called, and whose hello is acceptable, may not be a peer all the same; null if it may.</summary>
    internal Goodbye? FindObjection(Connection connection, Hello theirs)
    {
        if (!_peers.ContainsKey(theirs.Node))
        {
            return new Goodbye(GoodbyeReason.UnexpectedNode, $"{theirs.Node} is not a peer of {Local.Node}.");
        }

        if (theirs.Node.CompareTo(Local.Node) > 0)
        {
            return new Goodbye(GoodbyeReason.UnexpectedNode, $"{theirs.Node} must wait to be called: the node with the lower id dials.");
        }

        return Credentials is null || connection.Certificate.Proves(ExpectedNameOf(theirs.Node))
            ? null
            : new Goodbye(GoodbyeReason.NotAuthorized, $"The certificate proves {connection.Certificate}, not {ExpectedNameOf(theirs.Node)}.");
    }

    /// <summary>Takes over an accepted connection; it replaces an older one of the same peer, which must be dead or it would not call again.</summary>
    internal void Adopt(Connection connection, Hello theirs) => _peers[theirs.Node].Establish(connection, theirs);

    internal void Dispatch(NodeId from, Connection connection, in Frame frame)
    {
        IPeerFrameHandler? handler = _handlers[(byte)frame.Kind];
        string? objection = handler is null
            ? $"a node does not send frames of kind {frame.Kind}"
            : handler.FrameArrived(from, frame.Body.Span);
        if (objection is not null)
        {
            connection.Close(CloseReason.Malformed(objection));
        }
    }

    internal void Connected(NodeId node, ProcessRun run)
    {
        foreach (IPeerListener listener in _listeners)
        {
            listener.PeerConnected(node, run);
        }
    }

    internal void Disconnected(NodeId node, string reason)
    {
        foreach (IPeerListener listener in _listeners)
        {
            listener.PeerDisconnected(node, reason);
        }
    }
}
