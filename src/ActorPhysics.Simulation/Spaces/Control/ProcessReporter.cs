using System.Collections.Immutable;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Placement;
using ActorPhysics.Simulation.Processes;
using ActorPhysics.Wire.ControlPlane;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Simulation.Spaces.Control;

/// <summary>Reports to the config leader, found by hints: everything once to each leader, then what changed, as the shipped reporter does.</summary>
internal sealed class ProcessReporter(ControlledNode node, IEventLoop loop, INodeRequests requests) : ITimerTarget
{
    private const int MostHops = 3;
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(10);
    private readonly SortedDictionary<GroupId, GroupReport> _told = [];
    private readonly SortedDictionary<GroupId, long> _commands = [];
    private NodeId _toldTo;
    private ulong _knownNodes;
    private int _nextCandidate;
    private bool _isUnderWay;
    private bool _isNews;
    private TimerHandle _timer;
    private MonotonicTime _due;

    /// <summary>Where the config leader was last; none when nobody has said.</summary>
    public NodeId Leader { get; private set; }

    public static string NameOf(NodeId node) => $"n{node.Value}";

    public static string AddressOf(NodeId node) => $"n{node.Value}:1";

    public void Start() => Wait(TimeSpan.Zero);

    public void Count(GroupId group, int commands) => _commands[group] = _commands.GetValueOrDefault(group) + commands;

    /// <summary>Something changed that the config leader may be waiting for.</summary>
    public void Nudge()
    {
        if (loop.Now + Soon < _due)
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

        Wait(node.Plan.ReportInterval);
        _isNews = _isUnderWay;
        if (!_isUnderWay)
        {
            Report(hops: 0);
        }
    }

    private void Wait(TimeSpan time)
    {
        loop.CancelTimer(_timer);
        _due = loop.Now + time;
        _timer = loop.SetTimer(_due, this, tag: 0);
    }

    private void Report(int hops)
    {
        NodeId to = Leader != default ? Leader : NextCandidate();
        bool isWhole = to != _toldTo;
        ImmutableArray<GroupReport> led = Led(isWhole);
        ImmutableArray<HostedReplica> hosted = isWhole ? [.. node.Replicas.Where(ProcessHosting.Lives).OrderBy(replica => replica.Group.Founding.Group).Select(Hosted)] : [];
        var report = new NodeReport(node.Node, NameOf(node.Node), AddressOf(node.Node), default, Weight: 1, isWhole, led, hosted);
        _isUnderWay = true;
        requests.Ask(
            to, SpaceRun.ConfigGroup, RequestKind.NodeReport, NodeReportCodec.Encode(report, _knownNodes), 3 * node.Plan.ReportInterval,
            answer => Answered(to, report, hops, answer));
    }

    private void Answered(NodeId from, NodeReport report, int hops, PeerAnswer answer)
    {
        _isUnderWay = false;
        if (_isNews)
        {
            _isNews = false;
            Nudge();
        }

        if (answer.IsDone && ReportAnswer.TryDecode(answer.Result.Span, out ReportAnswer? told))
        {
            Leader = from;
            WasTold(from, report, told.SendEverything);
            _knownNodes = told.NodesDigest;
            return;
        }

        bool isHint = answer.Outcome == ResponseOutcome.NotLeader && answer.Leader.Node != default && answer.Leader.Node != from;
        Leader = isHint ? answer.Leader.Node : default;
        if (isHint && hops < MostHops)
        {
            Report(hops + 1);
        }
        else
        {
            Leader = default;
        }
    }

    private void WasTold(NodeId receiver, NodeReport report, bool sendEverything)
    {
        if (report.IsWhole)
        {
            _told.Clear();
        }

        foreach (GroupReport group in report.Led)
        {
            _told[group.Group] = group;
        }

        _toldTo = sendEverything ? default : receiver;
    }

    private ImmutableArray<GroupReport> Led(bool isWhole)
    {
        var led = new SortedDictionary<GroupId, GroupReport>();
        foreach (SimulatedReplica replica in node.Replicas)
        {
            if (replica.Actor is { Role: LineRole.Leader } actor)
            {
                GroupReport now = ReportOf(actor);
                if (isWhole || !_told.TryGetValue(actor.Group, out GroupReport? before) || IsNews(before, now))
                {
                    led.Add(actor.Group, now);
                }
            }
        }

        return [.. led.Values];
    }

    private static bool IsNews(GroupReport before, GroupReport now) =>
        before.Epoch != now.Epoch || !ReferenceEquals(before.Configuration, now.Configuration) || before.IsCommitted != now.IsCommitted || before.Keys != now.Keys
        || HasMoved(before.Size.Bytes, now.Size.Bytes) || HasMoved(before.Load, now.Load);

    private static bool HasMoved(long before, long now) => Math.Abs(now - before) > 16 + (before / 4);

    private GroupReport ReportOf(ReplicaActor actor)
    {
        ConfigurationTrail trail = actor.Configurations;
        long load = _commands.GetValueOrDefault(actor.Group);
        _commands[actor.Group] = 0;
        KeysReport? keys = actor.Ownership is not { } owned
            ? null
            : new KeysReport(owned.Since, owned.Owned, owned.Outgoing?.Id ?? default, owned.Incoming?.Id ?? default, actor.DividesByKeys);
        return new GroupReport(
            actor.Epoch, trail.Newest, trail.NewestFrom <= actor.Boundaries.Committed, keys, new ByteSize(actor.Status.RetainedBytes),
            (int)Math.Clamp(load, 1, int.MaxValue));
    }

    private static HostedReplica Hosted(SimulatedReplica replica) =>
        new(replica.Group.Founding.Group, replica.Actor!.Configurations.Newest.Incarnation, replica.Subject.Id);

    private NodeId NextCandidate()
    {
        ImmutableArray<NodeId> founders = [.. node.Space.Find(SpaceRun.ConfigGroup)!.Founding.Members.Select(member => member.Node)];
        ImmutableArray<NodeId> candidates = [.. founders, .. node.Space.Nodes.Select(other => other.Node).Where(other => !founders.Contains(other))];
        return candidates[_nextCandidate++ % candidates.Length];
    }
}
