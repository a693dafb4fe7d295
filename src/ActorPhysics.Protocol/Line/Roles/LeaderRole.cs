using ActorPhysics.Core;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Replication;
using ActorPhysics.Protocol.Line.State;
using ActorPhysics.Protocol.Membership;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Protocol.Repair;

namespace ActorPhysics.Protocol.Line.Roles;

/// <summary>
/// Leads one epoch. When may it commit? When the quorum system says that a commit quorum holds an index, durably where the failure model asks
/// for it, and the entry there was appended in this very epoch (seed §4.3): <see cref="AdvanceCommit"/>.
/// </summary>
internal sealed partial class LeaderRole : Role
{
    // How many election timeouts the log waits for a peer that is being reseeded and takes nothing.
    private const int SnapshotPatience = 16;

    // And how many a member that leaves may stay silent before it is given up.
    private const int LeavingPatience = 4;

    private readonly AuthorityCertificate _authority;
    private readonly List<PeerProgress> _peers;
    private readonly Replicator _replicator;
    private readonly LeaderReads _reads;
    private readonly RepairDesk _repairs;
    private readonly MembershipDriver _membership;
    private readonly LeaderSilence _silence;
    private LogIndex[] _held;
    private LeadershipTransfer? _transfer;
    private LogTime _latestTime;
    private readonly WetCommands _wet;

    public LeaderRole(ReplicaState state, IRoleSwitch roles, AuthorityCertificate authority)
        : base(state, roles)
    {
        _authority = authority;
        _replicator = new Replicator(state);
        _peers = [.. state.Configuration.Members
            .Where(member => member.Replica != state.Self)
            .Select(ProgressOf)];
        _reads = new LeaderReads(state, roles.Applier, _peers);
        _repairs = new RepairDesk(state, _reads);
        _membership = new MembershipDriver(state);
        _silence = new LeaderSilence(state, roles.Applier, _peers, _reads, _repairs);
        _wet = new WetCommands();
        _held = new LogIndex[state.Configuration.Quorums.Members.Length];
    }

    public override LineRole Kind => LineRole.Leader;

    public IReadOnlyList<PeerProgress> Peers => _peers;

    public override bool IsAsleep => _silence.IsAsleep;

    // A commit may end this leadership, in the middle of a step.
    private bool Leads => State.Leader == State.Self;

    public override LogIndex? RetainsFrom => _peers.LowestReseed(State.Now, State.Options.ElectionTimeoutMaximum * SnapshotPatience);

    public override void Enter()
    {
        State.Leader = State.Self;
        State.Append([new BarrierEntry(new LogPosition(State.Epoch, State.Log.End.Next), _authority.Evidence)]);
        SendRound();
        FeedAll();
        AdvanceCommit();
        State.Emit(new SetTimer(LineTimer.Heartbeat, State.NextHeartbeat));
    }

    public override void Leave()
    {
        _reads.RefuseAll(Refusal.Unavailable);
        Roles.Applier.AbandonWetWrites(State.Leader);
        if (_transfer is not { } transfer)
        {
            return;
        }

        if (transfer.Ordered && State.Epoch > _authority.LeaderEpoch)
        {
            State.Emit(new TransferCompleted(transfer.Request, State.Leader));
        }
        else
        {
            State.Emit(new RefuseRequests([transfer.Request], Refusal.TransferFailed, State.Leader));
        }
    }

    public override void OnTimer(LineTimer timer)
    {
        if (timer != LineTimer.Heartbeat)
        {
            return;
        }

        if (IsAsleep)
        {
            if (_silence.MissesWord)
            {
                Stir(isWork: false);
            }

            return;
        }

        if (!HasQuorum())
        {
            Roles.Follow(State.Epoch, ReplicaId.None, "no commit quorum was heard for an election timeout");
            return;
        }

        if (_transfer is { } transfer && State.Now >= transfer.Deadline)
        {
            _transfer = null;
            State.Emit(new RefuseRequests([transfer.Request], Refusal.TransferFailed, State.Self));
        }

        if (_transfer is not null || !_silence.TryOffer())
        {
            SendRound();
        }

        foreach (PeerProgress peer in _peers)
        {
            RetryIfStuck(peer);
        }

        _peers.RemoveAll(HasLeft);
        GoOnWithMembership();
        if (Leads && !IsAsleep)
        {
            State.Emit(new SetTimer(LineTimer.Heartbeat, State.NextHeartbeat));
        }
    }

