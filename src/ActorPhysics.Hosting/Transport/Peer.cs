using System.Net;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Handshake;

namespace ActorPhysics.Hosting.Transport;

/// <summary>
/// One peer: being dialled, being greeted, connected, or waiting for the next attempt; the node with the higher id only waits to be called.
/// </summary>
internal sealed class Peer(PeerConnections owner, NodeId node, EndPoint address) : IDialer, IConnectionHandler, ITimerTarget
{
    private readonly Backoff _backoff = new(owner.Options.MinReconnectBackoff, owner.Options.MaxReconnectBackoff, owner.Random);
    private readonly bool _dials = owner.Local.Node.CompareTo(node) < 0;
    private DialAttempt? _attempt;
    /// <summary>Dialled, our hello sent, theirs not yet here.</summary>
    private Connection? _greeting;
    private TimerHandle _nextAttempt;
    private MonotonicTime _connectedAt;
    private string _lastTrouble = "";
    private bool _ended;

    /// <summary>The connection over which messages travel; null while there is none.</summary>
    public Connection? Connection { get; private set; }

    IConnectionHandler IDialer.NewConnectionHandler => this;

    public void Begin()
    {
        if (_dials)
        {
            Dial();
        }
    }

    public void End(CloseReason reason)
    {
        _ended = true;
        owner.Loop.CancelTimer(_nextAttempt);
        _attempt?.Dispose();
        _attempt = null;
        _greeting?.Close(reason);
        Connection?.Close(reason);
    }

    /// <summary>Both hellos are exchanged and accepted.</summary>
    public void Establish(Connection connection, Hello theirs)
    {
        Connection?.Close(CloseReason.Local(new Goodbye(GoodbyeReason.Replaced, "A newer connection took this one's place.")));
        connection.Handler = this;
        Connection = connection;
        _connectedAt = owner.Loop.Now;
        _lastTrouble = "";
        TransportLog.PeerConnected(owner.Logger, node, connection.RemoteEndPoint);
        owner.Connected(node, theirs.Run);
    }

    public void Dialled(Connection connection)
    {
        _attempt = null;
        _greeting = connection;
        connection.TrySend(owner.Local.Introduce(owner.Options), ControlFrames.Encoder);
    }

    public void DialFailed(string detail)
    {
        _attempt = null;
        Trouble(detail);
        DialLater();
    }

    public void FrameArrived(Connection connection, in Frame frame)
    {
        if (connection == Connection)
        {
            owner.Dispatch(node, connection, frame);
        }
        else if (frame.Kind != FrameKind.Hello || !Hello.TryRead(frame.Body.Span, out Hello? theirs))
        {
            connection.Close(CloseReason.Malformed($"the first frame is not a readable {FrameKind.Hello}"));
        }
        else
        {
            Judge(connection, theirs);
        }
    }

    public void OutputDrained(Connection connection)
    {
        // The protocol repeats what was refused; there is nobody to tell.
    }

    public void ConnectionClosed(Connection connection, CloseReason reason)
    {
        if (connection == _greeting)
        {
            _greeting = null;
            Trouble(reason.Detail);
            DialLater();
        }
        else if (connection == Connection)
        {
            Connection = null;
            TransportLog.PeerLost(owner.Logger, node, reason.Detail);
            if (owner.Loop.Now - _connectedAt >= owner.Options.MaxReconnectBackoff)
            {
                // A connection that held shows that the peer was well; one that breaks at once must not be repeated in a tight circle.
                _backoff.Reset();
            }

            owner.Disconnected(node, reason.Detail);
            DialLater();
        }
    }

    public void TimerFired(TimerHandle timer, ulong tag) => Dial();

    private void Judge(Connection connection, Hello theirs)
    {
        switch (HandshakeRules.Judge(owner.Local.Introduce(owner.Options), theirs, node))
        {
            case HandshakeVerdict.Refused refused:
                connection.Close(CloseReason.Refused(refused.Goodbye));
                break;
            default:
                _greeting = null;
                connection.Establish(theirs.MaxBodyBytes, owner.Options.IdleTimeout);
                Establish(connection, theirs);
                break;
        }
    }

    private void Dial()
    {
        if (!_ended)
        {
            _attempt = DialAttempt.Begin(
                owner.Loop, address, owner.Credentials, owner.ExpectedNameOf(node), owner.Options, this, owner.Logger);
        }
    }

    private void DialLater()
    {
        if (_dials && !_ended)
        {
            _nextAttempt = owner.Loop.SetTimer(owner.Loop.Now + _backoff.Next(), this, tag: 0);
        }
    }

    /// <summary>Logged when it changes, not at each attempt.</summary>
    private void Trouble(string detail)
    {
        if (detail != _lastTrouble && !_ended)
        {
            _lastTrouble = detail;
            TransportLog.PeerUnreachable(owner.Logger, node, address, detail);
        }
    }
}
