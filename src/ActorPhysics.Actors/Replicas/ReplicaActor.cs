using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Runtime;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Actors.Replicas;

/// <summary>What the host lends a replica that lives on an event loop.</summary>
/// <param name="Journal">Shared by all replicas of the node.</param>
/// <param name="Snapshots">Shared by all replicas of the node.</param>
/// <param name="Worker">Where blocking snapshot work runs.</param>
public sealed record ReplicaHost(
    IJournal Journal,
    ISnapshotStore Snapshots,
    IBackgroundWorker Worker,
    ITransport<LineMessage> Transport,
    IRequestReplies Replies,
    IReplicaObserver Observer,
    IReplicaClock Clock);

/// <summary>
/// A replica as an actor: its mailbox is drained in batches, each message becomes an input of the stepper, and the effects of a batch are
/// interpreted once. A broken invariant stops it alone; its journal is kept and it is never resumed blindly.
/// </summary>
public sealed class ReplicaActor : Actor<ReplicaMail>
{
    private readonly ReplicaEngine _engine;
    private readonly JournalRecordLog _log;
    private readonly LoopTimers _timers;
    private readonly IReplicaClock _clock;
    private readonly ITransport<LineMessage> _transport;
    private readonly SortedSet<NodeId> _unreachable = [];
    private GroupConfiguration _members;
    private bool _doorOpen;

    public ReplicaActor(ActorSettings settings, ReplicaSettings replica, RecoveredState recovered, ReplicaHost host, ulong randomSeed)
        : base(settings)
    {
        ArgumentNullException.ThrowIfNull(replica);
        ArgumentNullException.ThrowIfNull(recovered);
        ArgumentNullException.ThrowIfNull(host);
        _clock = host.Clock;
        _transport = host.Transport;
        Replica = replica.Self;
        Group = recovered.Replica.Configuration.Group;
        var stream = new JournalStreamId(Group, Replica);
        _log = new JournalRecordLog(this, host.Journal, stream, settings.Loop);
        _timers = new LoopTimers(this, settings.Loop);
        var snapshots = new SnapshotDesk(this, host.Snapshots, host.Worker, settings.Loop, replica.Machine, stream, replica.KeptSnapshots);
        var ports = new ReplicaPorts(_log, snapshots, host.Transport, _timers, host.Replies, host.Observer, host.Clock);
        _engine = new ReplicaEngine(replica.Self, replica.Options, recovered.Replica, recovered.State, replica.Intake, ports, randomSeed);
        _members = recovered.Replica.Configuration;
    }

    public GroupId Group { get; }
    public ReplicaId Replica { get; }
    public LineStatus Status => _engine.Status;
    public LineRole Role => IsStopped ? LineRole.Retired : _engine.Role;
    public LeaderEpoch Epoch => _engine.Epoch;
    public BoundariesView Boundaries => _engine.Boundaries;

    /// <summary>How far the state has been built, and what the commands and results on the way amount to: equal on every replica at the same place.</summary>
    public (Coordinate Applied, StateDigest Digest) Progress => (_engine.State.Applied, _engine.State.Digest);

    /// <summary>The node of the leader, as far as this replica knows; <c>default</c> when it does not.</summary>
    public NodeId LeaderNode => _engine.NodeOf(_engine.Leader);

    /// <summary>The configurations of the replica's log; the newest is the one that it goes by.</summary>
    public ConfigurationTrail Configurations => _engine.Configurations;

    /// <summary>The node of a replica of this group, as far as this one has heard; <c>default</c> when it has not.</summary>
    public NodeId NodeOf(ReplicaId replica) => _engine.NodeOf(replica);

    /// <summary>Which keys the group owns, as far as this replica has applied its log; null for a group outside of any space.</summary>
    public KeyOwnership? Ownership => _engine.State.Ownership;

    /// <summary>Whether the machine can divide its state by keys.</summary>
    public bool DividesByKeys => _engine.State.Machine is IPartitionedStateMachine;

    /// <summary>The machine as it has been built so far, to be looked at on the replica's own loop.</summary>
    internal TMachine Machine<TMachine>()
        where TMachine : IReplicatedStateMachine => (TMachine)_engine.State.Machine;

    /// <summary>Whether the group's state is materialized here; it is not at a witness.</summary>
    public bool KeepsState => !_engine.State.IsLogOnly;

    /// <summary>Where the group's range may be divided; see <see cref="ReplicatedState.Middle"/>. In an ordered space this walks half of the keys.</summary>
    public KeyPoint? MiddleOfKeys => _engine.State.Middle;

    /// <summary>
    /// A piece of the parcel that the group keeps for the taker of a handoff; see <see cref="ReplicatedState.TryReadParcel"/>. Any replica that has applied
    /// the giver's entry has the same. On the replica's loop.
    /// </summary>
    public bool TryReadParcel(HandoffId handoff, long offsetBytes, int maxBytes, out ReadOnlyMemory<byte> piece) =>
        _engine.State.TryReadParcel(handoff, offsetBytes, maxBytes, out piece);

