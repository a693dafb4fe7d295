using System.Text;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
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
internal sealed class NodeRequests : INodeRequests, IPeerListener, IFrameEncoder<ClientRequest>, ITimerTarget, IRunnable
{
    /// <summary>Requests to one node under way.</summary>
    public const int MostPerNode = 1024;

    private readonly IEventLoop _loop;
    private readonly PeerConnections _peers;
    private readonly NodeId _self;
    private readonly ClientDoor _door;
    private readonly SortedDictionary<RequestId, Open> _open = [];
    private readonly SortedDictionary<NodeId, int> _underWay = [];
    private readonly SortedDictionary<NodeId, PeerAsker> _askers = [];
    private readonly Queue<(Action<PeerAnswer> Target, PeerAnswer Answer)> _ended = [];
    private readonly ClientResponseBatchReader _responses = new();
    private readonly OwnAsker _own;
    private RequestId _last;
    private bool _isScheduled;

    public NodeRequests(IEventLoop loop, PeerConnections peers, NodeId self, ClientDoor door)
    {
        (_loop, _peers, _self, _door) = (loop, peers, self, door);
        _own = door.Admit(id => new OwnAsker(id, self, this));
        peers.Handle(FrameKind.ClientRequests, new RequestFrames(this));
        peers.Handle(FrameKind.ClientResponses, new ResponseFrames(this));
        peers.Subscribe(this);
    }

    public void Ask(NodeId node, GroupId group, RequestKind kind, ReadOnlySpan<byte> operation, TimeSpan patience, Action<PeerAnswer> answer)
    {
        if (_underWay.GetValueOrDefault(node) >= MostPerNode)
        {
            End(answer, PeerAnswer.Failed(ResponseOutcome.Overloaded, $"too many requests to {node} are under way"));
            return;
        }

        _last = _last.Next;
        var request = new ClientRequest
        {
            RequestId = _last,
            Group = group,
            PatienceMs = (uint)Math.Clamp(patience.TotalMilliseconds, 1, uint.MaxValue),
            Kind = kind,
            Operation = operation,
        };
        Remember(new Open(request.RequestId, node, answer, _loop.SetTimer(_loop.Now + patience, this, _last.Value)));
        if (node == _self)
        {
            _door.Accept(_own, request);
            return;
        }

        SendResult sent = _peers.TrySend(node, request, this);
        if (sent != SendResult.Accepted)
        {
            TryEnd(request.RequestId, node, sent switch
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

        foreach (Open open in _open.Values.Where(open => open.Node == node).ToArray())
        {
            TryEnd(open.Id, node, PeerAnswer.Failed(ResponseOutcome.Unknown, $"the connection with {node} was lost: {reason}"));
        }
    }

    public void TimerFired(TimerHandle timer, ulong tag)
    {
        var id = new RequestId(tag);
        if (_open.TryGetValue(id, out Open? open))
        {
            TryEnd(id, open.Node, PeerAnswer.Failed(ResponseOutcome.Unknown, $"{open.Node} did not answer in time"));
        }
    }

    /// <summary>Calls those whose requests have ended; what they ask then ends later.</summary>
    public void Run()
    {
        _isScheduled = false;
        for (int left = _ended.Count; left > 0; left--)
        {
            (Action<PeerAnswer> target, PeerAnswer answer) = _ended.Dequeue();
            target(answer);
        }
    }

    private static PeerAnswer Read(in ClientResponse response, ReadOnlyMemory<byte> proof) =>
        new(response.Outcome, response.Result.ToArray(), Encoding.UTF8.GetString(response.Detail))
        {
            Coordinate = response.Coordinate,
            Frontier = response.Frontier,
            Proof = proof,
            Leader = new LeaderHint(response.LeaderNode, response.LeaderEpoch),
            LeaderAddress = Encoding.UTF8.GetString(response.LeaderAddress),
            RetryAfter = TimeSpan.FromMilliseconds(response.RetryAfterMs),
        };

    private void Remember(Open open)
    {
        _open.Add(open.Id, open);
        _underWay[open.Node] = _underWay.GetValueOrDefault(open.Node) + 1;
    }

    /// <summary>Nothing happens when it has ended, or was never asked of this node.</summary>
    private void TryEnd(RequestId id, NodeId node, PeerAnswer answer)
    {
        if (_open.TryGetValue(id, out Open? open) && open.Node == node)
        {
            _open.Remove(id);
            _underWay[node]--;
            _loop.CancelTimer(open.Deadline);
            End(open.Answer, answer);
        }
    }

    private void End(Action<PeerAnswer> target, PeerAnswer answer)
    {
        _ended.Enqueue((target, answer));
        if (!_isScheduled)
        {
            _isScheduled = true;
            _loop.Schedule(this);
        }
    }

    private sealed record Open(RequestId Id, NodeId Node, Action<PeerAnswer> Answer, TimerHandle Deadline);

    /// <summary>This node's own requests.</summary>
    private sealed class OwnAsker(ulong id, NodeId self, NodeRequests requests) : Asker(id)
    {
        public override NodeId Node { get; } = self;

        public override void Respond(in ClientResponse response, ReadOnlyMemory<byte> proof = default) =>
            requests.TryEnd(response.RequestId, Node, Read(response, proof));
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
                owner.TryEnd(response.RequestId, from, Read(response, owner._responses.CopyOf(response.Proof)));
            }

            return owner._responses.Failed ? "the frame's body holds no responses" : null;
        }
    }
}
