using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// ElectionSafety (Raft, Figure 3) and what it rests on: one leader per epoch, elected by a quorum of true votes in its own newest configuration; one vote per voter and epoch,
/// given to no candidate whose log is behind the voter's, never spoken of before it is durable and never forgotten.
/// </summary>
internal sealed class ElectionMonitor(Observatory observatory) : Monitor(observatory)
{
    private readonly SortedDictionary<LeaderEpoch, ReplicaId> _leaders = [];
    private readonly SortedDictionary<LeaderEpoch, Election> _elections = [];
    private readonly SortedDictionary<ReplicaId, LeaderEpoch> _epochs = [];

    public override void Started(Subject subject)
    {
        // A damaged journal may have lost the promise; then the replica must say so and be silent, which it does.
        LeaderEpoch epoch = subject.Actor!.Epoch;
        if (subject.RecoveredFrom!.Damage is null && subject.DurablePromise is { } promise && epoch < promise.Epoch)
        {
            Report(Symptom.PromiseForgotten, InvariantNames.ElectionSafety, $"{subject.Id} recovers in {epoch}; it had durably promised {promise.Epoch}");
        }

        _epochs[subject.Id] = epoch;
    }

    public override void TurnEnded(Subject subject)
    {
        LeaderEpoch epoch = subject.Actor!.Epoch;
        if (epoch < _epochs[subject.Id])
        {
            Report(Symptom.PromiseForgotten, InvariantNames.ElectionSafety, $"{subject.Id} falls back from {_epochs[subject.Id]} to {epoch}");
        }

        _epochs[subject.Id] = epoch;
        if (subject.Role == LineRole.Leader && _leaders.GetValueOrDefault(epoch) != subject.Id)
        {
            Report(Symptom.UnprovenAuthority, InvariantNames.ElectionSafety, $"{subject.Id} goes on as the leader in {epoch}, in which it was not elected");
        }
    }

    public override void Written(Subject subject, HistoryEvent record)
    {
        if (record is not EpochPromised { VotedFor.IsNone: false } promise || promise.VotedFor == subject.Id
            || (subject.PromiseBefore is { } before && before.Epoch == promise.Epoch && before.VotedFor == promise.VotedFor))
        {
            return;
        }

        if (ElectionOf(promise.Epoch).Tails.TryGetValue(promise.VotedFor, out LogPosition tail) && IsBehind(tail, subject.Memory.Tail))
        {
            Report(Symptom.VoteForStaleLog, InvariantNames.ElectionSafety,
                $"{subject.Id} with a log through {subject.Memory.Tail} votes for {promise.VotedFor} in {promise.Epoch}, whose log ends at {tail}");
        }
    }

    public override void Sent(Subject subject, LineMessage message)
    {
        LeaderEpoch epoch = message.Envelope.Epoch;
        switch (message)
        {
            case VoteAnswer { Granted: true }:
                Cast(subject, epoch, message.Envelope.To);
                break;
            case VoteAnswer { Granted: false }:
                ElectionOf(epoch).Refusals.Add((subject.Id, message.Envelope.To));
                break;
            case VoteRequest request:
                ElectionOf(epoch).Tails[subject.Id] = request.Tail;
                Cast(subject, epoch, subject.Id);
                break;
            case AppendEntries or Heartbeat or SnapshotChunk or TransferNow when _leaders.TryGetValue(epoch, out ReplicaId leader) && leader != subject.Id:
                Report(Symptom.TwoLeadersInOneEpoch, InvariantNames.ElectionSafety, $"{subject.Id} speaks as the leader of {epoch}, which {leader} leads");
                break;
            default:
                break;
        }
    }

    public override void RoleChanged(Subject subject, RoleChanged change)
    {
        if (change.Role != LineRole.Leader)
        {
            return;
        }

        if (_leaders.TryGetValue(change.Epoch, out ReplicaId other) && other != subject.Id)
        {
            Report(Symptom.TwoLeadersInOneEpoch, InvariantNames.ElectionSafety, $"{other} and {subject.Id} both lead {change.Epoch}");
        }

        _leaders[change.Epoch] = subject.Id;
        RequireQuorum(subject, change.Epoch);
    }

