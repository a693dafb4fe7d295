using ActorPhysics.Actors.Replicas;
using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.Monitors;
using ActorPhysics.Simulation.Network;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Processes;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.Storage;
using ActorPhysics.Simulation.Traces;
using ActorPhysics.Simulation.Workloads;
using ActorPhysics.Simulation.World;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Simulation.Runs;

/// <summary>
/// One run of a plan: the shipped replica actors on simulated machines, clients, faults, and monitors that look after every step. First
/// everything that the plan says goes wrong; then a core of a quorum is healed and must come back to life (after FoundationDB's and TigerBeetle's
/// simulators).
/// </summary>
public sealed class SimulationRun : IProcessWorld, IClientSurroundings
{
    // A run has some ten thousand.
    private const long MostEvents = 3_000_000;
    private readonly SimulatedProcess[] _processes;
    private readonly SimulatedClient[] _clients;
    private readonly SimulatedNetwork _network;
    private readonly WireTrip? _wire;
    private readonly SeededRandom _random;
    private readonly FaultDriver _faults;
    private readonly IWorkload _workload;
    private ulong _operations;
    private ulong _operatorRequests;
    private bool _draining;
    private WorldTime _healedAt = WorldTime.Never;

    private SimulationRun(SimulationPlan plan, IWorkload workload, ITraceWriter? trace)
    {
        Plan = plan;
        _workload = workload;
        _random = SeededRandom.For(plan.Seed, 2);
        Configuration = plan.Group.Configuration();
        Observatory = new Observatory(Events, Configuration) { Trace = trace };
        if (trace is TextTrace text)
        {
            text.Now = () => Events.Now;
        }

        History = new ClientHistory(Observatory.Trunk.Entries);
        var settings = new ReplicaSettings(
            default, workload.Machine, SessionLimits.Default, plan.Options, IntakeBounds.Default with { MaximumBatchBytes = plan.MaximumIntakeBatchBytes }, KeptSnapshots: 2);
        _wire = plan.Network.Encodes ? new WireTrip() : null;
        _network = new SimulatedNetwork(Events, plan.Network, _random.Fork(), plan.Group.AllNodes, _wire is null ? null : Carry, (from, to, message) => _processes![to].Deliver(message, _processes[from].Node)) { Carried = trace is null ? null : trace.Carried };
        var group = new SimulatedGroup(Configuration, settings, Observatory);
        _processes = [.. Enumerable.Range(0, plan.Group.AllNodes).Select(index => new SimulatedProcess(this, group, index, plan.Clocks[index], _random.Fork()))];
        _clients = [.. Enumerable.Range(0, plan.Clients.Count).Select(index => new SimulatedClient(index, plan.Clients, workload, this, _random.Fork()))];
        _faults = new FaultDriver(this, _processes, _network);
        Observatory.RoleTaken = (subject, role) =>
        {
            if (role == LineRole.Candidate)
            {
                _faults.StoodForElection(subject);
            }
        };
        if (plan.Group.Learners + plan.Group.Witnesses > 0)
        {
            Observatory.Marks.Mark(CoverageMark.NonVoter);
        }
    }

    internal EventQueue Events { get; } = new();
    internal SimulationPlan Plan { get; }
    internal GroupConfiguration Configuration { get; }
    internal Observatory Observatory { get; }
    internal ClientHistory History { get; }

    /// <summary>Until then clients only read.</summary>
    internal WorldTime LullUntil { get; set; }
    EventQueue IProcessWorld.Events => Events;
    DiskWeather IProcessWorld.Disk => Plan.Disk;
    ClientHistory IClientSurroundings.History => History;
    WorldTime IClientSurroundings.Now => Events.Now;
    int IClientSurroundings.Nodes => _processes.Length;
    int IClientSurroundings.ClientCount => _clients.Length;