    public override void OnPeerMessage(LineMessage message)
    {
        if (_peers.Find(candidate => candidate.Peer == message.Envelope.From) is not { } peer)
        {
            return;
        }

        peer.LastHeard = State.Now;
        NoteRun(peer, message.Envelope.FromRun);
        switch (message)
        {
            case AppendAccepted accepted:
                _replicator.OnAccepted(peer, accepted);
                AdvanceCommit();
                if (Leads)
                {
                    _replicator.Feed(peer);
                    OrderTransfer();
                }

                break;
            case AppendConflict conflict:
                _replicator.OnConflict(peer, conflict);
                break;
            case HeartbeatAnswer answer:
                OnConfirmation(peer, answer);
                break;
            case SnapshotProgress progress:
                _replicator.OnSnapshotProgress(peer, progress);
                break;
            case SnapshotInstalled installed:
                _replicator.OnSnapshotInstalled(peer, installed);
                break;
            case QuiesceAccepted accepted:
                _silence.OnAccepted(peer, accepted);
                break;
            case WakeUp:
                Stir(isWork: false);
                break;
            case ReadIndexRequest request:
                Stir();
                _reads.Await(peer.Peer, request.Token);
                SendRoundIfWanted();
                break;
            case RepairRequest request:
                Stir();
                peer.Zero(State.Log.End.Next);
                _repairs.Await(peer.Peer, request.Token);
                SendRoundIfWanted();
                _replicator.Feed(peer);
                break;
            default:
                break;
        }
    }

    public override void OnDurable() => AdvanceCommit();

    public override void OnDisturbed() => Stir(isWork: false);

    public override void OnWrite(WriteRequested write)
    {
        Stir();
        if (_transfer is { } transfer)
        {
            State.Emit(new RefuseRequests(write.Requests, Refusal.NotLeader, transfer.Ordered ? transfer.Target : State.Self));
            return;
        }

        if (_wet.Bytes > State.Options.MaximumUncommittedBytes)
        {
            State.Emit(new RefuseRequests(write.Requests, Refusal.Overloaded, State.Self));
            return;
        }

        _latestTime = LogTime.Max(_latestTime, write.Time);
        var entry = new CommandEntry(new LogPosition(State.Epoch, State.Log.End.Next), write.Commands, write.Requests.Count, _latestTime);
        State.Append([entry]);
        Roles.Applier.AwaitWrite(entry.Position.Index, write.Requests);
        _wet.Add(entry);
        FeedAll();
        AdvanceCommit();
    }

    public override void OnRead(ReadRequested read)
    {
        Stir();
        if (read.Level == ReadLevel.Lease)
        {
            _reads.ServeByLease(read.Requests);
            return;
        }

        _reads.Await(read.Requests);
        SendRoundIfWanted();
    }

    public override void OnTransfer(TransferRequested transfer)
    {
        if (transfer.Target == State.Self)
        {
            State.Emit(new TransferCompleted(transfer.Request, State.Self));
            return;
        }

        ReplicaId target = transfer.Target.IsNone ? _peers.MostAdvanced(State.Configuration)?.Peer ?? ReplicaId.None : transfer.Target;
        PeerProgress? peer = _peers.Find(candidate => candidate.Peer == target);
        if (_transfer is not null || peer is null || !State.Configuration.MayLead(target))
        {
            State.Emit(new RefuseRequests([transfer.Request], Refusal.TransferFailed, State.Self));
            return;
        }

        Stir();
        _reads.RevokeLease();
        _transfer = new LeadershipTransfer(transfer.Request, target, State.Now + State.Options.ElectionTimeoutMaximum);
        _replicator.Feed(peer);
        OrderTransfer();
    }

