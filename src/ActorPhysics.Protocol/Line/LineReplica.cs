using ActorPhysics.Core;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Line.Replication;
using ActorPhysics.Protocol.Line.Roles;
using ActorPhysics.Protocol.Line.State;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Protocol.Repair;
using ActorPhysics.Protocol.Retention;

namespace ActorPhysics.Protocol.Line;

/// <summary>
/// One replica of one consensus group, as a pure stepper: Raft's safety core (Ongaro and Ousterhout, 2014) over any quorum system, with
/// certificates for every move that cannot be taken back. It has one entry point, reads no clock, no chance and no storage, and does
/// nothing but append effects. A refused input changes nothing.
/// </summary>
public sealed class LineReplica : IRoleSwitch
{
    private readonly ReplicaState _state;
    private readonly Applier _applier;
    private readonly Voter _voter;
    private readonly Gateway _gateway;
    private readonly Retainer _retainer;
    private readonly SnapshotReceiver _snapshots;
    private readonly RepairSeeker _repair;
    private readonly IReadOnlyList<HistoryEvent> _corrections;
    private LogReceiver? _receiver;
    private readonly ReplicaRun _previousRun;
    private Role? _role;
    private RecordNumber _runRecord;
    private bool _retired;

    /// <param name="recovered">The fold of the replica's journal, or <see cref="RecoveredReplica.Fresh"/>.</param>
    /// <param name="randomSeed">From the host's generator; it must differ between replicas, or they all time out together.</param>
    public LineReplica(ReplicaId self, LineOptions options, RecoveredReplica recovered, ulong randomSeed)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(recovered);
        if (options.Validate() is { } wrong)
        {
            throw new ArgumentException(wrong, nameof(options));
        }

        if (recovered.Configuration.FailureModel is Core.FailureModels.Byzantine)
        {
            throw new ArgumentException("the line protocol does not tolerate Byzantine faults; they need a protocol of their own", nameof(recovered));
        }

