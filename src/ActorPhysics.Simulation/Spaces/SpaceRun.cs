using ActorPhysics.Actors.ControlPlane;
using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Checking.Linearizability;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.Monitors;
using ActorPhysics.Simulation.Network;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Processes;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.Spaces.Control;
using ActorPhysics.Simulation.Storage;
using ActorPhysics.Simulation.Traces;
using ActorPhysics.Simulation.Workloads;
using ActorPhysics.Simulation.World;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Simulation.Spaces;

/// <summary>
/// One run of a sharded space: many groups of the shipped replica actors on shared nodes, clients that route by key, shards that are split, merged and moved
/// under faults. Every group has the monitors of a run of one group; what goes beyond one group is judged by <see cref="SpaceJudge"/> over all their logs.
/// </summary>
public sealed class SpaceRun : IProcessWorld
{
    private const long MostEvents = 5_000_000;
    private readonly SimulatedNode[] _nodes;
    private readonly SpaceClient[] _clients;
    private readonly SimulatedNetwork _network;
    private readonly WireTrip? _wire;
    private readonly SeededRandom _random;
    private readonly SpaceFaults _faults;
    private readonly SpaceGroups _groups;
    private readonly SortedDictionary<GroupId, LogIndex> _known = [];
    private readonly SortedDictionary<ulong, SessionId> _sessions = [];
    private ulong _operations;
    private ulong _operatorRequests;
    private bool _draining;

    private SpaceRun(SpacePlan plan, ITraceWriter? trace)
    {
        Plan = plan;
        Trace = trace;
        if (trace is TextTrace text)
        {
            text.Now = () => Events.Now;
        }

        SimulationPlan world = plan.World;
        _random = SeededRandom.For(world.Seed, 7);
        _wire = world.Network.Encodes ? new WireTrip() : null;
        _network = new SimulatedNetwork(Events, world.Network, _random.Fork(), plan.Nodes, _wire is null ? null : Carry, (from, to, message) => _nodes![to].Deliver(message, _nodes[from].Node)) { Carried = trace is null ? null : trace.Carried };
        _groups = new SpaceGroups(this, _random);
        _nodes = new SimulatedNode[plan.Nodes];
        for (int node = 0; node < plan.Nodes; node++)
        {
            _nodes[node] = plan.Control is { } control
                ? new ControlledNode(this, control, node, world.Clocks[node], _random.Fork())
                : new SimulatedNode(this, node, world.Clocks[node], _random.Fork());
        }

        if (plan.Control is null)
        {
            Map = _groups.FoundSpace();
        }
        else
        {
            _groups.Found(ConfigGroup, _groups.DrawSeats(plan.Control.Voters), ConfigMachine.Definition, keys: null);
        }

        _clients = [.. Enumerable.Range(0, world.Clients.Count).Select(index => new SpaceClient(index, world.Clients, this, _random.Fork()))];
        _faults = new SpaceFaults(this, _nodes, _network);
        Driver = plan.Control is { } driven ? new ConfigDriver(this, driven, _random.Fork()) : new ShardMover(this, _random.Fork());
    }

    internal static SpaceId Space => new(5);

    /// <summary>The group that runs the space, where one does.</summary>
    internal static GroupId ConfigGroup => new(1);

    internal EventQueue Events { get; } = new();
    internal SpacePlan Plan { get; }
    internal ITraceWriter? Trace { get; }
    internal ClientHistory History { get; } = new([]);
    internal IReadOnlyList<SimulatedNode> Nodes => _nodes;

    /// <summary>All groups, in the order of their names.</summary>
    internal IEnumerable<SimulatedGroup> Groups => _groups.All;

    internal ISpaceDriver Driver { get; }

    /// <summary>The newest shard map that was published where anybody can look it up; null where the config group must be asked.</summary>
    internal ShardMap? Map { get; private set; }

