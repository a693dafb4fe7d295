using System.Net;
using System.Text;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Transport;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Handshake;
using ActorPhysics.Wire.Requests;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>What a node calls another with whose peer it is not, or not yet.</summary>
/// <param name="Peers">Lends who this node is, its bounds and its credentials.</param>
/// <param name="Name">What it calls itself.</param>
internal sealed record CallParts(PeerConnections Peers, string Name, ILogger Logger);

/// <summary>
/// One request over a connection of its own, as a client makes it: how a node that nobody knows yet makes itself known. It proves who it is by the
/// same certificate. It ends in exactly one call of <paramref name="answer"/>, on the loop.
/// </summary>
internal sealed class SeedCall(CallParts parts, RequestKind kind, byte[] operation, Action<PeerAnswer> answer)
    : IDialer, IConnectionHandler, ITimerTarget, IFrameEncoder<ClientRequest>
{
    private static readonly RequestId OnlyRequest = new(1);

    private readonly ClientResponseBatchReader _responses = new();
    private DialAttempt? _attempt;
    private Connection? _connection;
    private TimerHandle _deadline;
    private bool _ended;

    IConnectionHandler IDialer.NewConnectionHandler => this;

    /// <summary>Begins. On the loop.</summary>
    /// <param name="node">Who is expected there.</param>
    public void Begin(NodeId node, EndPoint address, TimeSpan patience)
    {
        PeerConnections peers = parts.Peers;
        _deadline = peers.Loop.SetTimer(peers.Loop.Now + patience, this, tag: 0);
        try
        {
            _attempt = DialAttempt.Begin(peers.Loop, address, peers.Credentials, peers.ExpectedNameOf(node), peers.Options, this, parts.Logger);
        }
        catch (TransportConfigurationException refusal)
        {
            End(ResponseOutcome.Unavailable, refusal.Message);
        }
    }

    public void Dialled(Connection connection)
    {
        _attempt = null;
        _connection = connection;
        connection.TrySend(Introduction(), ControlFrames.Encoder);
    }

    public void DialFailed(string detail)
    {
        _attempt = null;
        End(ResponseOutcome.Unavailable, detail);
    }

    public void FrameArrived(Connection connection, in Frame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Hello when !connection.IsEstablished && Hello.TryRead(frame.Body.Span, out Hello? theirs):
                Ask(connection, theirs);
                break;
            case FrameKind.ClientResponses when connection.IsEstablished:
                Hear(frame.Body);
                break;
            case FrameKind.KeepAlive or FrameKind.Goodbye:
                break;
            default:
                connection.Close(CloseReason.Malformed($"a frame of kind {frame.Kind} was not expected"));
                break;
        }
    }

    public void OutputDrained(Connection connection)
    {
        // There is one request, and it was accepted or refused at once.
    }

    public void ConnectionClosed(Connection connection, CloseReason reason) =>
        End(connection.IsEstablished ? ResponseOutcome.Unknown : ResponseOutcome.Unavailable, reason.Detail);

    public void TimerFired(TimerHandle timer, ulong tag) => End(ResponseOutcome.Unknown, "no answer in time");

    public void Encode(in ClientRequest message, FrameWriter frames) => new ClientRequestBatch(frames).Add(message);

    private Hello Introduction()
    {
        LocalNode local = parts.Peers.Local;
        return new Hello(local.Versions, local.Cluster, Node: default, $"node {parts.Name}", local.Run, local.Software, parts.Peers.Options.MaxFrameBytes);
    }

    private void Ask(Connection connection, Hello theirs)
    {
        if (HandshakeRules.Judge(Introduction(), theirs) is HandshakeVerdict.Refused refused)
        {
            connection.Close(CloseReason.Refused(refused.Goodbye));
            return;
        }

        connection.Establish(theirs.MaxBodyBytes, parts.Peers.Options.ClientIdleTimeout);
        var request = new ClientRequest { RequestId = OnlyRequest, Kind = kind, Operation = operation };
        if (connection.TrySend(request, this) != SendResult.Accepted)
        {
            End(ResponseOutcome.TooLarge, "no frame can hold the request");
        }
    }

    private void Hear(ReadOnlyMemory<byte> body)
    {
        _responses.Start(body);
        while (!_ended && _responses.TryNext(out ClientResponse response))
        {
            if (response.RequestId == OnlyRequest)
            {
                End(new PeerAnswer(response.Outcome, response.Result.ToArray(), Encoding.UTF8.GetString(response.Detail))
                {
                    Leader = new LeaderHint(response.LeaderNode, response.LeaderEpoch),
                    LeaderAddress = Encoding.UTF8.GetString(response.LeaderAddress),
                });
            }
        }
    }

    private void End(ResponseOutcome outcome, string detail) => End(PeerAnswer.Failed(outcome, detail));

    private void End(PeerAnswer result)
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        parts.Peers.Loop.CancelTimer(_deadline);
        _attempt?.Dispose();
        _connection?.Close(new CloseReason(CloseKind.Local, "the request was answered"));
        answer(result);
    }
}
