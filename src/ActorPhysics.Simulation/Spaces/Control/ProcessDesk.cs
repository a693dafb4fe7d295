using System.Collections.Immutable;
using ActorPhysics.Actors.ControlPlane;
using ActorPhysics.Actors.Handoffs;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Actors.Runtime;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Simulation.Processes;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Simulation.Spaces.Control;

/// <summary>
/// One process of a controlled node: requests, door, courier, reporter, and the shipped config actor beside its replica of the config group, wired as the shipped
/// node wires them. All of it dies with the process.
/// </summary>
internal sealed class ProcessDesk : IProcessDesk, INodeDirectory, ISupervisionListener, IReportRoad
{
    private readonly ControlledNode _node;
    private readonly IEventLoop _loop;
    private readonly ProcessDoor _door;
    private readonly ProcessHosting _hosting;
    private readonly NodeReporter _reporter;
    private readonly SortedDictionary<GroupId, long> _commands = [];
    private ConfigActor? _actor;

    public ProcessDesk(ControlledNode node, IEventLoop loop)
    {
        (_node, _loop) = (node, loop);
        Requests = new ProcessRequests(node, loop);
        var courier = new HandoffCourier(
            loop,
            Requests,
            node.Node,
            new CourierBounds(node.Space.Plan.PieceBytes, node.Plan.CourierBytesPerSecond, MostCarried: 2),
            group => node.Find(group)?.Actor?.Ownership);
        _hosting = new ProcessHosting(node, loop);
        _reporter = new NodeReporter(
            loop,
            new ReportingNode(node.Node, NameOf(node.Node), TextOf(node.Node), default, Weight: 1),
            node.Plan.ReportInterval,
            this,
            this,
            [.. node.Space.Find(SpaceRun.ConfigGroup)!.Founding.Members.Select(member => member.Node)],
            Reported);
        _door = new ProcessDoor(node, new ProcessOrders(node, _hosting, courier, _reporter, () => _actor));
        Requests.Door = _door;
        _reporter.Start();
    }

    public ProcessRequests Requests { get; }
    public ProcessDoor OwnDoor => _door;
    public IRequestReplies Door => _door;

    /// <summary>Whether its config actor is in office.</summary>
    public bool IsInOffice => _actor is { IsInOffice: true };

    /// <summary>Everybody's settings name all nodes.</summary>
    public ImmutableArray<ClusterNodeStatus> Nodes =>
        [.. _node.Space.Nodes.Select(node => new ClusterNodeStatus(node.Node, NameOf(node.Node), TextOf(node.Node)))];

    public string TextOf(NodeId node) => AddressOf(node);

    public void Learn(NodeId node, string name, string address)
    {
        // It is known.
    }

    public void Settled(SimulatedReplica replica)
    {
        if (replica.Group.Founding.Group == SpaceRun.ConfigGroup)
        {
            ActorSettings settings = ActorSettings.WithDefaults(new ActorName($"{_node.Node}/config-actor"), _loop, new Supervisor(this));
            ConfigPolicy policy = _node.Plan.Policy;
            _actor = new ConfigActor(
                settings, replica.Actor!, _node.Plan.IsOfPolicy ? policy with { Spaces = [_node.Space.SpaceSettings] } : policy,
                new ConfigHost(_node.Node, Requests, this, _node.Clock));
        }

        _reporter.Nudge();
    }

    public void RoleChanged(SimulatedReplica replica, RoleChanged change)
    {
        Moved(replica);
        _reporter.Nudge();
        if (change.Role == LineRole.Retired)
        {
            _hosting.Retired(replica);
        }
    }

    public void ConfigurationChanged(SimulatedReplica replica)
    {
        if (replica.Actor is { Role: LineRole.Leader })
        {
            _reporter.Nudge();
        }
    }

    public void Applied(SimulatedReplica replica, int commands)
    {
        GroupId group = replica.Group.Founding.Group;
        _commands[group] = _commands.GetValueOrDefault(group) + commands;
        Moved(replica);
    }

    public bool TrySend(NodeId node, string address, byte[] report, TimeSpan patience, Action<PeerAnswer> answer)
    {
        Requests.Ask(node, SpaceRun.ConfigGroup, RequestKind.NodeReport, report, patience, answer);
        return true;
    }

    public void Trouble(string detail)
    {
        // What is asked again until it is heard is no trouble here.
    }

    public void LinkChanged(NodeId peer, bool up) => Requests.LinkChanged(peer, up);

    public void ActorFailed(ActorFailure failure) => _node.Space.Faulted(failure.Fault);

    /// <summary>Where a node is said to be; everybody finds it there.</summary>
    public static string AddressOf(NodeId node) => $"{NameOf(node)}:1";

    private static string NameOf(NodeId node) => $"n{node.Value}";

    private IEnumerable<ReportedReplica> Reported() => _node.Replicas
        .Where(ProcessHosting.Lives)
        .OrderBy(replica => replica.Group.Founding.Group)
        .Select(replica => new ReportedReplica(replica.Actor!, _commands.GetValueOrDefault(replica.Group.Founding.Group)));

    private void Moved(SimulatedReplica replica)
    {
        if (replica.Group.Founding.Group == SpaceRun.ConfigGroup)
        {
            _actor?.ReplicaMoved();
        }
    }
}