    /// <summary>Runs the plan to its end, or to the first thing that goes wrong.</summary>
    public static SimulationResult Execute(SimulationPlan plan, IWorkload workload) => Execute(plan, workload, trace: null);

    /// <summary>As <see cref="Execute(SimulationPlan, IWorkload)"/>, and writes down what happens, for people.</summary>
    public static SimulationResult Execute(SimulationPlan plan, IWorkload workload, TextWriter log)
    {
        var trace = new TextTrace(log);
        return Execute(plan, workload, trace);
    }

    internal static SimulationResult Execute(SimulationPlan plan, IWorkload workload, ITraceWriter? trace)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(workload);
        var run = new SimulationRun(plan, workload, trace);
        return run.Execute();
    }

    private SimulationResult Execute()
    {
        try
        {
            Play();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // A user's state machine that cannot restore itself, say: as much a finding as what the monitors see.
            Observatory.Thrown(fault);
        }

        return Conclude();
    }

    private void Play()
    {
        foreach (SimulatedProcess process in _processes.Take(Plan.Group.Nodes))
        {
            process.Start(ProcessVersion.Same);
        }

        foreach (SimulatedClient client in _clients)
        {
            Events.Plan(Events.Now + _random.Exponential(Plan.Clients.ThinkTime), client.Begin);
        }

        _faults.PlanAll();
        Advance(new WorldTime((long)Plan.FaultPhase.TotalMicroseconds));
        if (!Observatory.HasEvidence)
        {
            RequireLife();
        }
    }

    private LineMessage Carry(int to, LineMessage message) =>
        _wire!.Carry(message, _processes[to].Actor?.Configurations ?? ConfigurationTrail.Of(Configuration));

    /// <summary>Lets the world go on until a moment, or until something went wrong.</summary>
    private void Advance(WorldTime until)
    {
        while (!Observatory.HasEvidence && Events.TryNext(until, out WorldEvent? next))
        {
            next!.Happen();
            if (Events.Happened == MostEvents)
            {
                Observatory.Report(Symptom.NoCommits, InvariantNames.Liveness, $"{MostEvents} events in {Events.Now} s: the group is busy with itself");
            }
        }
    }

    private void RequireLife()
    {
        _faults.Heal();
        LullUntil = default;
        _healedAt = Events.Now;
        LogIndex before = Observatory.Trunk.End.Index;
        WorldTime deadline = Events.Now + Plan.LivenessLimit;
        var life = new LivenessJudge(Observatory, _faults.Core, _clients, History, _healedAt, before);
        while (!life.IsServed && !Observatory.HasEvidence && Events.Now < deadline)
        {
            Advance(Events.Now + TimeSpan.FromMilliseconds(50));
        }

        _draining = true;
        while (!life.IsSettled && !Observatory.HasEvidence && Events.Now < deadline)
        {
            Advance(Events.Now + TimeSpan.FromMilliseconds(50));
        }

        // Life may come back in the very last step: then there is nobody to accuse.
        if (Events.Now >= deadline && !(life.IsServed && life.IsSettled) && !Observatory.HasEvidence)
        {
            life.Accuse();
            return;
        }

        Advance(Events.Now + Plan.CalmPhase);
        if (!Observatory.HasEvidence)
        {
            life.RequireEqualStates();
        }
    }

    private SimulationResult Conclude()
    {
        Judgement judged = Judge();
        Evidence[] evidence = [.. Observatory.Evidence, .. judged.Evidence];
        int elections = Observatory.Elections;
        return new SimulationResult
        {
            Plan = Plan,
            TraceHash = Observatory.Hash.Value,
            Diagnosis = Diagnosis.Of(evidence),
            Undecided = judged.Undecided,
            SimulatedTime = Events.Now.SinceBeginning,
            Marks = Observatory.Marks,
            History = History,
            Counts = new SimulationCounts(
                Events.Happened,
                _network.Sent,
                _network.Dropped,
                _network.Duplicated,
                History.Trunk.Count,
                elections,
                History.Operations.Count(operation => operation.Outcome == OperationOutcome.Ok),
                History.Operations.Count(operation => operation.Outcome == OperationOutcome.Fail),
                History.Operations.Count(operation => operation.Outcome == OperationOutcome.Unknown),
                _faults.Counts),
        };
    }

    private Judgement Judge()
    {
        try
        {
            return _workload.Judge(History);
        }
        catch (Exception fault)
        {
            // The command that stopped a replica stops a model as well.
            Observatory.Thrown(fault);
            return new Judgement([]);
        }
    }

    bool IProcessWorld.IsConnected(int from, NodeId to) => !_network.IsCut(from, (int)to.Value - 1);

    void IProcessWorld.Send(SimulatedNode from, NodeId to, LineMessage message)
    {
        _wire?.AddsLaterField = from.Version == ProcessVersion.Later;
        _network.Send(from.Index, (int)to.Value - 1, message, from.Stall);
    }

    void IProcessWorld.Answer(SimulatedReplica from, int client, ulong attempt, ClientReply reply)
    {
        Observatory.Note(from.Subject, reply);
        if (!_network.IsHealed && _random.Chance(Plan.Network.DropsPerMillion))
        {
            return;
        }

        int node = from.Node.Index;
        Events.Plan(Events.Now + from.Node.Stall + _network.DrawLatency(), () => _clients[client].OnReply(attempt, node, reply));
    }

    void IProcessWorld.ProcessEnded(SimulatedNode node) => _faults.Ended(node);

    void IProcessWorld.ProcessGaveUp(SimulatedNode node) => _faults.GaveUp(_processes[node.Index]);

    /// <summary>A name for something that an operator asks for.</summary>
    internal RequestToken NextOperatorRequest() => new(ProcessPorts.OperatorSource, ++_operatorRequests);

    ulong IClientSurroundings.NextOperationNumber() => ++_operations;

    void IClientSurroundings.After(TimeSpan delay, Action happen) => Events.Plan(Events.Now + delay, happen);

    bool IClientSurroundings.MayBegin => !_draining;

    bool IClientSurroundings.MayWrite => Events.Now >= LullUntil;

    LeaderEpoch IClientSurroundings.LatestLed => Observatory.Authority.Latest;

    void IClientSurroundings.Ask(SimulatedClient client, ulong attempt, int node, byte[] encoded, ConsistencyLevel level)
    {
        Observatory.Trace?.Note($"client {client.Index} asks {_processes[node].Node}, try {attempt}: {client.Current?.ToString() ?? "open a session"}");
        if (!_network.IsHealed && _random.Chance(Plan.Network.DropsPerMillion))
        {
            return;
        }

        Events.Plan(Events.Now + _network.DrawLatency(), () => Arrive(client, attempt, node, encoded, level));
    }

    void IClientSurroundings.Completed(OperationRecord operation, ReadOnlyMemory<byte> proof, bool repeated)
    {
        if (repeated)
        {
            Observatory.Marks.Mark(CoverageMark.Repeated);
        }

        operation.TrunkAtCompletion = Observatory.Trunk.End.Index;
        Observatory.Answered(operation, proof);
    }

    private void Arrive(SimulatedClient client, ulong attempt, int node, byte[] encoded, ConsistencyLevel level)
    {
        SimulatedProcess process = _processes[node];
        if (!process.IsUp)
        {
            // A connection that is refused, or a packet that nobody answers; on a network that works it is the former.
            if (_network.IsHealed || _random.OneIn(2))
            {
                Events.Plan(Events.Now + _network.DrawLatency(), () => client.OnReply(attempt, node, ClientReply.Unreachable.Instance));
            }

            return;
        }

        var token = new RequestToken((ulong)client.Index + 1, attempt);
        process.Act(replica => replica.Offer(token, encoded, level));
    }
}
