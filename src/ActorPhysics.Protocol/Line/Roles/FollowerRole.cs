using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Replication;
using ActorPhysics.Protocol.Line.State;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Protocol.Repair;
using ActorPhysics.Protocol.Retention;

namespace ActorPhysics.Protocol.Line.Roles;

/// <summary>Follows the leader of the current epoch, or waits for one.</summary>
internal sealed class FollowerRole(ReplicaState state, IRoleSwitch roles, LogReceiver receiver, SnapshotReceiver snapshots, RepairSeeker repair)
    : Role(state, roles)
{
    private readonly ForwardedReads _reads = new(state, roles);
    private MonotonicTime _electionDue;

    // The leader fell silent with this replica's consent: no timer is set.
    private bool _asleep;

    // The leader's node is gone, nobody asked for anything, and the election is due in this group's turn.
    private bool _waitsInTurn;

    public override LineRole Kind => LineRole.Follower;

    public override bool IsAsleep => _asleep;

    public override void Enter()
    {
        AwaitLeader(State.Now);
        repair.Seek();
    }

    public override void Leave() => _reads.RefuseAll(Refusal.Unavailable);

    public override void OnTimer(LineTimer timer)
    {
        if (timer != LineTimer.Election || _asleep)
        {
            return;
        }

        MonotonicTime giveUpBefore = State.Now - State.Options.ElectionTimeoutMaximum;
        _reads.OnTick(giveUpBefore);
        Roles.Applier.RefuseReadsOlderThan(giveUpBefore);
        repair.Seek();
        if (State.Now < _electionDue)
        {
            // The leader was heard since the timer was set; it is re-armed only here, not at each heartbeat.
            State.Emit(new SetTimer(LineTimer.Election, _electionDue));
        }
        else if (State.MayStand && State.Now >= State.PromisedUntil)
        {
            Roles.StandForPreVote($"{Describe(State.Leader)} was silent for an election timeout");
        }
        else if (State.MayStand)
        {
            AwaitLeader(State.PromisedUntil);
        }
        else
        {
            AskForMembership();
            AwaitLeader(State.Now);
        }
    }

    public override void OnLeaderMessage(LineMessage message)
    {
        _electionDue = State.Now + State.Random.Between(State.Options.ElectionTimeoutMinimum, State.Options.ElectionTimeoutMaximum);
        if (message is Quiesce quiesce)
        {
            OnQuiesce(quiesce);
            return;
        }

        if (_asleep || _waitsInTurn)
        {
            EndWait();
            State.Emit(new SetTimer(LineTimer.Election, _electionDue));
        }

        switch (message)
        {
            case AppendEntries append:
                receiver.OnAppend(append);
                break;
            case Heartbeat heartbeat:
                OnHeartbeat(heartbeat);
                break;
            case SnapshotChunk chunk:
                snapshots.OnChunk(chunk);
                break;
            case ReadIndexAnswer answer:
                _reads.OnAnswer(answer, receiver);
                break;
            case RepairAnswer answer:
                repair.OnAnswer(answer);
                break;
            case TransferNow when State.MayStand:
                Roles.StandForElection(leadershipTransfer: true, $"{message.Envelope.From} handed over");
                return;
            default:
                break;
        }

        repair.OnProgress(receiver.Matched);
    }

    public override void OnDurable() => repair.OnProgress(receiver.Matched);

    public override void OnDisturbed()
    {
        if (_asleep)
        {
            Rouse();
        }
    }

    public override void OnWrite(WriteRequested write)
    {
        Attend();
        base.OnWrite(write);
    }

    public override void OnTransfer(TransferRequested transfer)
    {
        Attend();
        base.OnTransfer(transfer);
    }

    public override void OnMembership(MembershipRequested change)
    {
        Attend();
        base.OnMembership(change);
    }

    public override void OnRead(ReadRequested read)
    {
        Attend();
        if (read.Level == ReadLevel.Strong && !State.Leader.IsNone)
        {
            _reads.Forward(read.Requests);
        }
        else
        {
            base.OnRead(read);
        }
    }

    public override void OnPeerConnected(ReplicaId peer)
    {
        if (peer != State.Leader)
        {
            return;
        }

        _reads.Resend();
        if (State.Options.QuiesceAfter is not null)
        {
            // The leader may have slept through it, while this replica was woken by the loss.
            State.SendNow(new WakeUp(State.EnvelopeTo(peer)));
        }
    }

    public override void OnPeerDisconnected(ReplicaId peer)
    {
        if (peer != State.Leader)
        {
            return;
        }

        // Nobody votes before the promises expire, so the pre-vote comes just after; a little chance keeps followers apart.
        StandSoon();
        if (_asleep && State.Options.WakeSpread > TimeSpan.Zero)
        {
            _waitsInTurn = true;
            _electionDue += State.Random.Between(TimeSpan.Zero, State.Options.WakeSpread);
        }

        _asleep = false;
        State.Emit(new SetTimer(LineTimer.Election, _electionDue));
    }

    private void StandSoon()
    {
        TimeSpan apart = State.Random.Between(TimeSpan.Zero, State.Options.ElectionTimeoutMinimum / 3);
        _electionDue = MonotonicTime.Max(State.Now, State.PromisedUntil) + apart;
    }

    /// <summary>
    /// Falls silent with the leader, if this replica has all that the leader has, knows that it is trunk, and waits for nothing. Its promise to the
    /// leader ends when it would have ended anyway.
    /// </summary>
    private void OnQuiesce(Quiesce quiesce)
    {
        bool hasEverything = quiesce.End == State.Log.Tail && receiver.Matched == quiesce.End.Index && State.IsLevel;
        bool waitsForNothing = State.Damage is null && !_reads.IsAwaited && !Roles.Applier.IsAwaited;
        if (hasEverything && waitsForNothing && !State.Lost.Contains(State.Leader))
        {
            EndWait();
            _asleep = true;
            State.SendNow(new QuiesceAccepted(State.EnvelopeTo(State.Leader), quiesce.Round));
        }
    }

    /// <summary>A client needs the leader: whether there is one must be known soon.</summary>
    private void Attend()
    {
        if (_asleep)
        {
            Rouse();
        }
        else if (_waitsInTurn)
        {
            EndWait();
            StandSoon();
            State.Emit(new SetTimer(LineTimer.Election, _electionDue));
        }
    }

    /// <summary>Waits for signs of life again, and asks for one: the leader may be silent because that was agreed, or because it is no more.</summary>
    private void Rouse()
    {
        EndWait();
        AwaitLeader(State.Now);
        State.SendNow(new WakeUp(State.EnvelopeTo(State.Leader)));
    }

    private void EndWait()
    {
        _asleep = false;
        _waitsInTurn = false;
    }

    /// <summary>The applied state became a snapshot's: the log matches the leader's through it.</summary>
    public void OnSnapshotInstalled(LogPosition position)
    {
        receiver.OnInstalled(position);
        snapshots.OnInstalled(position);
    }

    private void OnHeartbeat(Heartbeat heartbeat)
    {
        State.PromisedUntil = MonotonicTime.Max(State.PromisedUntil, State.Now + State.Options.LeaseDuration);
        receiver.Learn(heartbeat.Commit);
        State.SendNow(new HeartbeatAnswer(State.EnvelopeTo(heartbeat.Envelope.From), heartbeat.Round));
    }

    /// <summary>Nobody feeds a replica that was removed while it was away, and it may not stand: so it asks.</summary>
    private void AskForMembership()
    {
        foreach (Member member in State.Configuration.Members)
        {
            if (member.Replica != State.Self)
            {
                State.SendNow(new MembershipInquiry(State.EnvelopeTo(member.Replica)));
            }
        }
    }

    private void AwaitLeader(MonotonicTime from)
    {
        _electionDue = MonotonicTime.Max(from, State.Now) + State.Random.Between(State.Options.ElectionTimeoutMinimum, State.Options.ElectionTimeoutMaximum);
        State.Emit(new SetTimer(LineTimer.Election, _electionDue));
    }

    private static string Describe(ReplicaId leader) => leader.IsNone ? "every leader" : $"leader {leader}";

    public override Role Fork(in RoleParts parts)
    {
        var fork = new FollowerRole(parts.State, parts.Roles, parts.Receiver!, parts.Snapshots, parts.Repair)
        {
            _electionDue = _electionDue,
            _asleep = _asleep,
            _waitsInTurn = _waitsInTurn,
        };
        fork._reads.CopyFrom(_reads);
        return fork;
    }

    public override void DigestTo(StateDigest digest)
    {
        _reads.DigestTo(digest);
        digest.AddRemaining(_electionDue);
        digest.Add(_asleep);
        digest.Add(_waitsInTurn);
    }
}
