using System.Collections.Immutable;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Replication;
using ActorPhysics.Protocol.Line.State;

namespace ActorPhysics.Protocol.Reads;

/// <summary>
/// The leader's proof that it still leads (Raft thesis §6.4): rounds of heartbeats, confirmed by a set that meets every election quorum. Reads
/// that arrive while a round is under way share the next one. The same confirmations carry the lease.
/// </summary>
internal sealed class LeaderReads(ReplicaState state, Applier applier, IReadOnlyList<PeerProgress> peers)
{
    // Rounds not yet confirmed, with the time they were sent: a lease runs from the sending, not from the answer.
    private readonly Queue<(ReadRound Round, MonotonicTime SentAt)> _open = new();
    private readonly List<Waiting> _waiting = [];
    private ReadRound _confirmed;
    private MonotonicTime _confirmedSentAt;
    private bool _leaseRevoked;

    // Either local requests or one follower's question.
    private readonly record struct Waiting(ReadRound Round, IReadOnlyList<RequestToken> Requests, ReplicaId Follower, ReadIndexToken Token);

    /// <summary>The newest round sent.</summary>
    public ReadRound Sent { get; private set; }

    /// <summary>Whether somebody waits for a round that was not sent yet.</summary>
    public bool WantsRound => _waiting.Count > 0 && _waiting[^1].Round > Sent && _open.Count == 0;

    public bool IsAwaited => _waiting.Count > 0;

    public void OnRoundSent(ReadRound round)
    {
        Sent = round;
        _open.Enqueue((round, state.Now));
        Confirm();
    }

    /// <summary>A read waits for a round sent after it arrived.</summary>
    public void Await(IReadOnlyList<RequestToken> requests) => _waiting.Add(new Waiting(Sent.Next, requests, ReplicaId.None, default));

    public void Await(ReplicaId follower, ReadIndexToken token) => _waiting.Add(new Waiting(Sent.Next, [], follower, token));

    /// <summary>
    /// Counts the confirmations. A new leader answers nothing before it has committed in its own epoch: until then it does not know where the
    /// trunk ends (M10).
    /// </summary>
    public void Confirm()
    {
        while (_open.TryPeek(out (ReadRound Round, MonotonicTime SentAt) oldest) && IsConfirmed(oldest.Round))
        {
            (_confirmed, _confirmedSentAt) = _open.Dequeue();
        }

        if (OwnCommit() is not { } commit)
        {
            return;
        }

        int served = 0;
        while (served < _waiting.Count && _waiting[served].Round <= _confirmed)
        {
            Serve(_waiting[served], commit);
            served++;
        }

        _waiting.RemoveRange(0, served);
    }

    /// <summary>Serves at once under the lease, or refuses.</summary>
    public void ServeByLease(IReadOnlyList<RequestToken> requests)
    {
        if (!state.Options.LeaseReads || _leaseRevoked || OwnCommit() is not { } commit || _confirmed == default)
        {
            state.Emit(new RefuseRequests(requests, Refusal.NoLease, state.Self));
            return;
        }

        var evidence = new LeaseEvidence(
            state.Configuration.Group, state.Configuration.Incarnation, state.Configuration.Epoch, state.Epoch, state.Self, _confirmed,
            Confirmations(_confirmed), commit, _confirmedSentAt, state.Options.LeaseDuration, state.Options.ClockDrift, state.Now);
        if (ReadCertificate.TryProve(evidence, state.Configuration) is { } certificate)
        {
            applier.AwaitRead(ReadLevel.Lease, requests, certificate.ReadIndex, certificate);
        }
        else
        {
            state.Emit(new RefuseRequests(requests, Refusal.NoLease, state.Self));
        }
    }

    /// <summary>
    /// Before leadership is handed over: the next leader need not wait for the promises to expire. It holds for the rest of the epoch, even when
    /// the hand-over fails, because the order to stand for election may still arrive.
    /// </summary>
    public void RevokeLease() => _leaseRevoked = true;

    /// <summary>
    /// Before the group falls silent: no lease runs on while nobody renews it. The next round, sent when the group wakes, begins another; until then
    /// nobody is answered under a lease.
    /// </summary>
    public void LetLeaseGo()
    {
        _open.Clear();
        _confirmed = default;
    }

