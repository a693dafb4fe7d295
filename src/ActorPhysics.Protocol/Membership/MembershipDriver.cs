using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Replication;
using ActorPhysics.Protocol.Line.State;

namespace ActorPhysics.Protocol.Membership;

/// <summary>
/// The leader's side of membership changes (Raft §6; seed §5.1.2): which change may begin, and which step of the one under way is due. It keeps
/// nothing: what is left to do stands in the newest configuration of the log, so that the next leader goes on where this one stopped. One
/// configuration follows another only when the former is committed and the leader has committed in its own epoch, so two changes never overlap.
/// </summary>
internal sealed class MembershipDriver(ReplicaState state)
{
    /// <summary>The configuration that begins the change, or null after the request was refused.</summary>
    /// <param name="isHandingOver">Leadership is about to move: the next leader should decide.</param>
    public GroupConfiguration? Begin(MembershipRequested change, bool isHandingOver, IReadOnlyList<PeerProgress> peers)
    {
        GroupConfiguration current = state.Configuration;
        if (change.Expected != current.Epoch)
        {
            return Refuse(change, Refusal.ConfigurationConflict, $"the group's ConfigEpoch is {current.Epoch}, the change expects {change.Expected}");
        }

        if (isHandingOver || !MayGoOn)
        {
            return Refuse(change, Refusal.ConfigurationConflict, $"{current.Epoch} is not settled yet, or leadership is changing");
        }

        if (Reconfiguration.TryBegin(current, change.Target, out string? refusal) is not { } first)
        {
            return Refuse(change, Refusal.BadMembership, refusal);
        }

        return first.Stage != MembershipStage.Joint || HasLivingQuorum(first, peers)
            ? first
            : Refuse(change, Refusal.Unavailable, "too few of the members that would remain are alive: the change could not be committed, nor taken back");
    }

    /// <summary>The configuration that is due next, or null.</summary>
    public GroupConfiguration? NextStep(IReadOnlyList<PeerProgress> peers)
    {
        if (state.Configuration.Stage == MembershipStage.Settled || !MayGoOn)
        {
            return null;
        }

        return state.Configuration.Stage == MembershipStage.Joint
            ? Reconfiguration.LeaveJoint(state.Configuration)
            : EnterJoint(peers);
    }

    /// <summary>The trunk says that this leader is no voter any more: it has led the change to its end and steps down.</summary>
    /// <param name="successor">The most advanced peer that may lead: it must know the final configuration, or it would not stand.</param>
    public bool IsDone(PeerProgress? successor) =>
        MayGoOn && state.Configuration.Stage == MembershipStage.Settled && !state.Configuration.MayLead(state.Self)
        && successor is not null && successor.Match >= state.Configurations.NewestFrom;

    // A leader that has not committed in its own epoch may be unaware of a later configuration (the single-server bug of 2015 has the same root).
    private bool MayGoOn => state.IsConfigurationCommitted && state.LatestCommit is { } commit && commit.Frontier.Epoch == state.Epoch;

    /// <summary>
    /// The halves are joined only when everybody who will vote has caught up and the new half has a living quorum: from then on the group cannot
    /// commit without it.
    /// </summary>
    private GroupConfiguration? EnterJoint(IReadOnlyList<PeerProgress> peers)
    {
        GroupConfiguration joint = Reconfiguration.EnterJoint(state.Configuration);
        foreach (PeerProgress peer in peers)
        {
            bool joins = joint.Quorums.PositionOf(peer.Peer) >= 0 && state.Configuration.Quorums.PositionOf(peer.Peer) < 0;
            if (joins && !(IsAlive(peer) && HasCaughtUp(peer)))
            {
                return null;
            }
        }

        return HasLivingQuorum(joint, peers) ? joint : null;
    }

    private bool HasLivingQuorum(GroupConfiguration configuration, IReadOnlyList<PeerProgress> peers)
    {
        MemberSet living = configuration.Quorums.SetOf(state.Self);
        foreach (PeerProgress peer in peers)
        {
            int position = configuration.Quorums.PositionOf(peer.Peer);
            living = position >= 0 && IsAlive(peer) ? living.With(position) : living;
        }

        return configuration.Quorums.IsCommitQuorum(living);
    }

    // To a new leader everybody seems to have been heard just now; who has said nothing yet in this epoch may be dead for long.
    private bool IsAlive(PeerProgress peer) =>
        peer.Connected && peer.Run != default && peer.IsLive(state.Now, state.Options.ElectionTimeoutMaximum);

    // One append closes the rest of the gap.
    private bool HasCaughtUp(PeerProgress peer) =>
        peer.Mode == ReplicationMode.Replicate && peer.Match.Plus((ulong)state.Options.MaximumBatchEntries) >= state.Log.End;

    private GroupConfiguration? Refuse(MembershipRequested change, Refusal refusal, string? detail)
    {
        state.Emit(new RefuseRequests([change.Request], refusal, state.Self, detail));
        return null;
    }
}
