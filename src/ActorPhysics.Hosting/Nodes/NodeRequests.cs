using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Requests;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Transport;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Handshake;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>
/// What nodes ask each other, over their one connection, in the frames that clients use: requests of peers go to the same door as those of clients,
/// and so do those to the own node. Who the peer is was proved when the connection was made. Lives on one loop.
/// </summary>
internal sealed class NodeRequests : INodeRequests, IPeerListener, IFrameEncoder<ClientRequest>
{
    private readonly PeerConnections _peers;
    private readonly NodeId _self;
    private readonly ClientDoor _door;
    private readonly OpenRequests _open;
    private readonly SortedDictionary<NodeId, PeerAsker> _askers = [];
    private readonly ClientResponseBatchReader _responses = new();
    private readonly OwnAsker _own;

    public NodeRequests(IEventLoop loop, PeerConnections peers, NodeId self, ClientDoor door)
    {
        (_peers, _self, _door) = (peers, self, door);
        _open = new OpenRequests(loop);
        _own = door.Admit(id => new OwnAsker(id, self, _open));
        peers.Handle(FrameKind.ClientRequests, new RequestFrames(this));
        peers.Handle(FrameKind.ClientResponses, new ResponseFrames(this));
        peers.Subscribe(this);
    }

    public void Ask(NodeId node, GroupId group, RequestKind kind, ReadOnlySpan<byte> operation, TimeSpan patience, Action<PeerAnswer> answer)
    {
        if (!_open.TryBegin(node, patience, answer, out RequestId id))
        {
            return;
        }

        var request = new ClientRequest
        {
            RequestId = id,
            Group = group,
            PatienceMs = (uint)Math.Clamp(patience.TotalMilliseconds, 1, uint.MaxValue),
            Kind = kind,
            Operation = operation,
        };
        if (node == _self)
        {
            _door.Accept(_own, request);
            return;
        }

        SendResult sent = _peers.TrySend(node, request, this);
        if (sent != SendResult.Accepted)
        {
            _open.End(id, node, sent switch
            {
                SendResult.Full => PeerAnswer.Failed(ResponseOutcome.Overloaded, $"{node} takes no more for now"),
                SendResult.TooLong => PeerAnswer.Failed(ResponseOutcome.TooLarge, "no frame can hold the request"),
                _ => PeerAnswer.Failed(ResponseOutcome.Unavailable, $"there is no connection with {node}"),
            });
        }
    }

    public void Encode(in ClientRequest message, FrameWriter frames) => new ClientRequestBatch(frames).Add(message);

    public void PeerConnected(NodeId node, ProcessRun run)
    {
        // The asker comes with the first request.
    }

    public void PeerDisconnected(NodeId node, string reason)
    {
        if (_askers.Remove(node, out PeerAsker? asker))
        {
            _door.Forget(asker);
        }

        _open.Lost(node, $"the connection with {node} was lost: {reason}");
    }

    /// <summary>This node's own requests.</summary>
    private sealed class OwnAsker(ulong id, NodeId self, OpenRequests open) : Asker(id)
    {
        public override NodeId Node { get; } = self;

        public override void Respond(in ClientResponse response, ReadOnlyMemory<byte> proof = default) =>
            open.End(response.RequestId, Node, PeerAnswer.Of(response, proof));
    }

    private sealed class RequestFrames(NodeRequests owner) : IPeerFrameHandler
    {
        public string? FrameArrived(NodeId from, ReadOnlySpan<byte> body)
        {
            if (!owner._askers.TryGetValue(from, out PeerAsker? asker))
            {
                asker = owner._door.Admit(id => new PeerAsker(id, from, owner._peers));
                owner._askers.Add(from, asker);
            }

            var requests = new ClientRequestBatchReader(body);
            while (requests.TryNext(out ClientRequest request))
            {
                owner._door.Accept(asker, request);
            }

            return requests.Failed ? "the frame's body holds no requests" : null;
        }
    }

    private sealed class ResponseFrames(NodeRequests owner) : IPeerFrameHandler
    {
        public string? FrameArrived(NodeId from, ReadOnlySpan<byte> body)
        {
            owner._responses.Start(body.ToArray());
            while (owner._responses.TryNext(out ClientResponse response))
            {
                // One that nobody waits for any more is dropped.
                owner._open.End(response.RequestId, from, PeerAnswer.Of(response, owner._responses.CopyOf(response.Proof)));
            }

            return owner._responses.Failed ? "the frame's body holds no responses" : null;
        }
    }
}
