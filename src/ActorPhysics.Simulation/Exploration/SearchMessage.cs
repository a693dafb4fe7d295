using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Messages;

namespace ActorPhysics.Simulation.Exploration;

/// <summary>One of the distinct messages of a search.</summary>
/// <param name="number">A handle; it depends on the order in which workers met the messages.</param>
/// <param name="identity">Orders messages, the same in every run.</param>
/// <param name="keys">The message's share in a state's key, by renaming.</param>
internal sealed class SearchMessage(int number, LineMessage message, Fingerprint identity, ulong[] keys)
{
    public int Number { get; } = number;

    public LineMessage Message { get; } = message;

    public Fingerprint Identity { get; } = identity;

    public ulong[] Keys { get; } = keys;

    public LeaderEpoch Epoch { get; } = message.Envelope.Epoch;

    /// <summary>The receiver's place among the replicas, from 0.</summary>
    public int Receiver { get; } = (int)message.Envelope.To.Value - 1;

    private readonly bool _isVoteAnswer = message is VoteAnswer;
    private readonly bool _isForLeader = message is EpochFenced or AppendAccepted or AppendConflict or HeartbeatAnswer;

    /// <summary>
    /// Whether it can be heard for good: see <see cref="IsHeardForGood"/>. An acknowledgement cannot, since it matters again when a conflict sends
    /// the leader back to probing.
    /// </summary>
    public bool CanBeHeard { get; } = message is VoteRequest or VoteAnswer or AppendEntries or AppendConflict;

    /// <summary>
    /// Whether a message of the receiver's own epoch, which just now told it nothing, never will: a vote that is durable stays given in its epoch,
    /// and stays counted; what an accepted append held stays in the log, which in its epoch only grows along the leader's, until a restart. What
    /// is refused can be accepted later, unless the vote went to somebody else: an append when its predecessor has come, a vote when a restart
    /// forgot the leader.
    /// </summary>
    /// <param name="answers">What the receiver answers.</param>
    /// <param name="nobodyRestarts">Neither dies a process any more, nor does a leader's timer fire.</param>
    public bool IsHeardForGood(LocalState receiver, SearchMessage[] answers, bool nobodyRestarts) => Message switch
    {
        VoteAnswer => true,
        VoteRequest => !receiver.Vote.IsNone
            && (receiver.Vote != Message.Envelope.From || Array.Exists(answers, static answer => answer.Message is VoteAnswer { Granted: true })),
        AppendConflict conflict => nobodyRestarts && receiver.Matches.Any(peer => peer.Peer == conflict.Envelope.From && conflict.Refused.Index <= peer.Match),
        AppendEntries => nobodyRestarts && Array.Exists(answers, static answer => answer.Message is AppendAccepted),
        _ => false,
    };

    public static Fingerprint FingerprintOf(LineMessage message, ReplicaRenaming renaming)
    {
        var digest = new StateDigest(renaming, default(MonotonicTime));
        digest.Add(message);
        return digest.Result;
    }

    public static SearchMessage Create(int number, LineMessage message, ImmutableArray<ReplicaRenaming> renamings) => new(
        number,
        message,
        FingerprintOf(message, ReplicaRenaming.Identity),
        [.. renamings.Select(renaming => FingerprintOf(message, renaming).High)]);

    /// <summary>Whether it is a vote for who leads already: the network loses those.</summary>
    public bool IsLateVote(LocalState receiver) => _isVoteAnswer && receiver.Role == LineRole.Leader && Epoch == receiver.Epoch;

    /// <summary>
    /// Whether it will never again change anything at its receiver: an answer of a former epoch, or to a role that the receiver gave up for good,
    /// is not even refused. A promise that is durable never falls, and nobody takes up the same office in the same epoch twice.
    /// </summary>
    /// <param name="refusals">Whether somebody hears when it is refused.</param>
    public bool IsDead(LocalState receiver, bool refusals)
    {
        if (Epoch > receiver.Promised)
        {
            return false;
        }

        if (Epoch < receiver.Promised)
        {
            return !refusals || _isVoteAnswer || _isForLeader;
        }

        return (_isVoteAnswer && receiver.Role != LineRole.Candidate) || (_isForLeader && receiver.Role != LineRole.Leader);
    }
}
