using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Line.State;

namespace ActorPhysics.Protocol.Line.Roles;

/// <summary>Asks whether an election could be won, without opening an epoch (Raft thesis §9.6).</summary>
internal sealed class PreCandidateRole(ReplicaState state, IRoleSwitch roles) : Role(state, roles)
{
    private MemberSet _granted = MemberSet.Empty;
    private MemberSet _refused = MemberSet.Empty;
    private LeaderEpoch _prospective;

    public override LineRole Kind => LineRole.PreCandidate;

    public override void Enter()
    {
        _prospective = State.Epoch.Next;
        foreach (Member member in State.Configuration.Members)
        {
            if (member.Replica != State.Self)
            {
                // Those who vote by this log may all have left the group; who only learns by it may lead there now, and tell.
                State.SendNow(member.Votes
                    ? new PreVoteRequest(State.EnvelopeTo(member.Replica), _prospective, State.Log.Tail)
                    : new MembershipInquiry(State.EnvelopeTo(member.Replica)));
            }
        }

        State.Emit(new SetTimer(LineTimer.Election, State.Now + State.Random.Between(State.Options.ElectionTimeoutMinimum / 2, State.Options.ElectionTimeoutMaximum / 2)));
        Count(State.Position, granted: true);
    }

    public override void OnTimer(LineTimer timer)
    {
        if (timer == LineTimer.Election)
        {
            Roles.StandForPreVote("the pre-vote brought no quorum in time");
        }
    }

    public override void OnPeerMessage(LineMessage message)
    {
        if (message is PreVoteAnswer answer && answer.ProspectiveEpoch == _prospective)
        {
            Count(State.Configuration.Quorums.PositionOf(message.Envelope.From), answer.Granted);
        }
    }

    private void Count(int position, bool granted)
    {
        if (position < 0)
        {
            return;
        }

        if (granted)
        {
            _granted = _granted.With(position);
        }
        else
        {
            _refused = _refused.With(position);
        }

        // A lost pre-vote waits for the timer: promises expire and logs catch up.
        if (State.Configuration.Quorums.Tally(_granted, _refused) == VoteTally.Won)
        {
            Roles.StandForElection(leadershipTransfer: false, "the pre-vote was won");
        }
    }

    public override Role Fork(in RoleParts parts) =>
        new PreCandidateRole(parts.State, parts.Roles) { _granted = _granted, _refused = _refused, _prospective = _prospective };

    public override void DigestTo(StateDigest digest)
    {
        digest.Add(_granted, State.Configuration.Quorums);
        digest.Add(_refused, State.Configuration.Quorums);
        digest.Add(_prospective);
    }
}

/// <summary>Stands for election in an epoch it opened (Raft §5.2). Its own vote counts only when it is durable, like everybody's.</summary>
internal sealed class CandidateRole(ReplicaState state, IRoleSwitch roles, bool leadershipTransfer) : Role(state, roles)
{
    private readonly List<Vote> _votes = [];
    private MemberSet _granted = MemberSet.Empty;
    private MemberSet _refused = MemberSet.Empty;
    private RecordNumber _ownVote;
    private bool _ownVoteCounted;

    public override LineRole Kind => LineRole.Candidate;

    public override void Enter()
    {
        _ownVote = State.Promise(State.Epoch.Next, State.Self);
        foreach (Member member in State.Configuration.Members)
        {
            if (member.Votes && member.Replica != State.Self)
            {
                State.SendWhenDurable(new VoteRequest(State.EnvelopeTo(member.Replica), State.Log.Tail, leadershipTransfer));
            }
        }

        State.Emit(new SetTimer(LineTimer.Election, State.Now + State.Random.Between(State.Options.ElectionTimeoutMinimum, State.Options.ElectionTimeoutMaximum)));
    }

    public override void OnDurable()
    {
        if (!_ownVoteCounted && State.Journal.Durable >= _ownVote)
        {
            _ownVoteCounted = true;
            Count(State.Self, granted: true);
        }
    }

    public override void OnTimer(LineTimer timer)
    {
        if (timer == LineTimer.Election)
        {
            Roles.StandForPreVote("the election brought no quorum in time");
        }
    }

    public override void OnPeerMessage(LineMessage message)
    {
        if (message is VoteAnswer answer)
        {
            Count(message.Envelope.From, answer.Granted);
        }
    }

    private void Count(ReplicaId voter, bool granted)
    {
        int position = State.Configuration.Quorums.PositionOf(voter);
        if (position < 0 || _granted.Contains(position))
        {
            return;
        }

        if (granted)
        {
            _granted = _granted.With(position);
            _votes.Add(new Vote(voter, State.Epoch, State.Self));
        }
        else
        {
            _refused = _refused.With(position);
        }

        switch (State.Configuration.Quorums.Tally(_granted, _refused))
        {
            case VoteTally.Won:
                var evidence = new AuthorityEvidence(
                    State.Configuration.Group, State.Configuration.Incarnation, State.Configuration.Epoch, State.Epoch, State.Self, [.. _votes]);
                Roles.Lead(AuthorityCertificate.TryProve(evidence, State.Configuration)
                    ?? throw new Core.InvariantViolationException("CertificateValidity", $"a won tally of {State.Epoch} proves no authority"));
                break;
            case VoteTally.Lost:
                Roles.Follow(State.Epoch, ReplicaId.None, "the election was lost");
                break;
            case VoteTally.Pending:
            default:
                break;
        }
    }

    public override Role Fork(in RoleParts parts)
    {
        var fork = new CandidateRole(parts.State, parts.Roles, leadershipTransfer)
        {
            _granted = _granted,
            _refused = _refused,
            _ownVote = _ownVote,
            _ownVoteCounted = _ownVoteCounted,
        };
        fork._votes.AddRange(_votes);
        return fork;
    }

    /// <summary>The votes are those of the set, and the requests for them have been sent: what they said of a transfer is over.</summary>
    public override void DigestTo(StateDigest digest)
    {
        digest.Add(_granted, State.Configuration.Quorums);
        digest.Add(_refused, State.Configuration.Quorums);
        digest.Add(State.Journal.Awaited(_ownVote));
        digest.Add(_ownVoteCounted);
    }
}