    /// <summary>
    /// Ends the waiting reads. Followers that asked are not answered: the epoch in which they asked may be over, and to speak in another would
    /// claim to lead it. They give up by themselves when they hear of a new leader, or in time.
    /// </summary>
    public void RefuseAll(Refusal refusal)
    {
        foreach (Waiting waiting in _waiting)
        {
            if (waiting.Follower.IsNone)
            {
                state.Emit(new RefuseRequests(waiting.Requests, refusal, state.Leader));
            }
        }

        _waiting.Clear();
    }

    public bool IsConfirmed(ReadRound round)
    {
        MemberSet confirmed = state.IsVoter ? MemberSet.Of(state.Position) : MemberSet.Empty;
        foreach (PeerProgress peer in peers)
        {
            if (peer.Position >= 0 && peer.ConfirmedRound >= round)
            {
                confirmed = confirmed.With(peer.Position);
            }
        }

        return state.Configuration.Quorums.MeetsEveryElectionQuorum(confirmed);
    }

    private CommitCertificate? OwnCommit() =>
        state.LatestCommit is { } commit && commit.Frontier.Epoch == state.Epoch && commit.Frontier.Index <= state.Boundaries.Committed ? commit : null;

    private void Serve(Waiting waiting, CommitCertificate commit)
    {
        var evidence = new ReadIndexEvidence(
            state.Configuration.Group, state.Configuration.Incarnation, state.Configuration.Epoch, state.Epoch, state.Self, waiting.Round,
            Confirmations(waiting.Round), commit);
        if (!waiting.Follower.IsNone)
        {
            state.SendNow(new ReadIndexAnswer(state.EnvelopeTo(waiting.Follower), waiting.Token, evidence));
            return;
        }

        ReadCertificate certificate = ReadCertificate.TryProve(evidence, state.Configuration)
            ?? throw new Core.InvariantViolationException(Core.InvariantNames.ReadFreshness, $"round {waiting.Round} of {state.Epoch} was confirmed but proves no read");
        applier.AwaitRead(ReadLevel.Strong, waiting.Requests, certificate.ReadIndex, certificate);
    }

    private ImmutableArray<Confirmation> Confirmations(ReadRound round)
    {
        ImmutableArray<Confirmation>.Builder confirmations = ImmutableArray.CreateBuilder<Confirmation>(peers.Count + 1);
        confirmations.Add(new Confirmation(state.Self, state.Epoch, Sent));
        foreach (PeerProgress peer in peers)
        {
            if (peer.Position >= 0 && peer.ConfirmedRound >= round)
            {
                confirmations.Add(new Confirmation(peer.Peer, state.Epoch, peer.ConfirmedRound));
            }
        }

        return confirmations.ToImmutable();
    }

    public LeaderReads Fork(ReplicaState forked, Applier forkedApplier, IReadOnlyList<PeerProgress> forkedPeers)
    {
        var fork = new LeaderReads(forked, forkedApplier, forkedPeers)
        {
            _confirmed = _confirmed,
            _confirmedSentAt = _confirmedSentAt,
            _leaseRevoked = _leaseRevoked,
            Sent = Sent,
        };
        foreach ((ReadRound Round, MonotonicTime SentAt) open in _open)
        {
            fork._open.Enqueue(open);
        }

        fork._waiting.AddRange(_waiting);
        return fork;
    }

    public void DigestTo(StateDigest digest)
    {
        TimeSpan lease = state.Options.LeaseDuration;
        digest.Add(Sent.Value);
        digest.Add(_open.Count);
        foreach ((ReadRound round, MonotonicTime sentAt) in _open)
        {
            digest.Add(round.Value);
            digest.AddAge(sentAt, lease);
        }

        digest.Add(_waiting.Count);
        foreach (Waiting waiting in _waiting)
        {
            digest.Add(waiting.Round.Value);
            digest.Add(waiting.Requests);
            digest.Add(waiting.Follower);
            digest.Add(waiting.Token.Value);
        }

        digest.Add(_confirmed.Value);
        digest.AddAge(_confirmedSentAt, lease);
        digest.Add(_leaseRevoked);
    }
}