        _previousRun = recovered.Run;
        _corrections = recovered.Corrections;
        _state = new ReplicaState(self, options, recovered, randomSeed);
        _applier = new Applier(_state);
        _voter = new Voter(_state, this);
        _gateway = new Gateway(_state);
        _retainer = new Retainer(_state, _applier);
        _snapshots = new SnapshotReceiver(_state);
        _repair = new RepairSeeker(_state);
    }

    /// <summary>What an operator sees.</summary>
    public LineStatus Status => LineStatus.Of(_state, RoleKind, (_role as LeaderRole)?.Peers ?? []);

    public LineRole RoleKind => _retired ? LineRole.Retired : _role?.Kind ?? LineRole.Starting;
    public LeaderEpoch Epoch => _state.Epoch;

    /// <summary>The configurations of this replica's log; the newest is the one that it goes by.</summary>
    public ConfigurationTrail Configurations => _state.Configurations;
    public ReplicaId Leader => _state.Leader;

    /// <summary>Whether the group is silent, as far as this replica is concerned: it has no timer, and sends nothing until something happens.</summary>
    public bool IsQuiescent => _role is { IsAsleep: true };
    public BoundariesView Boundaries => _state.Boundaries.View;

    Applier IRoleSwitch.Applier => _applier;

    /// <summary>Handles one input; what it asks of the world is appended to <paramref name="effects"/>, in order.</summary>
    /// <exception cref="InvariantViolationException">The replica must be stopped; its journal tells what happened.</exception>
    public void Step(LineInput input, List<LineEffect> effects)
    {
        ArgumentNullException.ThrowIfNull(input);
        _state.Effects = effects;
        _state.Now = MonotonicTime.Max(_state.Now, input.Now);
        Dispatch(input);
        if (!_retired && _role is not (null or LeaderRole) && _state.IsRemoved)
        {
            Retire($"removed from the group in {_state.Configuration.Epoch}");
        }

        _applier.Advance();
        _state.FlushRecords();
        _state.Boundaries.CheckLattice();
    }

    private void Dispatch(LineInput input)
    {
        switch (input)
        {
            case Started:
                Start();
                break;
            case MessageArrived arrived:
                OnMessage(arrived.Message);
                break;
            case TimerFired fired:
                _role?.OnTimer(fired.Timer);
                break;
            case RecordsDurable durable:
                OnDurable(durable.Through);
                break;
            case EntriesApplied applied:
                OnApplied(applied.Through);
                break;
            case WriteRequested write:
                OnWrite(write);
                break;
            case ReadRequested read:
                OnRead(read);
                break;
            case TransferRequested transfer when _role is { } role:
                role.OnTransfer(transfer);
                break;
            case TransferRequested transfer:
                RefuseWithoutRole([transfer.Request]);
                break;
            case MembershipRequested change when _role is { } role:
                role.OnMembership(change);
                break;
            case MembershipRequested change:
                RefuseWithoutRole([change.Request]);
                break;
            case PeerConnected connected:
                _state.Lost = _state.Lost.Remove(connected.Peer);
                _role?.OnPeerConnected(connected.Peer);
                break;
            case PeerDisconnected disconnected:
                _state.Lost = _state.Lost.Add(disconnected.Peer);
                _role?.OnPeerDisconnected(disconnected.Peer);
                break;
            case SnapshotCaptured captured:
                _retainer.OnCaptured(captured, _role?.RetainsFrom);
                break;
            case SnapshotCaptureFailed:
                _retainer.OnCaptureFailed();
                break;
            case SnapshotChunkRead chunk:
                OnSnapshotChunkRead(chunk);
                break;
            case SnapshotChunkStored stored:
                _snapshots.OnStored(stored);
                break;
            case SnapshotPrepared prepared:
                OnSnapshotPrepared(prepared);
                break;
            default:
                throw new InvariantViolationException("ClosedInputs", $"no handler for {input.GetType().Name}");
        }
    }

    private void Start()
    {
        Invariant.Require(_role is null && _runRecord == default, "StepOrder", "a replica is started once");
        if (!_state.Configuration.FailureModel.Admits(_state.Run))
        {
            Retire($"{_state.Configuration.FailureModel}: it ran before ({_previousRun}) and may come back only as a new member");
            return;
        }

        foreach (HistoryEvent correction in _corrections)
        {
            _state.Record(correction);
        }

        if (_state.Damage is { PromiseLost: true } damage)
        {
            Retire($"{damage.Reason}; nobody knows what it promised, so it may come back only as a new member");
            return;
        }

        if (_state.IsRemoved)
        {
            Retire($"it was removed from the group in {_state.Configuration.Epoch}");
            return;
        }

        // Nobody knows which promises to leaders the former process made: it keeps quiet as long as the longest of them.
        _state.PromisedUntil = _previousRun == default ? _state.Now : _state.Now + _state.Options.LeaseDuration;
        _runRecord = _state.Record(_state.CurrentPromise());
    }

    /// <summary>The host lets the replica go: whoever waits for it is told, or he would wait until his patience ends. No input comes after this.</summary>
    public void Abandon(List<LineEffect> effects)
    {
        _state.Effects = effects;
        _role?.Leave();
        _role = null;
        _applier.Abandon();
    }

    private void Retire(string reason)
    {
        _retired = true;
        _role?.Leave();
        _role = null;
        _applier.RefuseReads();
        _state.Emit(new RoleChanged(LineRole.Retired, _state.Epoch, ReplicaId.None, reason));
    }

    private void OnMessage(LineMessage message)
    {
        if (_role is null || !_gateway.Admits(message))
        {
            return;
        }

        switch (message)
        {
            case PreVoteRequest request:
                _voter.OnPreVote(request, leads: _role is LeaderRole, sleeps: _role.IsAsleep);
                _role.OnDisturbed();
                return;
            case VoteRequest request:
                _voter.OnVote(request);
                return;
            case MembershipInquiry inquiry:
                OnInquiry(inquiry);
                return;
            case MembershipEnded ended:
                OnMembershipEnded(ended);
                return;
            case PreVoteAnswer { Granted: true }:
                // It names the epoch that it is about; the voter's own may be lower than the candidate's.
                _role.OnPeerMessage(message);
                return;
            default:
                break;
        }

        LeaderEpoch theirs = message.Envelope.Epoch;
        bool fromLeader = Gateway.IsOfLeader(message);
        if (theirs < _state.Epoch)
        {
            _gateway.Fence(message);
            return;
        }

        if (theirs > _state.Epoch)
        {
            ReplicaId leader = fromLeader ? message.Envelope.From : ReplicaId.None;
            Follow(theirs, leader, $"{message.Envelope.From} is in a later epoch");
        }
        else if (fromLeader && (_state.Leader != message.Envelope.From || _role is not FollowerRole))
        {
            Invariant.Require(_state.Leader.IsNone || _state.Leader == message.Envelope.From, "ElectionSafety", (message, _state),
                static x => $"{x.message.Envelope.From} and {x._state.Leader} both lead {x._state.Epoch}");
            Follow(theirs, message.Envelope.From, "the epoch's leader was heard");
        }

        if (fromLeader)
        {
            _role.OnLeaderMessage(message);
        }
        else
        {
            _role.OnPeerMessage(message);
        }
    }

    private void OnInquiry(MembershipInquiry inquiry)
    {
        if (_state.FarewellTo(inquiry.Envelope.From) is { } farewell)
        {
            _state.SendNow(farewell);
        }
        else
        {
            // Who asks hears no leader.
            _role?.OnDisturbed();
        }
    }

    private void OnMembershipEnded(MembershipEnded ended)
    {
        GroupConfiguration configuration = ended.Configuration;
        bool isNews = configuration.Group == _state.Configuration.Group
            && configuration.Incarnation == _state.Configuration.Incarnation
            && configuration.Epoch > _state.Configurations.InForceAt(_state.Boundaries.Committed).Epoch
            && configuration.HasRemoved(_state.Self);
        if (isNews && CommitCertificate.TryProve(ended.Commit, configuration) is not null)
        {
            Retire($"{ended.Envelope.From} proved that it was removed from the group by {configuration.Epoch}");
        }
    }

    private void OnDurable(RecordNumber through)
    {
        if (_state.Journal.MakeDurable(through) is { } end && end > _state.Boundaries.Durable)
        {
            _state.Boundaries.MakeDurable(end);
        }

        if (_role is null && !_retired && _state.Journal.Durable >= _runRecord && _runRecord != default)
        {
            Follow(_state.Epoch, ReplicaId.None, "the run is durable");
            if (_state.Options.QuiesceAfter is not null)
            {
                AnnounceItself();
            }
        }

        _role?.OnDurable();
        _retainer.OnDurable();
    }

    /// <summary>The group may be silent: whoever leads it must hear that this process waits for a leader.</summary>
    private void AnnounceItself()
    {
        foreach (Member member in _state.Configuration.Members)
        {
            if (member.Replica != _state.Self)
            {
                _state.SendNow(new MembershipInquiry(_state.EnvelopeTo(member.Replica)));
            }
        }
    }

    private void OnApplied(LogIndex through)
    {
        LogIndex from = _state.Boundaries.Applied;
        _applier.OnApplied(through);
        _retainer.OnApplied(from, through);
    }

    private void OnWrite(WriteRequested write)
    {
        if (_role is { } role)
        {
            role.OnWrite(write);
        }
        else
        {
            RefuseWithoutRole(write.Requests);
        }
    }

    /// <summary>Who was removed knows who led then, and whom its clients may ask.</summary>
    private void RefuseWithoutRole(IReadOnlyList<RequestToken> requests)
    {
        ReplicaId leader = _retired && _state.Leader != _state.Self ? _state.Leader : ReplicaId.None;
        _state.Emit(new RefuseRequests(requests, leader.IsNone ? Refusal.Unavailable : Refusal.NotLeader, leader));
    }

    private void OnRead(ReadRequested read)
    {
        if (_role is null)
        {
            RefuseWithoutRole(read.Requests);
        }
        else if (_state.Damage is not null)
        {
            _state.Emit(new RefuseRequests(read.Requests, Refusal.Unavailable, _state.Leader));
        }
        else if (read.Level == ReadLevel.Follower)
        {
            _state.Emit(new ServeReads(ReadLevel.Follower, read.Requests, _state.Boundaries.Applied, certificate: null));
        }
        else
        {
            _role.OnRead(read);
        }
    }

    private void OnSnapshotChunkRead(SnapshotChunkRead chunk)
    {
        if (chunk.Bytes.IsEmpty && chunk.OffsetBytes < chunk.Snapshot.Header.LengthBytes && chunk.Snapshot.IsSameAs(_state.Snapshot))
        {
            // The newest snapshot cannot be read: whoever is beyond the cliff would wait for the next one, perhaps for ever.
            _retainer.Recapture();
        }

        _role?.OnSnapshotChunkRead(chunk);
    }

    private void OnSnapshotPrepared(SnapshotPrepared prepared)
    {
        // Meanwhile the replica may have caught up by other means; going back is never right (Pitfall 21).
        LogPosition position = prepared.Snapshot.Position;
        if (_role is FollowerRole follower && position.Index > _state.Boundaries.Committed && !_applier.IsBusy)
        {
            _state.InstallSnapshot(prepared.Proof, prepared.Snapshot);
            _state.Emit(new AdoptSnapshot(prepared.Snapshot));
            _applier.OnInstalled();
            _retainer.OnInstalled(prepared.Snapshot);
            follower.OnSnapshotInstalled(position);
        }
        else
        {
            _snapshots.Abandon();
        }
    }

    /// <inheritdoc/>
    public void Follow(LeaderEpoch epoch, ReplicaId leader, string reason)
    {
        if (epoch > _state.Epoch)
        {
            _state.Promise(epoch, ReplicaId.None);
        }

        if (_state.Leader == _state.Self && leader.IsNone)
        {
            // A leader that stepped down in its own epoch: nobody leads it any more.
            _state.Leader = ReplicaId.None;
        }

        _state.Leader = leader.IsNone ? _state.Leader : leader;
        if (_receiver?.Epoch != _state.Epoch)
        {
            // Within an epoch what is known to match stays known, whatever the replica was in between.
            _receiver = new LogReceiver(_state, _state.Epoch);
        }

        Become(new FollowerRole(_state, this, _receiver, _snapshots, _repair), reason);
    }

    /// <inheritdoc/>
    public void StandForPreVote(string reason) => Become(new PreCandidateRole(_state, this), reason);

    /// <inheritdoc/>
    public void StandForElection(bool leadershipTransfer, string reason) => Become(new CandidateRole(_state, this, leadershipTransfer), reason);

    /// <inheritdoc/>
    void IRoleSwitch.Lead(AuthorityCertificate authority) => Become(new LeaderRole(_state, this, authority), $"elected: {authority}");

    private void Become(Role role, string reason)
    {
        _role?.Leave();
        _role = role;
        role.Enter();
        if (ReferenceEquals(_role, role))
        {
            _state.Emit(new RoleChanged(role.Kind, _state.Epoch, _state.Leader, reason));
        }
    }

    private LineReplica(LineReplica other)
    {
        _previousRun = other._previousRun;
        _corrections = other._corrections;
        _state = other._state.Fork();
        _applier = other._applier.Fork(_state);
        _voter = new Voter(_state, this);
        _gateway = other._gateway.Fork(_state);
        _retainer = other._retainer.Fork(_state, _applier);
        _snapshots = other._snapshots.Fork(_state);
        _repair = other._repair.Fork(_state);
        _receiver = other._receiver?.Fork(_state);
        _role = other._role?.Fork(new RoleParts(_state, this, _receiver, _snapshots, _repair));
        _runRecord = other._runRecord;
        _retired = other._retired;
    }

    /// <summary>An independent copy between two steps, so that a search can go both ways on from here.</summary>
    public LineReplica Fork() => new(this);

    /// <summary>
    /// Takes in everything that decides what this replica does from here on, given that no input comes before the digest's time. Replicas with
    /// equal fingerprints answer equal inputs with equal effects, up to the numbers of journal records, the random draws in deadlines and tokens,
    /// and which of several valid proofs an evidence names.
    /// </summary>
    public void DigestTo(StateDigest digest)
    {
        ArgumentNullException.ThrowIfNull(digest);
        _state.DigestTo(digest);
        _applier.DigestTo(digest);
        _gateway.DigestTo(digest);
        _retainer.DigestTo(digest);
        _snapshots.DigestTo(digest);
        _repair.DigestTo(digest);
        // The receiver of a former epoch is replaced before it is asked again.
        bool receives = _receiver?.Epoch == _state.Epoch;
        digest.Add(receives);
        if (receives)
        {
            _receiver!.DigestTo(digest);
        }

        digest.Add((ulong)RoleKind);
        _role?.DigestTo(digest);
        digest.Add(_state.Journal.Awaited(_runRecord));
    }
}
