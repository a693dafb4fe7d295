using System.Buffers;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.Workloads;
using ActorPhysics.Simulation.World;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Simulation.Clients;

/// <summary>
/// One client with one operation at a time. It opens a session, retries an unanswered command under the same sequence at another node, follows
/// leader hints, and in the end knows a result, knows that nothing happened, or says that it does not know.
/// </summary>
internal sealed class SimulatedClient(int index, ClientPlan plan, IWorkload workload, IClientSurroundings world, SeededRandom random)
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(40);
    private const int StrongWatchers = 3;
    private const long MostPatience = 4;
    private OperationRecord? _current;
    private SessionId _session;
    private ulong _nonce;
    private CommandSequence _nextSequence = new(1);
    private CommandSequence _completedThrough;
    private byte[] _encoded = [];
    private int _process = -1;
    private int _target = -1;
    private ulong _attempt;
    private bool _attemptOpen;
    private bool _ambiguous;
    private WorldTime _deadline;
    private int _asked;
    private int _made;
    private LeaderEpoch _newestHint;
    private long _patience = 1;

    public int Index => index;
    private bool Watches => index < plan.Watchers;

    /// <summary>The operation under way, or null; the opening of a session does not count as one.</summary>
    public OperationRecord? Current => _current;
    public int FinishedOk { get; private set; }
    public bool HasSession => !_session.IsNone;

    /// <summary>It has asked for all that it was to ask for, and waits for nothing.</summary>
    public bool IsDone => _made >= plan.MostOperations && _current is null;

    /// <summary>Begins, and goes on until the world ends.</summary>
    public void Begin()
    {
        if (_session.IsNone)
        {
            OpenSession();
        }
        else if (_made < plan.MostOperations && world.MayBegin)
        {
            NextOperation();
        }
    }

    public void OnReply(ulong attempt, int node, ClientReply reply)
    {
        if (attempt != _attempt || !_attemptOpen)
        {
            // An earlier attempt's answer: the one that counts is still to come, and for a command it will be the same.
            return;
        }

        _attemptOpen = false;
        switch (reply)
        {
            case ClientReply.Applied applied when _current is null:
                _target = node;
                SessionOpens(applied);
                break;
            case ClientReply.Applied applied:
                _target = node;
                FinishCommand(_current, applied);
                break;
            case ClientReply.Served served when _current is not null:
                _target = served.Level == ConsistencyLevel.FollowerRead ? _target : node;
                FinishQuery(_current, served);
                break;
            case ClientReply.Refused { Refusal: Refusal.OutcomeUnknown }:
                _ambiguous = true;
                Retry(RetryPause);
                break;
            case ClientReply.Refused { Refusal: Refusal.NoLease } when _current is not null:
                _current.Level = ConsistencyLevel.StrongRead;
                Retry(TimeSpan.Zero);
                break;
            case ClientReply.Refused refused:
                _target = TargetOf(refused.Leader, node);
                Retry(_target < 0 ? RetryPause : TimeSpan.Zero);
                break;
            case ClientReply.Broken:
                _ambiguous = true;
                _target = -1;
                Retry(RetryPause);
                break;
            default:
                _target = -1;
                Retry(RetryPause);
                break;
        }
    }

    /// <summary>An older epoch's hint does not overrule a newer one's, and who refuses cannot mean itself.</summary>
    private int TargetOf(LeaderHint hint, int refusedBy)
    {
        int hinted = hint.Node == default ? -1 : (int)hint.Node.Value - 1;
        if (hinted < 0 || hinted == refusedBy || hint.Epoch < _newestHint)
        {
            return -1;
        }

        _newestHint = hint.Epoch;
        return hinted;
    }

    private void OpenSession()
    {
        _nonce = random.NextBits() | 1;
        _encoded = Encode(new CommandView { Session = new SessionId(_nonce), Kind = CommandKind.OpenSession });
        _patience = 1;
        _deadline = WorldTime.Never;
        Attempt();
    }

    private void SessionOpens(ClientReply.Applied applied)
    {
        if (applied.Status == CommandStatus.Applied && SessionOpened.TryRead(applied.Result, out SessionOpened opened))
        {
            _session = opened.Session;
            _nextSequence = new CommandSequence(1);
            _completedThrough = default;
            Think();
        }
        else
        {
            OpenSession();
        }
    }

    private void NextOperation()
    {
        _made++;
        bool read = Watches || random.Below(100) < plan.ReadsPercent || !world.MayWrite;
        ulong number = world.NextOperationNumber();
        DrawnOperation drawn = workload.Draw(random, index, number, read);
        ConsistencyLevel level = drawn.IsQuery ? DrawLevel() : ConsistencyLevel.StrongWrite;
        _process = _process < 0 ? index : _process;
        _current = new OperationRecord(number, index, _process, drawn, level, world.Now) { KnownBefore = world.History.Known, LedBefore = world.LatestLed };
        if (drawn.IsQuery)
        {
            _encoded = drawn.Payload;
        }
        else
        {
            _current.Session = _session;
            _current.Sequence = _nextSequence;
            _nextSequence = _nextSequence.Next;
            _encoded = Encode(new CommandView { Session = _session, Sequence = _current.Sequence, CompletedThrough = _completedThrough, Payload = drawn.Payload });
        }

        world.History.Add(_current);
        _ambiguous = false;
        _patience = 1;
        _deadline = world.Now + plan.OperationDeadline;
        Attempt();
    }

    private ConsistencyLevel DrawLevel()
    {
        if (Watches)
        {
            bool strongly = plan.LeaseReadsPercent == 0 || index % StrongWatchers == StrongWatchers - 1;
            return strongly ? ConsistencyLevel.StrongRead : ConsistencyLevel.LeaseRead;
        }

        int draw = random.Below(100);
        return draw < plan.FollowerReadsPercent ? ConsistencyLevel.FollowerRead
            : draw < plan.FollowerReadsPercent + plan.LeaseReadsPercent ? ConsistencyLevel.LeaseRead
            : ConsistencyLevel.StrongRead;
    }

    private void Attempt()
    {
        bool anywhere = _target < 0 || random.Below(100) < plan.MisdirectedPercent;
        int node = anywhere ? random.Below(world.Nodes) : _target;
        _asked = node;
        ulong attempt = ++_attempt;
        _attemptOpen = true;
        if (_current is not null)
        {
            _current.Attempts++;
        }

        world.Ask(this, attempt, node, _encoded, _current?.Level ?? ConsistencyLevel.StrongWrite);
        world.After(plan.AttemptTimeout * _patience, () => OnTimeout(attempt));
    }

    private void OnTimeout(ulong attempt)
    {
        if (attempt == _attempt && _attemptOpen)
        {
            _attemptOpen = false;
            _ambiguous = true;
            _target = (_asked + 1) % world.Nodes;

            // The next try is given longer, or an overloaded group would only ever hear the same again.
            _patience = Math.Min(_patience * 2, MostPatience);
            Retry(TimeSpan.Zero);
        }
    }

    private void Retry(TimeSpan pause)
    {
        if (_current is not null && world.Now >= _deadline)
        {
            GiveUp(_current);
            return;
        }

        ulong attempt = _attempt;
        if (pause == TimeSpan.Zero)
        {
            Attempt();
            return;
        }

        world.After(pause, () =>
        {
            if (attempt == _attempt && !_attemptOpen)
            {
                Attempt();
            }
        });
    }

    private void GiveUp(OperationRecord operation)
    {
        bool harmless = operation.Drawn.IsQuery || !_ambiguous;
        operation.Outcome = harmless ? OperationOutcome.Fail : OperationOutcome.Unknown;
        operation.Completed = world.Now;
        if (!harmless)
        {
            // In a history an unknown operation may take effect at any later time, so its process cannot go on.
            _process += world.ClientCount;
        }

        Finish(operation);
    }

    private void FinishCommand(OperationRecord operation, ClientReply.Applied applied)
    {
        if (applied.Status is CommandStatus.SessionExpired or CommandStatus.SessionWindowFull or CommandStatus.Malformed)
        {
            operation.Outcome = _ambiguous ? OperationOutcome.Unknown : OperationOutcome.Fail;
            _process += _ambiguous ? world.ClientCount : 0;
            _session = default;
            operation.Completed = world.Now;
            Finish(operation);
            return;
        }

        operation.Outcome = OperationOutcome.Ok;
        operation.Status = applied.Status;
        operation.Result = applied.Result;
        operation.Place = applied.Place;
        operation.Frontier = applied.Frontier;
        operation.Completed = world.Now;
        world.Completed(operation, applied.Proof, applied.Repeated);
        world.History.Learn(applied.Place.Coordinate.Index);
        FinishedOk++;
        Finish(operation);
    }

    private void FinishQuery(OperationRecord operation, ClientReply.Served served)
    {
        operation.Outcome = OperationOutcome.Ok;
        operation.Status = served.Outcome == QueryOutcome.Answered ? CommandStatus.Applied : CommandStatus.Refused;
        operation.Result = served.Answer;
        operation.Frontier = served.Frontier;
        operation.Completed = world.Now;
        world.Completed(operation, served.Proof, repeated: false);
        if (operation.Level is not ConsistencyLevel.FollowerRead)
        {
            world.History.Learn(served.Frontier.Index);
        }

        FinishedOk++;
        Finish(operation);
    }

    private void Finish(OperationRecord operation)
    {
        if (!operation.Drawn.IsQuery && operation.Outcome is OperationOutcome.Ok)
        {
            _completedThrough = operation.Sequence;
        }

        _current = null;
        Think();
    }

    private void Think() => world.After(random.Exponential(Watches ? plan.ThinkTime / 8 : plan.ThinkTime), Begin);

    private static byte[] Encode(in CommandView command)
    {
        var bytes = new ArrayBufferWriter<byte>(command.EncodedBytes);
        command.WriteTo(bytes);
        return bytes.WrittenSpan.ToArray();
    }
}

/// <summary>What a client needs from its world.</summary>
internal interface IClientSurroundings
{
    WorldTime Now { get; }
    int Nodes { get; }
    int ClientCount { get; }
    ClientHistory History { get; }

    /// <summary>The highest epoch that anybody led so far.</summary>
    LeaderEpoch LatestLed { get; }

    ulong NextOperationNumber();

    void After(TimeSpan delay, Action happen);

    /// <summary>Whether a client may ask for something new.</summary>
    bool MayBegin { get; }

    /// <summary>Whether a client may ask for something that changes anything.</summary>
    bool MayWrite { get; }

    /// <summary>Sends a command or a query to a node; the answer, if any, comes through <see cref="SimulatedClient.OnReply"/>.</summary>
    void Ask(SimulatedClient client, ulong attempt, int node, byte[] encoded, ConsistencyLevel level);

    /// <summary>An operation has its result, under this proof.</summary>
    void Completed(OperationRecord operation, ReadOnlyMemory<byte> proof, bool repeated);
}