    /// <summary>A picture of the applied state, to be hashed or compared elsewhere.</summary>
    public ReplicatedStateCapture CaptureState() => _engine.State.Capture(default);

    /// <summary>Whether the replica takes part in its group's silence: it has no timer, and does nothing until it is asked or told something.</summary>
    public bool IsQuiescent => !IsStopped && _engine.IsQuiescent;

    /// <summary>Begins the replica's life. Whose node is not connected is told at once; of every later change the host tells.</summary>
    public void Start()
    {
        _engine.Step(new Started(Loop.Now));
        Signal(DoorMail.Instance);
        foreach (Member member in _engine.Configurations.Newest.Members)
        {
            if (member.Replica != Replica && !_transport.IsConnected(member.Node))
            {
                Signal(new PeerLinkMail(member.Node, connected: false));
            }
        }
    }

    /// <summary>Takes a client's command in, by copying it; false when overloaded or stopped, and then nothing was taken.</summary>
    public bool TryOfferCommand(RequestToken request, ReadOnlySpan<byte> encodedCommand) =>
        !IsStopped && _engine.TryOfferCommand(request, encodedCommand) && OpenDoor();

    /// <summary>Takes a client's read in, by copying its query; false when overloaded or stopped, and then nothing was taken.</summary>
    /// <param name="scope">For a query without a key: what the asker believes the group to own.</param>
    public bool TryOfferRead(RequestToken request, ReadOnlySpan<byte> query, ReadLevel level, ConsistencyLevel asked, KeyRange? scope = null) =>
        !IsStopped && _engine.TryOfferRead(request, query, level, asked, scope) && OpenDoor();

    protected override void Receive(ReplicaMail message)
    {
        switch (message)
        {
            case PeerMail peer:
                // A fresh reading, taken after the bytes were read: a lease promise that began before its heartbeat was sent would end too early.
                _engine.OnMessage(new MessageArrived(_clock.Now, peer.Message), peer.From);
                break;
            case DoorMail:
                _doorOpen = false;
                break;
            case JournalMail journal:
                _log.OnNews(journal, _engine);
                break;
            case TimerMail timer:
                _engine.Step(new TimerFired(Loop.Now, timer.Timer));
                break;
            case PeerLinkMail link:
                OnLink(link);
                break;
            case TransferMail transfer:
                _engine.Step(new TransferRequested(Loop.Now, transfer.Request, ReplicaOn(transfer.Target)));
                break;
            case MembershipMail change:
                _engine.Step(new MembershipRequested(Loop.Now, change.Request, change.Expected, change.Target));
                break;
            case SnapshotMail snapshot:
                _engine.Step(snapshot.Input);
                break;
            case PreparedMail prepared:
                _engine.OnSnapshotPrepared(prepared.Proof, prepared.Snapshot, prepared.State);
                break;
            default:
                throw new Core.InvariantViolationException("ClosedInputs", $"no handler for {message.GetType().Name}");
        }
    }

    protected override void EndOfBatch()
    {
        _engine.Complete();
        if (!ReferenceEquals(_engine.Configurations.Newest, _members))
        {
            TellOfUnreachableNewcomers();
            _engine.Complete();
        }
    }

    protected override void OnStopped(Exception? fault)
    {
        _timers.CancelAll();
        if (fault is null)
        {
            // After a fault nobody knows what the stepper's own books are worth; who waits then finds out by himself.
            _engine.Abandon();
        }
    }

    /// <summary>What was heard of a node before one of its replicas became a member holds for that member too.</summary>
    private void TellOfUnreachableNewcomers()
    {
        GroupConfiguration former = _members;
        _members = _engine.Configurations.Newest;
        foreach (Member member in _members.Members)
        {
            if (member.Replica != Replica && _unreachable.Contains(member.Node) && former.Find(member.Replica) is null)
            {
                _engine.Step(new PeerDisconnected(Loop.Now, member.Replica));
            }
        }
    }

    private void OnLink(PeerLinkMail link)
    {
        if (link.Connected)
        {
            _unreachable.Remove(link.Node);
        }
        else
        {
            _unreachable.Add(link.Node);
        }

        ReplicaId peer = ReplicaOn(link.Node);
        if (!peer.IsNone)
        {
            _engine.Step(link.Connected ? new PeerConnected(Loop.Now, peer) : new PeerDisconnected(Loop.Now, peer));
        }
    }

    private ReplicaId ReplicaOn(NodeId node)
    {
        foreach (Member member in _engine.Configurations.Newest.Members)
        {
            if (member.Node == node && node != default)
            {
                return member.Replica;
            }
        }

        return ReplicaId.None;
    }

    private bool OpenDoor()
    {
        if (!_doorOpen)
        {
            _doorOpen = true;
            Signal(DoorMail.Instance);
        }

        return true;
    }
}
