using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Line.State;

namespace ActorPhysics.Protocol.Repair;

/// <summary>
/// Brings a replica with a damaged journal back (protocol-aware recovery, Alagappan et al., FAST '18). It may have acknowledged entries that it
/// no longer has, so it votes for nobody until it durably holds the log end that a leader reported after a quorum confirmed that leader,
/// both after the request. Without its promise it never votes again: nobody can tell it whom it voted for.
/// </summary>
internal sealed class RepairSeeker(ReplicaState state)
{
    private RepairToken _token;
    private LogPosition? _target;
    private LeaderEpoch _targetEpoch;

    public void Seek()
    {
        if (state.Damage is null || _target is not null)
        {
            return;
        }

        _token = new RepairToken(state.Random.Next() | 1);
        foreach (Member member in state.Configuration.Members)
        {
            if (member.Replica != state.Self)
            {
                state.SendNow(new RepairRequest(state.EnvelopeTo(member.Replica), _token));
            }
        }
    }

    public void OnAnswer(RepairAnswer answer)
    {
        if (state.Damage is not null && answer.Token == _token && answer.Token != default)
        {
            _target = answer.End;
            _targetEpoch = answer.Envelope.Epoch;
        }
    }

    /// <param name="matched">How far the log is known to agree with the current leader's.</param>
    public void OnProgress(LogIndex matched)
    {
        if (_target is not { } target || state.Damage is not { PromiseLost: false } || _targetEpoch != state.Epoch)
        {
            return;
        }

        if (matched >= target.Index && state.Boundaries.Durable >= target.Index)
        {
            state.VoteFloor = _targetEpoch;
            state.Damage = null;
            _target = null;
            state.Record(new RepairCompleted(target, _targetEpoch));
        }
    }
}
