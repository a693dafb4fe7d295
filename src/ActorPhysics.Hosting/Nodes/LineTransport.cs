using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Actors.Runtime;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Hosting.Transport;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Handshake;
using ActorPhysics.Wire.Line;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>
/// Carries the line protocol between nodes. The one gateway for peers' messages: a message enters only if the replica that it says it is
/// from lives on the node whose connection brought it. Of a replica that is not known here yet, the first message tells where it lives.
/// </summary>
internal sealed class LineTransport : ITransport<LineMessage>, IPeerFrameHandler, IPeerListener, IFrameEncoder<LineMessage>
{
    private readonly PeerConnections _peers;
    private readonly IReadOnlyDictionary<GroupId, HostedGroup> _groups;
    private readonly NodeMetrics _metrics;
    private readonly LinkNews _news;
    private readonly List<Unverified<LineMessage>> _decoded = [];
    private readonly Func<GroupId, ConfigurationTrail?> _configurationsOf;

    public LineTransport(PeerConnections peers, IReadOnlyDictionary<GroupId, HostedGroup> groups, NodeMetrics metrics)
    {
        _peers = peers;
        _groups = groups;
        _metrics = metrics;
        _news = new LinkNews(peers.Loop, groups);
        _configurationsOf = group => _groups.TryGetValue(group, out HostedGroup? hosted) ? hosted.Actor.Configurations : null;
        peers.Handle(FrameKind.LineMessages, this);
        peers.Subscribe(this);
    }

    public bool IsConnected(NodeId node) => _peers.IsConnected(node);

    public bool TrySend(NodeId node, LineMessage message)
    {
        bool sent = _peers.TrySend(node, message, this) == SendResult.Accepted;
        if (!sent)
        {
            _metrics.MessageDropped();
        }

        return sent;
    }

    public void Encode(in LineMessage message, FrameWriter frames) => LineMessageCodec.Write(frames, message);

    public string? FrameArrived(NodeId from, ReadOnlySpan<byte> body)
    {
        try
        {
            if (!LineMessageCodec.TryRead(body, _configurationsOf, _decoded, out string? objection))
            {
                return objection;
            }

            foreach (Unverified<LineMessage> claim in _decoded)
            {
                // Whoever was removed, or was ordered twice, may speak under an id that lives elsewhere, or to one that lives here no more: nobody's fault.
                // A full mailbox drops the message like a network would; the protocol sends again what matters.
                if (!claim.TryTrust((from, this), static (message, context) => context.Item2.Judge(message, context.from), out LineMessage? message, out _)
                    || !_groups[message.Envelope.Group].Actor.TryTell(new PeerMail(message, from), MailClass.Peer))
                {
                    _metrics.MessageDropped();
                }
            }

            return null;
        }
        finally
        {
            _decoded.Clear();
        }
    }

    public void PeerConnected(NodeId node, ProcessRun run) => _news.Tell(node, connected: true);

    public void PeerDisconnected(NodeId node, string reason) => _news.Tell(node, connected: false);

    private string? Judge(LineMessage message, NodeId from)
    {
        Envelope envelope = message.Envelope;
        ReplicaActor actor = _groups[envelope.Group].Actor;
        if (envelope.To != actor.Replica)
        {
            return $"{envelope.To} of {envelope.Group} does not live here";
        }

        NodeId home = actor.NodeOf(envelope.From);
        return home != default && home != from ? $"{envelope.From} of {envelope.Group} lives on {home}, not on {from}" : null;
    }
}
