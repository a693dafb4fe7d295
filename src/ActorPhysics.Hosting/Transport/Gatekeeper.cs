using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Handshake;

namespace ActorPhysics.Hosting.Transport;

/// <summary>Takes over the connections of clients once their hello has been accepted. Called on the loop.</summary>
public interface IClientHost
{
    /// <summary>Must set <see cref="Connection.Handler"/>.</summary>
    void ClientConnected(Connection connection, Hello hello, ProtocolVersion version);
}

/// <summary>
/// Handles accepted connections until they have said who they are: the first frame must be a hello, and it must be acceptable. Peers and
/// clients come through the same port and part here.
/// </summary>
public sealed class Gatekeeper(LocalNode local, TransportOptions options, PeerConnections peers, IClientHost clients) : IConnectionHandler
{
    public void FrameArrived(Connection connection, in Frame frame)
    {
        if (frame.Kind != FrameKind.Hello)
        {
            connection.Close(CloseReason.Malformed($"the first frame is {frame.Kind}, not {FrameKind.Hello}"));
        }
        else if (!Hello.TryRead(frame.Body.Span, out Hello? theirs))
        {
            connection.Close(CloseReason.Malformed("the hello cannot be read"));
        }
        else
        {
            Admit(connection, theirs);
        }
    }

    public void OutputDrained(Connection connection)
    {
        // Nothing is sent before the newcomer has been admitted.
    }

    public void ConnectionClosed(Connection connection, CloseReason reason)
    {
        // Nobody knows this connection yet.
    }

    private void Admit(Connection connection, Hello theirs)
    {
        Hello ours = local.Introduce(options);
        switch (HandshakeRules.Judge(ours, theirs))
        {
            case HandshakeVerdict.Refused refused:
                connection.Close(CloseReason.Refused(refused.Goodbye));
                break;
            case HandshakeVerdict.Accepted when theirs.IsNode && peers.FindObjection(connection, theirs) is { } objection:
                connection.Close(CloseReason.Refused(objection));
                break;
            case HandshakeVerdict.Accepted accepted:
                connection.TrySend(ours, ControlFrames.Encoder);
                connection.Establish(theirs.MaxBodyBytes, theirs.IsNode ? options.IdleTimeout : options.ClientIdleTimeout);
                if (theirs.IsNode)
                {
                    peers.Adopt(connection, theirs);
                }
                else
                {
                    clients.ClientConnected(connection, theirs, accepted.Version);
                }

                break;
        }
    }
}
