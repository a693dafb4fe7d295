using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Actors.Requests;

/// <summary>
/// What a node has asked other nodes and not heard yet: it keeps the promises of <see cref="INodeRequests"/> for whoever sends the requests. Each ends once, on
/// the loop, and never within the call that began it. Lives on one loop.
/// </summary>
public sealed class OpenRequests(IEventLoop loop) : ITimerTarget, IRunnable
{
    /// <summary>Requests to one node under way.</summary>
    public const int MostPerNode = 1024;

    private readonly SortedDictionary<RequestId, Open> _open = [];
    private readonly SortedDictionary<NodeId, int> _underWay = [];
    private readonly Queue<(Action<PeerAnswer> Target, PeerAnswer Answer)> _ended = [];
    private RequestId _last;
    private bool _isScheduled;

    /// <summary>Numbers a request and waits for its answer; false, and answered so, when too many to that node are under way.</summary>
    public bool TryBegin(NodeId node, TimeSpan patience, Action<PeerAnswer> answer, out RequestId request)
    {
        request = default;
        if (_underWay.GetValueOrDefault(node) >= MostPerNode)
        {
            Tell(answer, PeerAnswer.Failed(ResponseOutcome.Overloaded, $"too many requests to {node} are under way"));
            return false;
        }

        request = _last = _last.Next;
        _open.Add(request, new Open(node, answer, loop.SetTimer(loop.Now + patience, this, request.Value)));
        _underWay[node] = _underWay.GetValueOrDefault(node) + 1;
        return true;
    }

    /// <summary>It is answered. Nothing happens when it has ended, or was never asked of this node.</summary>
    public void End(RequestId request, NodeId node, PeerAnswer answer)
    {
        if (_open.TryGetValue(request, out Open? open) && open.Node == node)
        {
            _open.Remove(request);
            _underWay[node]--;
            loop.CancelTimer(open.Deadline);
            Tell(open.Answer, answer);
        }
    }

    /// <summary>The connection with a node was lost: what was asked may have been done, or be done yet.</summary>
    public void Lost(NodeId node, string detail)
    {
        foreach (RequestId request in _open.Where(open => open.Value.Node == node).Select(open => open.Key).ToArray())
        {
            End(request, node, PeerAnswer.Failed(ResponseOutcome.Unknown, detail));
        }
    }

    public void TimerFired(TimerHandle timer, ulong tag)
    {
        var request = new RequestId(tag);
        if (_open.TryGetValue(request, out Open? open))
        {
            End(request, open.Node, PeerAnswer.Failed(ResponseOutcome.Unknown, $"{open.Node} did not answer in time"));
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

    private void Tell(Action<PeerAnswer> target, PeerAnswer answer)
    {
        _ended.Enqueue((target, answer));
        if (!_isScheduled)
        {
            _isScheduled = true;
            loop.Schedule(this);
        }
    }

    private sealed record Open(NodeId Node, Action<PeerAnswer> Answer, TimerHandle Deadline);
}
