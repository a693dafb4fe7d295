using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Frames;

namespace ActorPhysics.Hosting.Transport;

/// <summary>Turns messages into frame bodies and back. A body holds as many messages as were sent in one iteration.</summary>
public interface IFrameCodec<TMessage> : IFrameEncoder<TMessage>
{
    /// <summary>The kind of all frames that it writes and reads.</summary>
    FrameKind Kind { get; }

    /// <summary>Appends the messages of a body to <paramref name="messages"/>. They must not refer to the body's memory afterwards.</summary>
    /// <returns>Null, or why the body is malformed; then nothing of it is used.</returns>
    string? Decode(ReadOnlySpan<byte> body, List<TMessage> messages);
}

/// <summary>The transport of one kind of message between nodes: messages are encoded straight into the connection's output.</summary>
public sealed class PeerTransport<TMessage> : ITransport<TMessage>, IPeerFrameHandler
{
    private readonly PeerConnections _peers;
    private readonly IFrameCodec<TMessage> _codec;
    private readonly ITransportListener<TMessage> _listener;
    private readonly List<TMessage> _decoded = [];

    /// <summary>Registers for the codec's frame kind and for news of peers.</summary>
    public PeerTransport(PeerConnections peers, IFrameCodec<TMessage> codec, ITransportListener<TMessage> listener)
    {
        (_peers, _codec, _listener) = (peers, codec, listener);
        peers.Handle(codec.Kind, this);
        peers.Subscribe(listener);
    }

    public bool IsConnected(NodeId node) => _peers.IsConnected(node);

    public bool TrySend(NodeId node, TMessage message) => _peers.TrySend(node, message, _codec) == SendResult.Accepted;

    string? IPeerFrameHandler.FrameArrived(NodeId from, ReadOnlySpan<byte> body)
    {
        try
        {
            string? objection = _codec.Decode(body, _decoded);
            if (objection is null)
            {
                foreach (TMessage message in _decoded)
                {
                    _listener.MessageArrived(from, message);
                }
            }

            return objection;
        }
        finally
        {
            _decoded.Clear();
        }
    }
}
