using System.Collections.Immutable;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Actors.Runtime;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.ControlPlane;
using ActorPhysics.Wire.Protobuf;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Actors.ControlPlane;

/// <summary>What the config actor lives on.</summary>
/// <param name="Self">The node that it lives on.</param>
/// <param name="Requests">The way to the nodes, this one included.</param>
/// <param name="Directory">Told of every node that the config group decided.</param>
/// <param name="Clock">The wall clock tells since when nodes are absent.</param>
public sealed record ConfigHost(NodeId Self, INodeRequests Requests, INodeDirectory Directory, IReplicaClock Clock);

/// <summary>
/// The shell of <see cref="ConfigController"/>: it lives beside a replica of the config group, is in office while that replica leads and has applied an entry of
/// its own epoch, and turns effects into proposals to that replica and requests to nodes. Used on the loop only.
/// </summary>
public sealed class ConfigActor : Actor<ConfigMail>, INodeReportSink, ITimerTarget
{
    private const int KeptConfigurations = 4;
    private static readonly TimeSpan OrderPatience = TimeSpan.FromSeconds(2);

    private readonly ReplicaActor _replica;
    private readonly ConfigHost _host;
    private readonly ConfigController _controller;
    private readonly List<ConfigEffect> _effects = [];

    // Which nodes told everything since this office began.
    private readonly SortedSet<NodeId> _whole = [];

    // The configurations that groups reported, the newest last: certificates of givers are proven against them.
    private readonly SortedDictionary<GroupId, List<GroupConfiguration>> _configurations = [];
    private ConfigState _seen = ConfigState.Empty;
    private LeaderEpoch _office;
    private TimerHandle _timer;
    private bool _movePosted;

    public ConfigActor(ActorSettings settings, ReplicaActor replica, ConfigPolicy policy, ConfigHost host)
        : base(settings)
    {
        ArgumentNullException.ThrowIfNull(replica);
        ArgumentNullException.ThrowIfNull(host);
        _replica = replica;
        _host = host;
        _controller = new ConfigController(policy);
    }

    /// <inheritdoc/>
    public ImmutableArray<ClusterNodeStatus> Nodes { get; private set; } = [];

    public bool IsInOffice => _controller.IsInOffice;

    /// <summary>The replica applied something, or its role changed. Called on the loop.</summary>
    public void ReplicaMoved()
    {
        if (!_movePosted)
        {
            _movePosted = true;
            Signal(ReplicaMovedMail.Instance);
        }
    }

    /// <inheritdoc/>
    public ReportReception Take(NodeReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (!_controller.IsInOffice || !TryTell(new ReportMail(report), MailClass.Request))
        {
            return ReportReception.NotLeader;
        }

        bool isKnown = report.IsWhole ? _whole.Add(report.Node) || true : _whole.Contains(report.Node);
        return isKnown ? ReportReception.Taken : ReportReception.SendEverything;
    }

    public void TimerFired(TimerHandle timer, ulong tag)
    {
        _timer = default;
        Signal(TimeMail.Instance);
    }

    protected override void Receive(ConfigMail message)
    {
        MonotonicTime now = Loop.Now;
        switch (message)
        {
            case ReplicaMovedMail:
                _movePosted = false;
                OnReplicaMoved(now);
                break;
            case ReportMail report:
                Keep(report.Report);
                _controller.Step(new ReportArrived(now, report.Report), _effects);
                break;
            case OrderAnsweredMail answered:
                OrderOutcome outcome = OrderWire.Read(answered.Order, answered.Answer, ConfigurationsOf(answered.Order.Group));
                _controller.Step(new OrderEnded(now, answered.Number, outcome), _effects);
                break;
            case TimeMail:
                _controller.Step(new TimeCame(now, _host.Clock.WallTime), _effects);
                break;
            default:
                throw new InvariantViolationException("ClosedInputs", $"no handler for {message.GetType().Name}");
        }
    }

    protected override void EndOfBatch()
    {
        for (int i = 0; i < _effects.Count; i++)
        {
            Interpret(_effects[i]);
        }

        _effects.Clear();
    }

    protected override void OnStopped(Exception? fault)
    {
        Loop.CancelTimer(_timer);
        _timer = default;
    }

    private void OnReplicaMoved(MonotonicTime now)
    {
        bool leads = !_replica.IsStopped && _replica.Role == LineRole.Leader && _replica.Progress.Applied.LeaderEpoch == _replica.Epoch;
        ConfigState state = leads || !_controller.IsInOffice ? _replica.Machine<ConfigMachine>().State : _seen;
        if (!ReferenceEquals(state.Nodes, _seen.Nodes))
        {
            LearnNodes(state);
        }

        bool isNew = !ReferenceEquals(state, _seen);
        _seen = state;
        if (leads && (!_controller.IsInOffice || _office != _replica.Epoch))
        {
            _office = _replica.Epoch;
            _whole.Clear();
            _controller.Step(new OfficeTaken(now, state), _effects);
        }
        else if (!leads && _controller.IsInOffice)
        {
            _controller.Step(new OfficeLost(now), _effects);
        }
        else if (leads && isNew)
        {
            _controller.Step(new StateDecided(now, state), _effects);
        }
    }

    private void LearnNodes(ConfigState state)
    {
        Nodes = [.. state.Nodes.Values.Select(node => new ClusterNodeStatus(node.Node, node.Name, node.Address))];
        foreach (NodeRecord node in state.Nodes.Values)
        {
            if (node.Node != _host.Self)
            {
                _host.Directory.Learn(node.Node, node.Name, node.Address);
            }
        }
    }

    private void Interpret(ConfigEffect effect)
    {
        switch (effect)
        {
            case ProposeCommand propose:
                Propose(propose.Command);
                break;
            case SendOrder send:
                Send(send);
                break;
            case WakeAt wake:
                Loop.CancelTimer(_timer);
                _timer = Loop.SetTimer(wake.Due, this, 0);
                break;
            default:
                throw new InvariantViolationException("ClosedEffects", $"no interpretation for {effect.GetType().Name}");
        }
    }

    /// <summary>Nobody waits for the outcome: it shows in the state, or the controller proposes again.</summary>
    private void Propose(ConfigCommand command)
    {
        var wrapped = new CommandView { Kind = CommandKind.User, Payload = ConfigCodec.Encode(command) };
        byte[] operation = ProtoEncoding.ToArray<CommandView.Encoder, CommandView>(wrapped);
        _host.Requests.Ask(_host.Self, _replica.Group, RequestKind.Command, operation, OrderPatience, static _ => { });
    }

    private void Send(SendOrder send)
    {
        (RequestKind kind, byte[] operation) = OrderWire.Encode(send.Order);
        _host.Requests.Ask(
            send.To, send.Order.Group, kind, operation, OrderPatience, answer => Signal(new OrderAnsweredMail(send.Number, send.Order, answer)));
    }

    private void Keep(NodeReport report)
    {
        foreach (GroupReport group in report.Led)
        {
            if (!_configurations.TryGetValue(group.Group, out List<GroupConfiguration>? kept))
            {
                _configurations.Add(group.Group, kept = []);
            }

            if (kept.Count == 0 || kept[^1].Epoch != group.Configuration.Epoch || kept[^1].Incarnation != group.Configuration.Incarnation)
            {
                kept.Add(group.Configuration);
                kept.RemoveRange(0, Math.Max(0, kept.Count - KeptConfigurations));
            }
        }
    }

    private IReadOnlyCollection<GroupConfiguration> ConfigurationsOf(GroupId group) => _configurations.TryGetValue(group, out List<GroupConfiguration>? kept) ? kept : [];
}
