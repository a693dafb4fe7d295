using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Replication;
using ActorPhysics.Protocol.Line.State;
using ActorPhysics.Protocol.Repair;
using ActorPhysics.Protocol.Retention;

namespace ActorPhysics.Protocol.Line.Roles;

/// <summary>
/// How a replica answers inputs while it is a follower, a candidate or the leader. Messages reach a role only after the gateway: they are of
/// this group, from a living member, and of the current epoch, unless the role is told otherwise.
/// </summary>
internal abstract class Role(ReplicaState state, IRoleSwitch roles)
{
    protected ReplicaState State { get; } = state;
    protected IRoleSwitch Roles { get; } = roles;

    public abstract LineRole Kind { get; }

    public abstract void Enter();

    /// <summary>Lets go of what the role owes: pending requests end, as far as their outcome is known.</summary>
    public virtual void Leave()
    {
    }

    public abstract void OnTimer(LineTimer timer);

    /// <summary>A message of the current epoch that only the leader of that epoch sends; the sender is already known as the leader.</summary>
    public virtual void OnLeaderMessage(LineMessage message)
    {
    }

    /// <summary>A request or an answer of a peer, in the current epoch.</summary>
    public virtual void OnPeerMessage(LineMessage message)
    {
    }

    /// <summary>Whether the replica takes part in its group's silence: it has no timer, and waits for an input.</summary>
    public virtual bool IsAsleep => false;

    /// <summary>Somebody in the group looks for a leader: whoever sleeps wakes.</summary>
    public virtual void OnDisturbed()
    {
    }

    public virtual void OnDurable()
    {
    }

    public virtual void OnWrite(WriteRequested write) =>
        State.Emit(new RefuseRequests(write.Requests, Refusal.NotLeader, State.Leader));

    public virtual void OnRead(ReadRequested read) => State.Emit(new RefuseRequests(read.Requests, Refusal.NotLeader, State.Leader));

    public virtual void OnTransfer(TransferRequested transfer) =>
        State.Emit(new RefuseRequests([transfer.Request], Refusal.NotLeader, State.Leader));

    public virtual void OnMembership(MembershipRequested change) =>
        State.Emit(new RefuseRequests([change.Request], Refusal.NotLeader, State.Leader));

    public virtual void OnPeerConnected(ReplicaId peer)
    {
    }

    public virtual void OnPeerDisconnected(ReplicaId peer)
    {
    }

    public virtual void OnSnapshotChunkRead(SnapshotChunkRead chunk)
    {
    }

    /// <summary>The lowest index that a running snapshot transfer still needs in the log; null without one.</summary>
    public virtual LogIndex? RetainsFrom => null;

    /// <summary>The same role in a fork of the replica.</summary>
    public abstract Role Fork(in RoleParts parts);

    public abstract void DigestTo(StateDigest digest);
}

/// <summary>The ways from one role to another; <see cref="LineReplica"/> is the switch.</summary>
internal interface IRoleSwitch
{
    /// <summary>Follow <paramref name="leader"/>, or nobody yet. A higher epoch than the current one is promised first.</summary>
    void Follow(LeaderEpoch epoch, ReplicaId leader, string reason);

    /// <summary>Ask whether an election could be won.</summary>
    void StandForPreVote(string reason);

    /// <summary>Open the next epoch and ask for votes.</summary>
    void StandForElection(bool leadershipTransfer, string reason);

    /// <summary>Lead the current epoch.</summary>
    void Lead(Core.Certificates.AuthorityCertificate authority);

    Applier Applier { get; }
}

/// <summary>The forked parts of a replica that its forked role refers to.</summary>
/// <param name="Receiver">Null before the replica first followed.</param>
internal readonly record struct RoleParts(ReplicaState State, IRoleSwitch Roles, LogReceiver? Receiver, SnapshotReceiver Snapshots, RepairSeeker Repair);
