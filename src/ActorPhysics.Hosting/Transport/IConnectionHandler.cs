using ActorPhysics.Wire.Frames;

namespace ActorPhysics.Hosting.Transport;

/// <summary>Owns what a connection carries. Called on the connection's loop.</summary>
public interface IConnectionHandler
{
    /// <summary>
    /// A whole frame whose checksum is right; its content is still a claim. The body is valid during this call only. A handler that
    /// cannot make sense of it closes the connection with <see cref="CloseReason.Malformed(string)"/>.
    /// </summary>
    void FrameArrived(Connection connection, in Frame frame);

    /// <summary>A message was refused as <see cref="SendResult.Full"/> since the last call, and now half of the buffer is free.</summary>
    void OutputDrained(Connection connection);

    /// <summary>Nothing more will come. Called exactly once.</summary>
    void ConnectionClosed(Connection connection, CloseReason reason);
}
