using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Replication;
using ActorPhysics.Protocol.Line.State;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Protocol.Repair;

namespace ActorPhysics.Protocol.Line.Roles;

/// <summary>
/// The leader's side of a group's silence (DESIGN §5; docs/design/quiescence.md). It is offered when nothing is asked and nothing is owed to anybody
/// whom the leader can reach, in place of heartbeats; it begins when all of those have agreed, so nobody waits for a sign of life that will not come.
/// Nobody's promise ends early for it, and the lease is let go before the offer.
/// </summary>
internal sealed class LeaderSilence(ReplicaState state, Applier applier, IReadOnlyList<PeerProgress> peers, LeaderReads reads, RepairDesk repairs)
{
    // How many election timeouts a member whose connection is back may take to speak first.
    private const int ReturnPatience = 4;

    // An election is no work: a new leader's group may be silent as soon as all is settled, or a node that starts thousands would keep them all awake.
    private MonotonicTime _busyAt;
    private MonotonicTime _offeredAt;
    private ReadRound _round;
    private bool _isOffered;

    // Somebody is back, and should have spoken by then.
    private MonotonicTime? _wordDue;

    /// <summary>The group is silent: check-quorum is suspended, and no timer is set.</summary>
    public bool IsAsleep { get; private set; }

    /// <summary>Whether the leader could still commit something, as far as its connections tell.</summary>
    public bool ReachesQuorum
    {
        get
        {
            MemberSet reached = state.Configuration.Quorums.SetOf(state.Self);
            foreach (PeerProgress peer in peers)
            {
                reached = peer.Connected && peer.Position >= 0 ? reached.With(peer.Position) : reached;
            }

            return state.Configuration.Quorums.IsCommitQuorum(reached);
        }
    }

    private bool IsDue => state.Options.QuiesceAfter is { } patience
        && state.Now.Since(_busyAt) >= patience
        && state.IsLevel
        && state.LatestCommit?.Frontier == state.Log.Tail
        && state.Configuration.Stage == MembershipStage.Settled
        && state.Configuration.MayLead(state.Self)
        && !reads.IsAwaited && !repairs.IsAwaited && !applier.IsAwaited
        && HasEverybodyEverything
        && ReachesQuorum;

    /// <summary>Who cannot be reached is brought up when its connection is back, which wakes the group.</summary>
    private bool HasEverybodyEverything
    {
        get
        {
            foreach (PeerProgress peer in peers)
            {
                if (peer.Connected && !peer.HasEverything(state.Log.End))
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>Instead of a round of heartbeats, if the time has come. Whoever does not agree soon keeps the group awake.</summary>
    public bool TryOffer()
    {
        bool isRefused = _isOffered && state.Now.Since(_offeredAt) >= state.Options.ElectionTimeoutMinimum;
        if (isRefused || !IsDue)
        {
            _busyAt = isRefused ? state.Now : _busyAt;
            _isOffered = false;
            return false;
        }

        if (!_isOffered)
        {
            _isOffered = true;
            _offeredAt = state.Now;
            _round = reads.Sent;
            Rouse();
            reads.LetLeaseGo();
        }

        foreach (PeerProgress peer in peers)
        {
            if (peer.Connected && !peer.Sleeps)
            {
                state.SendNow(new Quiesce(state.EnvelopeTo(peer.Peer), state.Log.Tail, _round));
            }
        }

        BeginIfAllAgree();
        return true;
    }

    public void OnAccepted(PeerProgress peer, QuiesceAccepted accepted)
    {
        if (_isOffered && accepted.Round == _round)
        {
            peer.Sleeps = true;
            BeginIfAllAgree();
        }
    }

    /// <summary>
    /// Of a silent group each member that lost its leader, or restarted, speaks first: thousands of groups need not all wake for one connection. But
    /// its word may be lost, and a member whose disk lost how it joined does not know whom to ask: nobody is waited for without end.
    /// </summary>
    public void AwaitWord()
    {
        if (_wordDue is null)
        {
            _wordDue = state.Now + (state.Options.ElectionTimeoutMaximum * ReturnPatience) + state.Random.Between(TimeSpan.Zero, state.Options.WakeSpread);
            state.Emit(new SetTimer(LineTimer.Heartbeat, _wordDue.Value));
        }
    }

    /// <summary>Who is back has not spoken in time.</summary>
    public bool MissesWord => IsAsleep && state.Now >= _wordDue;

    /// <summary>Something is asked, or somebody needs the leader.</summary>
    /// <param name="isWork">The group then stays awake for a while; otherwise it may fall silent again as soon as all is settled.</param>
    /// <returns>Whether those who were offered silence must be told.</returns>
    public bool Stir(bool isWork)
    {
        _busyAt = isWork ? state.Now : _busyAt;
        if (!_isOffered)
        {
            return false;
        }

        if (IsAsleep)
        {
            foreach (PeerProgress peer in peers)
            {
                // It was told to say nothing.
                peer.LastHeard = peer.Connected ? state.Now : peer.LastHeard;
            }
        }

        IsAsleep = false;
        _isOffered = false;
        _wordDue = null;
        Rouse();
        return true;
    }

    private void Rouse()
    {
        foreach (PeerProgress peer in peers)
        {
            peer.Sleeps = false;
        }
    }

    private void BeginIfAllAgree()
    {
        foreach (PeerProgress peer in peers)
        {
            if (peer.Connected && !peer.Sleeps)
            {
                return;
            }
        }

        IsAsleep = IsDue;
    }

    public LeaderSilence Fork(ReplicaState forked, Applier forkedApplier, IReadOnlyList<PeerProgress> forkedPeers, LeaderReads forkedReads, RepairDesk forkedRepairs) =>
        new(forked, forkedApplier, forkedPeers, forkedReads, forkedRepairs)
        {
            _busyAt = _busyAt,
            _offeredAt = _offeredAt,
            _round = _round,
            _isOffered = _isOffered,
            _wordDue = _wordDue,
            IsAsleep = IsAsleep,
        };

    public void DigestTo(StateDigest digest)
    {
        digest.AddAge(_busyAt, state.Options.QuiesceAfter ?? TimeSpan.Zero);
        digest.Add(_isOffered);
        digest.Add(IsAsleep);
        if (_isOffered)
        {
            digest.AddAge(_offeredAt, state.Options.ElectionTimeoutMinimum);
            digest.Add(_round.Value);
            digest.Add(_wordDue is not null);
            digest.AddRemaining(_wordDue ?? state.Now);
        }
    }
}
