using System.Text;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Protobuf;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Simulation.Spaces.Control;

/// <summary>
/// What one process asks other nodes, in the shipped encoding, over the simulated links: with the promises of <see cref="INodeRequests"/>. Nobody hears an answer
/// that was meant for an earlier process.
/// </summary>
internal sealed class ProcessRequests(ControlledNode node, IEventLoop loop) : INodeRequests, ITimerTarget, IRunnable
{
    private const int MostPerNode = 1024;

    private readonly SortedDictionary<ulong, Open> _open = [];
    private readonly SortedDictionary<NodeId, int> _underWay = [];
    private readonly SortedSet<NodeId> _down = [.. node.Space.Nodes.Where(peer => peer is { Run: > 0, IsRunning: false }).Select(peer => peer.Node)];
    private readonly Queue<(Action<PeerAnswer> Target, PeerAnswer Answer)> _ended = [];
    private ulong _last;
    private bool _isScheduled;

    /// <summary>The own door; set before anything is asked.</summary>
    public ProcessDoor Door { get; set; } = null!;

    public void Ask(NodeId to, GroupId group, RequestKind kind, ReadOnlySpan<byte> operation, TimeSpan patience, Action<PeerAnswer> answer)
    {
        if (_underWay.GetValueOrDefault(to) >= MostPerNode)
        {
            End(answer, PeerAnswer.Failed(ResponseOutcome.Overloaded, $"too many requests to {to} are under way"));
            return;
        }

        var request = new ClientRequest
        {
            RequestId = new RequestId(++_last),
            Group = group,
            PatienceMs = (uint)Math.Clamp(patience.TotalMilliseconds, 1, uint.MaxValue),
            Kind = kind,
            Operation = operation,
        };
        _open.Add(_last, new Open(_last, to, answer, loop.SetTimer(loop.Now + patience, this, _last)));
        _underWay[to] = _underWay.GetValueOrDefault(to) + 1;
        byte[] bytes = ProtoEncoding.ToArray<ClientRequest.Encoder, ClientRequest>(request);
        if (to == node.Node)
        {
            Door.Accept(node.Node, bytes, (response, proof) => Heard(to, response, proof));
        }
        else if (_down.Contains(to) || to.Value > (ulong)node.Space.Nodes.Count)
        {
            TryEnd(_last, to, PeerAnswer.Failed(ResponseOutcome.Unavailable, $"there is no connection with {to}"));
        }
        else
        {
            node.Space.Post(node, to, receiver => receiver.OwnDoor.Accept(node.Node, bytes, AnswerOver(to)));
        }
    }

    public void LinkChanged(NodeId peer, bool up)
    {
        if (up)
        {
            _down.Remove(peer);
            return;
        }

        _down.Add(peer);
        foreach (Open open in _open.Values.Where(open => open.Node == peer).ToArray())
        {
            TryEnd(open.Id, peer, PeerAnswer.Failed(ResponseOutcome.Unknown, $"the connection with {peer} was lost"));
        }
    }

    public void TimerFired(TimerHandle timer, ulong tag)
    {
        if (_open.TryGetValue(tag, out Open? open))
        {
            TryEnd(tag, open.Node, PeerAnswer.Failed(ResponseOutcome.Unknown, $"{open.Node} did not answer in time"));
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

    private Action<byte[], ReadOnlyMemory<byte>> AnswerOver(NodeId to)
    {
        int run = node.Run;
        return (response, proof) => node.Space.Post((ControlledNode)node.Space.Nodes[(int)to.Value - 1], node.Node, receiver =>
        {
            if (node.Run == run)
            {
                receiver.Requests.Heard(to, response, proof);
            }
        });
    }

    private void Heard(NodeId from, byte[] bytes, ReadOnlyMemory<byte> proof)
    {
        if (!ClientResponse.TryRead(bytes, out ClientResponse response))
        {
            throw new InvalidDataException("a response cannot be read");
        }

        var answer = new PeerAnswer(response.Outcome, response.Result.ToArray(), Encoding.UTF8.GetString(response.Detail))
        {
            Coordinate = response.Coordinate,
            Frontier = response.Frontier,
            Proof = proof,
            Leader = new LeaderHint(response.LeaderNode, response.LeaderEpoch),
            LeaderAddress = Encoding.UTF8.GetString(response.LeaderAddress),
            RetryAfter = TimeSpan.FromMilliseconds(response.RetryAfterMs),
        };
        TryEnd(response.RequestId.Value, from, answer);
    }

    private void TryEnd(ulong id, NodeId from, PeerAnswer answer)
    {
        if (_open.TryGetValue(id, out Open? open) && open.Node == from)
        {
            _open.Remove(id);
            _underWay[from]--;
            loop.CancelTimer(open.Deadline);
            End(open.Answer, answer);
        }
    }

    private void End(Action<PeerAnswer> target, PeerAnswer answer)
    {
        _ended.Enqueue((target, answer));
        if (!_isScheduled)
        {
            _isScheduled = true;
            loop.Schedule(this);
        }
    }

    private sealed record Open(ulong Id, NodeId Node, Action<PeerAnswer> Answer, TimerHandle Deadline);
}
