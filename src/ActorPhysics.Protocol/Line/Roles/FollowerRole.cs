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

    public override LineRole Kind => LineRole.Follower;

    public override void Enter()
    {
        AwaitLeader(State.Now);
        repair.Seek();
    }

    public override void Leave() => _reads.RefuseAll(Refusal.Unavailable);

    public override void OnTimer(LineTimer timer)
    {
        if (timer != LineTimer.Election)
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

    public override void OnRead(ReadRequested read)
    {
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
        if (peer == State.Leader)
        {
            _reads.Resend();
        }
    }

    public override void OnPeerDisconnected(ReplicaId peer)
    {
        if (peer != State.Leader)
        {
            return;
        }

        // Nobody votes before the promises expire, so the pre-vote comes just after; a little chance keeps followers apart.
        TimeSpan apart = State.Random.Between(TimeSpan.Zero, State.Options.ElectionTimeoutMinimum / 3);
        _electionDue = MonotonicTime.Max(State.Now, State.PromisedUntil) + apart;
        State.Emit(new SetTimer(LineTimer.Election, _electionDue));
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
        var fork = new FollowerRole(parts.State, parts.Roles, parts.Receiver!, parts.Snapshots, parts.Repair) { _electionDue = _electionDue };
        fork._reads.CopyFrom(_reads);
        return fork;
    }

    public override void DigestTo(StateDigest digest)
    {
        _reads.DigestTo(digest);
        digest.AddRemaining(_electionDue);
    }
}
