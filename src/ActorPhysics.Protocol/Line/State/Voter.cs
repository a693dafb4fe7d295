using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Roles;

namespace ActorPhysics.Protocol.Line.State;

/// <summary>
/// Gives votes, whatever the role (Raft §5.2, §5.4.1; thesis §9.6). A vote needs: a vote to give in that epoch, a candidate whose log tail is at
/// least this one's by (epoch, index), and no lease promise to a living leader, unless that leader itself hands over.
/// </summary>
internal sealed class Voter(ReplicaState state, IRoleSwitch roles)
{
    /// <param name="leads">This replica leads: its own authority is the best reason to refuse.</param>
    /// <param name="sleeps">
    /// The group is silent, so this replica does not know whether its leader lives. Before it finds out, the leader keeps what it has.
    /// </param>
    public void OnPreVote(PreVoteRequest request, bool leads, bool sleeps)
    {
        if (state.FarewellTo(request.Envelope.From) is { } farewell)
        {
            state.SendNow(farewell);
            return;
        }

        bool granted = request.ProspectiveEpoch > state.Epoch
            && request.ProspectiveEpoch > state.VoteFloor
            && state.MayVote
            && !leads
            && !sleeps
            && state.Now >= state.PromisedUntil
            && !IsWitness(request.Envelope.From)
            && request.Tail >= state.Log.Tail;

        // A refusal tells the current epoch: a candidate of a lower one must catch up with it, or nobody could ever win.
        state.SendWhenDurable(new PreVoteAnswer(state.EnvelopeTo(request.Envelope.From), request.ProspectiveEpoch, granted));
    }

    public void OnVote(VoteRequest request)
    {
        ReplicaId candidate = request.Envelope.From;
        if (state.FarewellTo(candidate) is { } farewell)
        {
            state.SendNow(farewell);
            return;
        }

        LeaderEpoch epoch = request.Envelope.Epoch;
        bool bound = state.Now < state.PromisedUntil && !request.LeadershipTransfer;
        if (epoch < state.Epoch || bound)
        {
            // The epoch of a candidate that comes while a leader's lease runs is not adopted either: that alone would depose the leader.
            state.SendWhenDurable(new VoteAnswer(state.EnvelopeTo(candidate), granted: false));
            return;
        }

        if (epoch > state.Epoch)
        {
            roles.Follow(epoch, ReplicaId.None, $"{candidate} stands for election");
        }

        bool granted = state.MayVote
            && epoch > state.VoteFloor
            && (state.VotedFor.IsNone || state.VotedFor == candidate)
            && state.Leader.IsNone
            && !IsWitness(candidate)
            && request.Tail >= state.Log.Tail;
        if (granted && state.VotedFor.IsNone)
        {
            state.Promise(epoch, candidate);
        }

        state.SendWhenDurable(new VoteAnswer(state.EnvelopeTo(candidate), granted));
    }

    /// <summary>
    /// A candidate that is a learner here, or unknown, may be a voter by a configuration that this log lacks; the comparison of logs decides about
    /// it. A witness never becomes a voter.
    /// </summary>
    private bool IsWitness(ReplicaId candidate) => state.Configuration.Find(candidate) is { Role: MemberRole.Witness };
}