    /// <summary>What the config group is asked to create.</summary>
    internal SpaceSettings SpaceSettings => new()
    {
        Name = "space",
        Specification = "kv",
        Sharding = Plan.Kind,
        InitialShards = Plan.Shards,
        InitialSplits = Plan.Kind == ShardingKind.Hash ? [] : [.. SpaceGroups.SplitsOf(Plan)],
        Replicas = Plan.Replicas,
    };

    /// <summary>Another space, which comes and goes.</summary>
    internal SpaceSettings OtherSpace => new() { Name = "other", Specification = "kv", InitialShards = 2, Replicas = Plan.Replicas };

    /// <summary>Whether a client may ask for something new.</summary>
    internal bool MayBegin => !_draining;

    /// <summary>Who asks for what no client asks for.</summary>
    internal int DriverSource => Plan.World.Clients.Count;

    /// <summary>How often a group sent a client elsewhere, and how often a client went on in a session that its key brought along.</summary>
    internal int Redirected { get; set; }
    internal int SessionsShared { get; set; }
    internal CoverageMarks Marks { get; } = new();
    EventQueue IProcessWorld.Events => Events;
    DiskWeather IProcessWorld.Disk => Plan.World.Disk;

    private bool HasEvidence => _groups.All.Any(group => group.Observatory.HasEvidence);

    /// <summary>Runs the plan to its end, or to the first thing that goes wrong.</summary>
    public static SpaceResult Execute(SpacePlan plan) => Execute(plan, trace: null);

    /// <summary>As the other, and writes down what happens, for people.</summary>
    public static SpaceResult Execute(SpacePlan plan, TextWriter log) => Execute(plan, new TextTrace(log));

    private static SpaceResult Execute(SpacePlan plan, ITraceWriter? trace)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var run = new SpaceRun(plan, trace);
        try
        {
            run.Play();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            run.First.Observatory.Thrown(fault);
        }