    public override void OnMembership(MembershipRequested change)
    {
        Stir();
        if (_membership.Begin(change, isHandingOver: _transfer is not null, _peers) is { } configuration)
        {
            Configure(configuration, [change.Request]);
        }
    }

    public override void OnPeerConnected(ReplicaId peer)
    {
        if (_peers.Find(candidate => candidate.Peer == peer) is { } progress)
        {
            progress.Connected = true;
            if (IsAsleep)
            {
                // What it missed while it was away is looked for when the group wakes.
                _silence.AwaitWord();
                progress.ForgetCommit();
                if (progress.Mode == ReplicationMode.Replicate)
                {
                    progress.Probe(progress.Match.Next);
                }
            }
            else
            {
                StartOver(progress);
                Stir(isWork: false);
            }
        }
    }

    public override void OnPeerDisconnected(ReplicaId peer)
    {
        if (_peers.Find(candidate => candidate.Peer == peer) is { } progress)
        {
            progress.Connected = false;
        }

        if (IsAsleep && !_silence.ReachesQuorum)
        {
            // Check-quorum takes its course again.
            Stir(isWork: false);
        }
    }

    public override void OnSnapshotChunkRead(SnapshotChunkRead chunk)
    {
        if (_peers.Find(candidate => candidate.Peer == chunk.Peer) is { } peer)
        {
            _replicator.OnChunkRead(peer, chunk);
        }
    }

    /// <summary>A peer may restart so quickly that no connection is seen to break; its new process is known by its run.</summary>
    private void NoteRun(PeerProgress peer, ReplicaRun run)
    {
        bool restarted = peer.Run != default && run != peer.Run;
        peer.Run = run;
        if (restarted)
        {
            StartOver(peer);
            Stir(isWork: false);
        }
    }

    /// <summary>What was in flight died with the old connection or process (Pitfall 18), and so did what that process knew of the trunk.</summary>
    private void StartOver(PeerProgress peer)
    {
        peer.ForgetCommit();
        _replicator.Retry(peer);
    }

    private void OnConfirmation(PeerProgress peer, HeartbeatAnswer answer)
    {
        if (answer.Round > peer.ConfirmedRound && answer.Round <= _reads.Sent)
        {
            peer.ConfirmedRound = answer.Round;
            if (answer.Round >= peer.CommitInRound.Round)
            {
                peer.CommitHeard = peer.CommitInRound.Frontier;
            }

            _reads.Confirm();
            _repairs.Confirm();
            SendRoundIfWanted();
        }
    }

    /// <summary>
    /// Moves C to the highest index that a commit quorum holds, if the entry there is of this epoch; what lies below is then trunk with it. An
    /// entry of an earlier epoch is never committed by counting: another leader could still replace it (Raft Figure 8).
    /// </summary>
    private void AdvanceCommit()
    {
        if (State.IsVoter)
        {
            _held[State.Position] = State.Configuration.FailureModel.Acknowledgement == AcknowledgementMeaning.Durable
                ? State.Boundaries.Durable
                : State.Boundaries.Appended;
        }

        foreach (PeerProgress peer in _peers)
        {
            if (peer.Position >= 0)
            {
                _held[peer.Position] = peer.Match;
            }
        }

        LogIndex frontier = State.Configuration.Quorums.CommitFrontier(_held);
        if (frontier <= State.Boundaries.Committed || State.Log.EpochAt(frontier) != State.Epoch)
        {
            return;
        }

        CommitEvidence evidence = CommitEvidence.Gather(State.Configuration, new LogPosition(State.Epoch, frontier), State.Self, _held);
        CommitCertificate certificate = CommitCertificate.TryProve(evidence, State.Configuration, out CertificateRefusal? refusal)
            ?? throw new InvariantViolationException("CertificateValidity", $"{frontier} is held by a commit quorum but proves no commit: {refusal}");
        State.Commit(certificate, LogMatch.OfLeader(_authority, State.Log.End));
        _wet.CommitThrough(frontier);
        _reads.Confirm();
        _repairs.Confirm();
        GoOnWithMembership();
    }