    /// <summary>The election of an epoch: who asked with which log, and who voted for whom.</summary>
    private Election ElectionOf(LeaderEpoch epoch)
    {
        if (!_elections.TryGetValue(epoch, out Election? election))
        {
            _elections.Add(epoch, election = new Election());
        }

        return election;
    }

    private void Cast(Subject voter, LeaderEpoch epoch, ReplicaId candidate)
    {
        if (voter.OwesRepair)
        {
            Report(Symptom.DamagedReplicaVoted, InvariantNames.CommitQuorumDurability, $"{voter.Id} votes for {candidate} in {epoch}, and its disk has lost what it vouched for");
        }

        Election election = ElectionOf(epoch);
        if (!election.Votes.TryAdd(voter.Id, candidate) && election.Votes[voter.Id] != candidate)
        {
            Report(Symptom.TwoVotesInOneEpoch, InvariantNames.ElectionSafety,
                $"{voter.Id} votes for {candidate} in {epoch}; it has voted for {election.Votes[voter.Id]}");
        }

        bool durable = voter.DurablePromise is { } promise && (promise.Epoch > epoch || (promise.Epoch == epoch && promise.VotedFor == candidate));
        if (!durable)
        {
            Report(Symptom.PromiseNotDurable, InvariantNames.ElectionSafety, $"{voter.Id} speaks of its vote for {candidate} in {epoch}, which is not durable");
        }
    }

    private void RequireQuorum(Subject leader, LeaderEpoch epoch)
    {
        BookedConfiguration own = Observatory.Book.InForceBefore(leader.Memory, epoch);
        QuorumSystem quorums = own.Quorums;
        MemberSet votes = MemberSet.Empty;
        bool ownDurable = leader.DurablePromise is { } promise && promise.Epoch == epoch && promise.VotedFor == leader.Id;
        foreach ((ReplicaId voter, ReplicaId candidate) in ElectionOf(epoch).Votes)
        {
            if (candidate == leader.Id && quorums.PositionOf(voter) is >= 0 and int position)
            {
                votes = votes.With(position);
            }
        }

        votes = ownDurable && quorums.PositionOf(leader.Id) is >= 0 and int itself ? votes.With(itself) : votes;
        if (!own.Arithmetic.IsElectionQuorum(votes) || !Observatory.Book.MayStand(leader, own))
        {
            // Where a refusal completes the quorum it was counted, and not one half for the whole.
            bool refusalsCount = leader.Heard is not VoteAnswer { Granted: true }
                && own.Arithmetic.IsElectionQuorum(votes.Union(quorums.SetOf([.. Refusing(leader.Id, epoch)])));
            bool half = !refusalsCount && own.Arithmetic.DecidesInOneHalf(votes, QuorumPhase.Election);
            Report(half ? Symptom.QuorumsApart : Symptom.UnprovenAuthority, InvariantNames.ElectionSafety,
                $"{leader.Id} leads {epoch} by the votes of {quorums.Describe(votes)}");
        }
    }

    private IEnumerable<ReplicaId> Refusing(ReplicaId candidate, LeaderEpoch epoch) =>
        ElectionOf(epoch).Refusals.Where(refusal => refusal.Candidate == candidate).Select(refusal => refusal.Voter);

    private static bool IsBehind(LogPosition candidate, LogPosition voter) =>
        candidate.Epoch < voter.Epoch || (candidate.Epoch == voter.Epoch && candidate.Index < voter.Index);

    private sealed class Election
    {
        public SortedDictionary<ReplicaId, LogPosition> Tails { get; } = [];
        public SortedDictionary<ReplicaId, ReplicaId> Votes { get; } = [];

        /// <summary>By whom and to whom.</summary>
        public SortedSet<(ReplicaId Voter, ReplicaId Candidate)> Refusals { get; } = [];
    }
}