        return run.Conclude();
    }

    internal SimulatedGroup? Find(GroupId group) => _groups.Find(group);

    internal IEnumerable<SimulatedReplica> ReplicasOf(GroupId group) => _nodes.Select(node => node.Find(group)).OfType<SimulatedReplica>();

    /// <summary>Of those that lead, the one of the highest epoch.</summary>
    internal SimulatedReplica? LeaderOf(GroupId group) =>
        ReplicasOf(group).Where(replica => replica is { Actor.IsStopped: false, Subject.Role: LineRole.Leader }).MaxBy(replica => replica.Actor!.Epoch);

    /// <summary>As many nodes as a group has replicas.</summary>
    internal int[] DrawSeats() => _groups.DrawSeats(Plan.Replicas);

    internal SimulatedGroup FoundGroup(GroupId id, int[] seats, KeysAtBirth keys) => _groups.Found(id, seats, KeyValueWorkload.Sharded.Machine, keys);

    /// <summary>The group of a charter, which is new where nobody was told of it before.</summary>
    internal SimulatedGroup GroupOf(GroupCharter charter) => _groups.Of(charter);

    /// <summary>Something of a process threw that must not.</summary>
    internal void Faulted(Exception fault) => First.Observatory.Thrown(fault);

    /// <summary>Carries what a node says to another one to whatever process runs there when it comes, unless that is another one than now.</summary>
    internal void Post(ControlledNode from, NodeId to, Action<ProcessDesk> arrive)
    {
        var receiver = (ControlledNode)_nodes[(int)to.Value - 1];
        int run = receiver.Run;
        if (!receiver.IsRunning)
        {
            return;
        }

        _network.Post(from.Index, receiver.Index, from.Stall, () =>
        {
            if (receiver.Run == run)
            {
                receiver.Act(() => arrive(receiver.Process!));
            }
        });
    }

    internal void Publish(ShardMap map) => Map = map;

    /// <summary>What was known to be finished in each group, and which epochs had a leader.</summary>
    internal SortedDictionary<GroupId, (LogIndex Known, LeaderEpoch Led)> KnownNow()
    {
        var now = new SortedDictionary<GroupId, (LogIndex Known, LeaderEpoch Led)>();
        foreach (SimulatedGroup group in _groups.All)
        {
            GroupId id = group.Founding.Group;
            now.Add(id, (_known.GetValueOrDefault(id), group.Observatory.Authority.Latest));
        }

        return now;
    }

    internal ulong NextOperationNumber() => ++_operations;

    internal RequestToken NextOperatorRequest() => new(ProcessPorts.OperatorSource, ++_operatorRequests);

    internal void After(TimeSpan delay, Action happen) => Events.Plan(Events.Now + delay, happen);

    internal void SessionOf(ulong nonce, SessionId session) => _sessions[nonce] = session;

    /// <summary>Sends a command or a query to the replica of a group on a node.</summary>
    internal void Ask(int source, ulong attempt, int node, GroupId group, byte[] encoded, ConsistencyLevel level)
    {
        if (!_network.IsHealed && _random.Chance(Plan.World.Network.DropsPerMillion))
        {
            return;
        }

        Events.Plan(Events.Now + _network.DrawLatency(), () => Arrive(source, attempt, node, group, encoded, level));
    }

    internal void Completed(OperationRecord operation, ReadOnlyMemory<byte> proof, GroupId group, LogIndex known, bool repeated)
    {
        Observatory observatory = _groups.Find(group)!.Observatory;
        _known[group] = LogIndex.Max(_known.GetValueOrDefault(group), known);
        operation.TrunkAtCompletion = observatory.Trunk.End.Index;
        if (repeated)
        {
            observatory.Marks.Mark(CoverageMark.Repeated);
        }

        observatory.Answered(operation, proof);
    }

    bool IProcessWorld.IsConnected(int from, NodeId to) => _faults.IsConnected(from, (int)to.Value - 1);

    void IProcessWorld.Send(SimulatedNode from, NodeId to, LineMessage message)
    {
        _wire?.AddsLaterField = from.Version == ProcessVersion.Later;
        _network.Send(from.Index, (int)to.Value - 1, message, from.Stall);
    }

    void IProcessWorld.Answer(SimulatedReplica from, int client, ulong attempt, ClientReply reply)
    {
        from.Group.Observatory.Note(from.Subject, reply);
        if (!_network.IsHealed && _random.Chance(Plan.World.Network.DropsPerMillion))
        {
            return;
        }

        (int node, GroupId group) = (from.Node.Index, from.Group.Founding.Group);
        Events.Plan(Events.Now + from.Node.Stall + _network.DrawLatency(), () => Hear(client, attempt, node, group, reply));
    }

    void IProcessWorld.ProcessEnded(SimulatedNode node) => _faults.Ended(node);

    void IProcessWorld.ProcessGaveUp(SimulatedNode node) => _faults.GaveUp(node);

    private SimulatedGroup First => _groups.All.First();

    private LineMessage Carry(int to, LineMessage message)
    {
        SimulatedReplica? receiver = _nodes[to].Find(message.Envelope.Group);
        return _wire!.Carry(message, receiver?.Actor?.Configurations ?? ConfigurationTrail.Of(_groups.Find(message.Envelope.Group)!.Founding));
    }

    private void Arrive(int source, ulong attempt, int node, GroupId group, byte[] encoded, ConsistencyLevel level)
    {
        if (!_nodes[node].IsRunning || _nodes[node].Find(group) is not { } replica)
        {
            // A node says at once that it hosts no such group; a dead one says nothing, or its connection is refused.
            if (_nodes[node].IsRunning || _network.IsHealed || _random.OneIn(2))
            {
                Events.Plan(Events.Now + _network.DrawLatency(), () => Hear(source, attempt, node, group, ClientReply.Unreachable.Instance));
            }

            return;
        }

        var token = new RequestToken((ulong)source + 1, attempt);
        replica.Node.Act(() => replica.OfferIfUp(token, encoded, level));
    }

    private void Hear(int source, ulong attempt, int node, GroupId group, ClientReply reply)
    {
        if (source == DriverSource)
        {
            Driver.OnReply(attempt, node, reply);
        }
        else
        {
            _clients[source].OnReply(attempt, node, group, reply);
        }
    }

    private void Play()
    {
        foreach (SimulatedNode node in _nodes)
        {
            node.Start(ProcessVersion.Same);
        }

        foreach (SpaceClient client in _clients)
        {
            Events.Plan(Events.Now + _random.Exponential(Plan.World.Clients.ThinkTime), client.Begin);
        }

        _faults.PlanAll();
        Driver.PlanAll();
        Advance(new WorldTime((long)Plan.World.FaultPhase.TotalMicroseconds));
        if (!HasEvidence)
        {
            RequireLife();
        }
    }

    /// <summary>Lets the world go on until a moment, or until something went wrong.</summary>
    private void Advance(WorldTime until)
    {
        while (!HasEvidence && Events.TryNext(until, out WorldEvent? next))
        {
            next!.Happen();
            Driver.Watch();
            if (Events.Happened == MostEvents)
            {
                First.Observatory.Report(Symptom.NoCommits, InvariantNames.Liveness, $"{MostEvents} events in {Events.Now} s: the space is busy with itself");
            }
        }
    }

    private void RequireLife()
    {
        Driver.Rest();
        _faults.Heal();
        WorldTime deadline = Events.Now + Plan.World.LivenessLimit;
        var life = new SpaceLife(this, _clients, Driver, Events.Now);
        while (!life.IsServed && !HasEvidence && Events.Now < deadline)
        {
            Advance(Events.Now + TimeSpan.FromMilliseconds(50));
        }

        _draining = true;
        while (!life.IsSettled && !HasEvidence && Events.Now < deadline)
        {
            Advance(Events.Now + TimeSpan.FromMilliseconds(50));
        }

        if (Events.Now >= deadline && !(life.IsServed && life.IsSettled) && !HasEvidence)
        {
            life.Accuse();
            return;
        }

        Advance(Events.Now + Plan.World.CalmPhase);
        if (!HasEvidence)
        {
            life.RequireEqualStates();
        }
    }

    private SpaceResult Conclude()
    {
        (Driver as ConfigDriver)?.Judge();
        List<Evidence> evidence = [.. _groups.All.SelectMany(group => group.Observatory.Evidence)];
        string? undecided = null;
        try
        {
            evidence.AddRange(new SpaceJudge(this, _sessions).Judge());
            Judgement order = OrderJudge.Judge(KeyValueWorkload.Sharded, History, SearchOptions.Default);
            evidence.AddRange(order.Evidence);
            undecided = order.Undecided;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            First.Observatory.Thrown(fault);
            evidence.AddRange(First.Observatory.Evidence);
        }

        ulong hash = 0;
        foreach (SimulatedGroup group in _groups.All)
        {
            hash = ulong.RotateLeft(hash, 1) ^ group.Observatory.Hash.Value;
            Marks.Add(group.Observatory.Marks);
        }

        return new SpaceResult
        {
            Plan = Plan,
            Outcome = new SimulationResult
            {
                Plan = Plan.World,
                TraceHash = hash,
                Diagnosis = Diagnosis.Of(evidence),
                Undecided = undecided,
                SimulatedTime = Events.Now.SinceBeginning,
                Marks = Marks,
                History = History,
                Counts = new SimulationCounts(
                    Events.Happened,
                    _network.Sent,
                    _network.Dropped,
                    _network.Duplicated,
                    _groups.All.Sum(group => group.Observatory.Trunk.Entries.Count),
                    _groups.All.Sum(group => group.Observatory.Elections),
                    History.Operations.Count(operation => operation.Outcome == OperationOutcome.Ok),
                    History.Operations.Count(operation => operation.Outcome == OperationOutcome.Fail),
                    History.Operations.Count(operation => operation.Outcome == OperationOutcome.Unknown),
                    _faults.Counts.AddRange(Driver.Counts).Add("Redirection", Redirected).Add("SharedSession", SessionsShared)),
            },
            Groups = _groups.All.Count(),
            Handoffs = Driver.HandoffsDone,
            ReplicasMoved = Driver.ReplicasMoved,
            Redirected = Redirected,
            SessionsShared = SessionsShared,
        };
    }
}
