using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Handshake;

namespace ActorPhysics.Actors.Ports;

/// <summary>
/// Carries messages to the actors of other nodes. A message arrives at most once, intact, and never before one that was sent earlier
/// over the same connection; it may be lost. Used on the loop only.
/// </summary>
/// <typeparam name="TMessage">An immutable message. The real transport encodes it at once, the Akka one sends the object itself.</typeparam>
public interface ITransport<in TMessage>
{
    /// <summary>Whether a message to this node would leave now. The answer may be out of date when it is read.</summary>
    bool IsConnected(NodeId node);

    /// <summary>False when the message was dropped because there is no connection or the peer takes no more for now.</summary>
    bool TrySend(NodeId node, TMessage message);
}

/// <summary>Hears of connections with other nodes. Called on the loop.</summary>
public interface IPeerListener
{
    /// <summary>The peer proved its identity. <paramref name="run"/> differs from the last one heard if it was restarted meanwhile.</summary>
    void PeerConnected(NodeId node, ProcessRun run);

    /// <summary>Messages in flight may be lost. <paramref name="reason"/> is for people.</summary>
    void PeerDisconnected(NodeId node, string reason);
}
