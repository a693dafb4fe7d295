using System.Collections.Immutable;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Wire.ControlPlane;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Actors.ControlPlane;

/// <summary>What a node says of itself in every report.</summary>
/// <param name="Address">Where it is reached, as <c>host:port</c>.</param>
public sealed record ReportingNode(NodeId Node, string Name, string Address, ZoneName Zone, int Weight);

/// <summary>How reports travel: over the connections of nodes, or as a stranger's call to a node that does not know this one.</summary>
public interface IReportRoad
{
    /// <summary>Sends a report; false when there is no way to that node, and then nothing is answered.</summary>
    /// <param name="node">Whom to tell.</param>
    /// <param name="address">Where it is said to be.</param>
    /// <param name="report">The operation of a report.</param>
    /// <param name="patience">How long an answer is waited for.</param>
    /// <param name="answer">Called once, on the loop, never from within this call.</param>
    bool TrySend(NodeId node, string address, byte[] report, TimeSpan patience, Action<PeerAnswer> answer);

    /// <summary>Why nobody took the last report; empty when it was taken. Told when it changes.</summary>
    void Trouble(string detail);
}

/// <summary>
/// Tells the config leader, over and over, that this node lives and how the groups do that it leads. It finds the leader by the hints of those it asks,
/// beginning with the config group's founding members; to a node that does not know this one yet it speaks as a client would, and so becomes known.
/// Answers teach it where the other nodes are. On the loop.
/// </summary>
public sealed class NodeReporter : ITimerTarget
{
    private const int MostHops = 3;

    // Long enough that what changes together is told together.
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(10);

    private readonly IEventLoop _loop;
    private readonly ReportingNode _self;
    private readonly TimeSpan _interval;
    private readonly INodeDirectory _directory;
    private readonly IReportRoad _road;
    private readonly ImmutableArray<NodeId> _founders;
    private readonly LedGroups _led;
    private (NodeId Node, string Address) _leader;
    private ulong _knownNodes;
    private int _nextCandidate;
    private bool _isUnderWay;
    private bool _isNews;
    private TimerHandle _timer;
    private MonotonicTime _due;
    private string _lastTrouble = "";

    /// <param name="interval">Between two reports when there is no news.</param>
    /// <param name="founders">The nodes of the config group's founding members.</param>
    /// <param name="replicas">Those that live here and take part, in the order of their groups.</param>
    public NodeReporter(
        IEventLoop loop, ReportingNode self, TimeSpan interval, INodeDirectory directory, IReportRoad road, ImmutableArray<NodeId> founders,
        Func<IEnumerable<ReportedReplica>> replicas)
    {
        (_loop, _self, _interval, _directory, _road, _founders) = (loop, self, interval, directory, road, founders);
        _led = new LedGroups(replicas);
    }

    /// <summary>Where the config leader was last, for those who ask this node; <c>default</c> when nobody has said.</summary>
    public NodeId Leader => _leader.Node;

    public void Start() => Wait(TimeSpan.Zero);

    /// <summary>Something changed that the config leader may be waiting for: the next report comes soon.</summary>
    public void Nudge()
    {
        if (_loop.Now + Soon < _due)
        {
            Wait(Soon);
        }
    }

    public void TimerFired(TimerHandle timer, ulong tag)
    {
        if (timer != _timer)
        {
            return;
        }

        Wait(_interval);
        _isNews = _isUnderWay;
        if (!_isUnderWay)
        {
            Report(hops: 0);
        }
    }

    private void Wait(TimeSpan time)
    {
        _loop.CancelTimer(_timer);
        _due = _loop.Now + time;
        _timer = _loop.SetTimer(_due, this, tag: 0);
    }

    private void Report(int hops)
    {
        (NodeId node, string address) = _leader.Node != default ? _leader : NextCandidate();
        if (node == default)
        {
            return;
        }

        LedGroups.Picture picture = _led.Take(toldTo: node);
        var report = new NodeReport(_self.Node, _self.Name, _self.Address, _self.Zone, _self.Weight, picture.IsWhole, picture.Led, picture.Hosted);
        _isUnderWay = _road.TrySend(node, address, NodeReportCodec.Encode(report, _knownNodes), 3 * _interval, answer => Answered(node, picture, hops, answer));
        _leader = _isUnderWay ? _leader : default;
    }

    private void Answered(NodeId from, LedGroups.Picture picture, int hops, PeerAnswer answer)
    {
        _isUnderWay = false;
        if (_isNews)
        {
            _isNews = false;
            Nudge();
        }

        if (answer.IsDone && ReportAnswer.TryDecode(answer.Result.Span, out ReportAnswer? told))
        {
            _leader = (from, _directory.TextOf(from) is { Length: > 0 } known ? known : _leader.Address);
            _led.WasTold(picture, from, told.SendEverything);
            Learn(told);
            Trouble("");
            return;
        }

        // A hint may be as wrong as what this node believed; after a few of them it looks for itself again.
        bool isHint = answer.Outcome == ResponseOutcome.NotLeader && answer.Leader.Node != default && answer.Leader.Node != from;
        _leader = isHint ? (answer.Leader.Node, answer.LeaderAddress.Length > 0 ? answer.LeaderAddress : _directory.TextOf(answer.Leader.Node)) : default;
        if (isHint && hops < MostHops)
        {
            Report(hops + 1);
            return;
        }

        if (isHint)
        {
            _leader = default;
        }

        Trouble($"{from}: {answer.Outcome} {answer.Detail}");
    }

    private void Learn(ReportAnswer told)
    {
        foreach (ClusterNodeStatus node in told.Nodes)
        {
            _directory.Learn(node.Node, node.Name, node.Address);
        }

        _knownNodes = told.NodesDigest;
    }

    /// <summary>The founding members first, then all others: the members may have been replaced since.</summary>
    private (NodeId Node, string Address) NextCandidate()
    {
        ImmutableArray<NodeId> candidates = [.. _founders, .. _directory.Nodes.Select(node => node.Node).Where(node => !_founders.Contains(node))];
        for (int tries = 0; tries < candidates.Length; tries++)
        {
            NodeId candidate = candidates[_nextCandidate++ % candidates.Length];
            if (_directory.TextOf(candidate) is { Length: > 0 } address)
            {
                return (candidate, address);
            }
        }

        return default;
    }

    private void Trouble(string detail)
    {
        if (detail != _lastTrouble)
        {
            _lastTrouble = detail;
            _road.Trouble(detail);
        }
    }
}