    private void FeedAll()
    {
        foreach (PeerProgress peer in _peers)
        {
            _replicator.Feed(peer);
        }
    }

    private void SendRound()
    {
        ReadRound round = _reads.Sent.Next;
        foreach (PeerProgress peer in _peers)
        {
            if (peer.Connected)
            {
                State.SendNow(new Heartbeat(State.EnvelopeTo(peer.Peer), round, _replicator.UnheardCommit(peer, round)));
            }
        }

        _reads.OnRoundSent(round);
        _repairs.Confirm();
    }

    private void SendRoundIfWanted()
    {
        if (_reads.WantsRound)
        {
            SendRound();
        }
    }

    /// <summary>Check-quorum: authority that cannot be exercised is given up, so that clients do not wait for it.</summary>
    private bool HasQuorum()
    {
        MemberSet live = State.IsVoter ? MemberSet.Of(State.Position) : MemberSet.Empty;
        foreach (PeerProgress peer in _peers)
        {
            if (peer.Position >= 0 && peer.IsLive(State.Now, State.Options.ElectionTimeoutMaximum))
            {
                live = live.With(peer.Position);
            }
        }

        return State.Configuration.Quorums.IsCommitQuorum(live);
    }

    private void RetryIfStuck(PeerProgress peer)
    {
        TimeSpan patience = State.Options.ElectionTimeoutMinimum;
        bool appendLost = peer.InFlightSince is { } since && State.Now.Since(since) >= patience;
        bool chunkLost = peer.Mode == ReplicationMode.Snapshot && State.Now.Since(peer.SnapshotAskedAt) >= State.Options.ElectionTimeoutMaximum;
        bool idleProbe = peer.Mode == ReplicationMode.Probe && peer.InFlightBatches == 0;
        if (peer.Connected && (appendLost || chunkLost || idleProbe))
        {
            _replicator.Retry(peer);
        }
    }

    private void OrderTransfer()
    {
        if (_transfer is { Ordered: false } transfer && _peers.Find(peer => peer.Peer == transfer.Target)?.Match == State.Log.End)
        {
            transfer.Ordered = true;
            State.SendNow(new TransferNow(State.EnvelopeTo(transfer.Target)));
        }
    }

    private LeaderRole(LeaderRole other, in RoleParts parts)
        : base(parts.State, parts.Roles)
    {
        _authority = other._authority;
        _replicator = new Replicator(parts.State);
        _peers = other._peers.ConvertAll(static peer => peer.Fork());
        _reads = other._reads.Fork(parts.State, parts.Roles.Applier, _peers);
        _repairs = other._repairs.Fork(parts.State, _reads);
        _membership = new MembershipDriver(parts.State);
        _silence = other._silence.Fork(parts.State, parts.Roles.Applier, _peers, _reads, _repairs);
        _held = [.. other._held];
        _transfer = other._transfer?.Fork();
        _latestTime = other._latestTime;
        _wet = other._wet.Fork();
    }

    public override Role Fork(in RoleParts parts) => new LeaderRole(this, in parts);

    public override void DigestTo(StateDigest digest)
    {
        TimeSpan limit = State.Options.ElectionTimeoutMaximum;
        digest.Add(_authority.LeaderEpoch);
        if (digest.IsMoot(MootPoints.Office))
        {
            return;
        }

        digest.AddUnordered(_peers, (each, peer) => peer.DigestTo(each, limit * LeavingPatience, limit * SnapshotPatience));
        _reads.DigestTo(digest);
        _repairs.DigestTo(digest);
        _silence.DigestTo(digest);
        digest.Add(_transfer is not null);
        _transfer?.DigestTo(digest);
        digest.Add(_latestTime.UnixMilliseconds);
        _wet.DigestTo(digest);
    }
}
