using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Messages;

namespace ActorPhysics.Protocol.Line.State;

/// <summary>
/// Lets in only what a living member of this very group sent to this very replica. A restarted member is known by its higher run, after
/// which its former process is not heard any more; in crash-stop a second run is not heard at all.
/// </summary>
internal sealed class Gateway(ReplicaState state)
{
    private readonly SortedDictionary<ReplicaId, ReplicaRun> _runs = [];

    public bool Admits(LineMessage message)
    {
        Envelope envelope = message.Envelope;
        if (envelope.Group != state.Configuration.Group
            || envelope.Incarnation != state.Configuration.Incarnation
            || envelope.To != state.Self
            || envelope.From == state.Self
            || !(state.Configurations.Knows(envelope.From) || IsForAnybody(message))
            || !state.Configuration.FailureModel.Admits(envelope.FromRun))
        {
            return false;
        }

        if (_runs.TryGetValue(envelope.From, out ReplicaRun known) && envelope.FromRun.CompareTo(known) < 0)
        {
            return false;
        }

        _runs[envelope.From] = envelope.FromRun;
        return true;
    }

    /// <summary>
    /// Who is behind does not know the newest members yet: it hears whoever leads or stands (Raft thesis §4.1), and who was a member once may
    /// ask what became of it. Anything else is for members only.
    /// </summary>
    private static bool IsForAnybody(LineMessage message) =>
        IsOfLeader(message) || message is PreVoteRequest or VoteRequest or MembershipInquiry or MembershipEnded;

    /// <summary>Whether only the leader of the message's epoch sends such a message.</summary>
    public static bool IsOfLeader(LineMessage message) =>
        message is AppendEntries or Heartbeat or SnapshotChunk or TransferNow or ReadIndexAnswer or RepairAnswer or Quiesce;

    /// <summary>Answers a message of a lower epoch, unless it is itself an answer.</summary>
    public void Fence(LineMessage message)
    {
        if (message is AppendEntries or Heartbeat or SnapshotChunk or Quiesce)
        {
            state.SendWhenDurable(new EpochFenced(state.EnvelopeTo(message.Envelope.From)));
        }
    }

    public Gateway Fork(ReplicaState forked)
    {
        var fork = new Gateway(forked);
        foreach ((ReplicaId replica, ReplicaRun run) in _runs)
        {
            fork._runs.Add(replica, run);
        }

        return fork;
    }

    public void DigestTo(StateDigest digest) =>
        digest.AddUnordered(_runs, static (each, known) =>
        {
            each.Add(known.Key);
            each.Add(known.Value);
        });
}
