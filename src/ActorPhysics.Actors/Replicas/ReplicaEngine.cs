using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Actors.Replicas;

/// <summary>
/// A replica between its stepper and its world, the same under every host: it steps each input, collects the effects, and has them
/// interpreted once at the end of a batch. One thread of control at a time.
/// </summary>
public sealed class ReplicaEngine
{
    private readonly LineReplica _replica;
    private readonly ReplicaPorts _ports;
    private readonly RequestIntake _intake;
    private readonly EffectInterpreter _interpreter;
    private readonly List<LineInput> _drained = [];
    private List<LineEffect> _effects = [];
    private List<LineEffect> _interpreting = [];

    /// <param name="state">Restored as <paramref name="recovered"/> says.</param>
    public ReplicaEngine(ReplicaId self, LineOptions options, RecoveredReplica recovered, ReplicatedState state, IntakeBounds intake, ReplicaPorts ports, ulong randomSeed)
    {
        ArgumentNullException.ThrowIfNull(recovered);
        ArgumentNullException.ThrowIfNull(ports);
        _ports = ports;
        _replica = new LineReplica(self, options, recovered, randomSeed);
        _intake = new RequestIntake(intake);
        _interpreter = new EffectInterpreter(this, self, recovered.Configurations, state, _intake, ports);
    }

    public LineStatus Status => _replica.Status;
    public LineRole Role => _replica.RoleKind;
    public bool IsQuiescent => _replica.IsQuiescent;
    public BoundariesView Boundaries => _replica.Boundaries;
    public ReplicaId Leader => _replica.Leader;
    public LeaderEpoch Epoch => _replica.Epoch;
    public ConfigurationTrail Configurations => _replica.Configurations;

    /// <summary>The node of a replica, as far as this one has heard; <c>default</c> when it has not.</summary>
    public NodeId NodeOf(ReplicaId replica) => _interpreter.NodeOf(replica);

    /// <summary>The applied state; to be read on the replica's own thread of control only.</summary>
    public ReplicatedState State => _interpreter.State;

    /// <summary>Whether something waits for <see cref="Complete"/>.</summary>
    public bool HasWork => _effects.Count > 0 || !_intake.IsEmpty;

    public void Step(LineInput input) => _replica.Step(input, _effects);

    /// <summary>False: overloaded, nothing was taken in.</summary>
    public bool TryOfferCommand(RequestToken request, ReadOnlySpan<byte> encodedCommand) =>
        _ports.Log.AcceptsCommands && _intake.TryOfferCommand(request, encodedCommand);

    /// <summary>False: overloaded, nothing was taken in.</summary>
    /// <param name="scope">For a query without a key: what the asker believes the group to own.</param>
    public bool TryOfferRead(RequestToken request, ReadOnlySpan<byte> query, ReadLevel level, ConsistencyLevel asked, KeyRange? scope = null) =>
        _intake.TryOfferRead(request, query, level, asked, scope);

    /// <summary>
    /// A peer's message, and the node that sent it: who is new to a group knows neither its members nor where they live before it has their log.
    /// </summary>
    public void OnMessage(MessageArrived arrived, NodeId from)
    {
        ArgumentNullException.ThrowIfNull(arrived);
        _interpreter.NoteNode(arrived.Message.Envelope.From, from);
        Step(arrived);
    }

    /// <summary>The journal made everything through this record durable: what waited for it leaves, then the stepper hears of it.</summary>
    public void OnDurable(RecordNumber through)
    {
        _interpreter.ReleaseGated(through);
        Step(new RecordsDurable(_ports.Clock.Now, through));
    }

    /// <summary>A received snapshot stands ready: the state is adopted only if the stepper still wants it.</summary>
    public void OnSnapshotPrepared(VerifiedStateSnapshot proof, SnapshotDescription snapshot, ReplicatedState state)
    {
        _interpreter.Prepare(snapshot, state);
        Step(new SnapshotPrepared(_ports.Clock.Now, proof, snapshot));
    }

    /// <summary>The replica ends, and everybody who waits for it is told.</summary>
    public void Abandon()
    {
        foreach (RequestToken request in _intake.TakeUntouched())
        {
            _ports.Replies.Refused(request, Refusal.Unavailable, default, "the replica does not take part any more");
        }

        _replica.Abandon(_effects);
        Complete();
    }

    /// <summary>Ends a batch: what waits at the door is stepped, and all effects are interpreted, in order, until none is left.</summary>
    public void Complete()
    {
        if (!_intake.IsEmpty)
        {
            _intake.Drain(_ports.Clock.Now, _ports.Clock.WallTime, _drained);
            foreach (LineInput input in _drained)
            {
                Step(input);
            }

            _drained.Clear();
        }

        while (_effects.Count > 0)
        {
            (_effects, _interpreting) = (_interpreting, _effects);
            _interpreter.Interpret(_interpreting);
            _interpreting.Clear();
        }
    }

}
