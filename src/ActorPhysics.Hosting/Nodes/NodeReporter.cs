using System.Collections.Immutable;
using System.Net;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Loops;
using ActorPhysics.Hosting.Transport;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Wire.ControlPlane;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>
/// Tells the config leader, over and over, that this node lives and how the groups do that it leads. It finds the leader by the hints of those it asks,
/// beginning with the config group's founding members; to a node that does not know this one yet it speaks as a client would, and so becomes known.
/// Answers teach it where the other nodes are. On the loop.
/// </summary>
internal sealed class NodeReporter : ITimerTarget
{
    private const int MostHops = 3;

    // Long enough that what changes together is told together.
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(10);

    private readonly NodeOptions _options;
    private readonly EventLoop _loop;
    private readonly PeerConnections _peers;
    private readonly NodeDirectory _directory;
    private readonly INodeRequests _requests;
    private readonly CallParts _calls;
    private readonly GroupOrigin _config;
    private readonly LedGroups _led;
    private (NodeId Node, string Address) _leader;
    private ulong _knownNodes;
    private int _nextCandidate;
    private bool _isUnderWay;
    private bool _isNews;
    private TimerHandle _timer;
    private MonotonicTime _due;
    private string _lastTrouble = "";

    public NodeReporter(
        NodeOptions options, EventLoop loop, PeerConnections peers, NodeDirectory directory, INodeRequests requests, CallParts calls, GroupOrigin config, LedGroups led)
    {
        (_options, _loop, _peers, _directory) = (options, loop, peers, directory);
        (_requests, _calls, _config, _led) = (requests, calls, config, led);
    }

    /// <summary>Where the config leader was last, for those who ask this node; <c>default</c> when nobody has said.</summary>
    public NodeId Leader => _leader.Node;

    private NodeId Self => _options.Node.Id;

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

        Wait(_options.Config.ReportInterval);
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
        var report = new NodeReport(
            Self,
            _options.OwnNode.Name,
            _options.OwnNode.Address.ToString(),
            new ZoneName(_options.Node.Zone),
            _options.Node.Weight,
            picture.IsWhole,
            picture.Led,
            picture.Hosted);
        byte[] operation = NodeReportCodec.Encode(report, _knownNodes);
        TimeSpan patience = 3 * _options.Config.ReportInterval;
        _isUnderWay = true;
        if (node == Self || _peers.IsConnected(node))
        {
            _requests.Ask(node, _config.Id, RequestKind.NodeReport, operation, patience, answer => Answered(node, picture, hops, answer));
        }
        else if (HostPort.TryParse(address, out HostPort place))
        {
            EndPoint at = EndPoints.Of(place);
            new SeedCall(_calls, RequestKind.NodeReport, operation, answer => Answered(node, picture, hops, answer)).Begin(node, at, patience);
        }
        else
        {
            _isUnderWay = false;
            _leader = default;
        }
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
        ImmutableArray<NodeId> founders = [.. _config.Founding.Members.Select(member => member.Node)];
        ImmutableArray<NodeId> candidates = [.. founders, .. _directory.Nodes.Select(node => node.Node).Where(node => !founders.Contains(node))];
        for (int tries = 0; tries < candidates.Length; tries++)
        {
            NodeId candidate = candidates[_nextCandidate++ % candidates.Length];
            if (candidate == Self || _directory.Knows(candidate))
            {
                return (candidate, _directory.TextOf(candidate));
            }
        }

        return default;
    }

    /// <summary>Logged when it changes, not at each attempt.</summary>
    private void Trouble(string detail)
    {
        if (detail != _lastTrouble)
        {
            _lastTrouble = detail;
            if (detail.Length > 0)
            {
                NodeLog.ReportNotTaken(_calls.Logger, detail);
            }
        }
    }
}
