using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Line.State;

namespace ActorPhysics.Protocol.Repair;

/// <summary>
/// Brings a replica with a damaged journal back (protocol-aware recovery, Alagappan et al., FAST '18). It may have acknowledged entries that it
/// no longer has, so it votes for nobody until it durably holds the log end that a leader reported after a quorum confirmed that leader,
/// both after the request. It outlives roles: the question is asked again until it is answered in the current epoch.
/// </summary>
internal sealed class RepairSeeker(ReplicaState state)
{
    private RepairToken _token;
    private LeaderEpoch _askedIn;
    private LogPosition? _target;

    /// <summary>Asks the current leader, unless its answer is there already.</summary>
    public void Seek()
    {
        bool answered = _target is not null && _askedIn == state.Epoch;
        if (state.Damage is null || state.Leader.IsNone || state.Leader == state.Self || answered)
        {
            return;
        }

        if (_token == default || _askedIn != state.Epoch)
        {
            _token = new RepairToken(state.Random.Next() | 1);
            _askedIn = state.Epoch;
            _target = null;
        }

        state.SendNow(new RepairRequest(state.EnvelopeTo(state.Leader), _token));
    }

    public void OnAnswer(RepairAnswer answer)
    {
        if (state.Damage is not null && answer.Token == _token && answer.Token != default && _askedIn == state.Epoch)
        {
            _target = answer.End;
        }
    }

    /// <param name="matched">How far the log is known to agree with the current leader's.</param>
    public void OnProgress(LogIndex matched)
    {
        if (_target is not { } target || state.Damage is not { PromiseLost: false } || _askedIn != state.Epoch)
        {
            return;
        }

        if (matched >= target.Index && state.Boundaries.Durable >= target.Index)
        {
            state.VoteFloor = state.Epoch;
            state.Damage = null;
            _target = null;
            state.Record(new RepairCompleted(target, state.Epoch));
        }
    }

    public RepairSeeker Fork(ReplicaState forked) => new(forked) { _token = _token, _askedIn = _askedIn, _target = _target };

    public void DigestTo(StateDigest digest)
    {
        digest.Add(_token.Value);
        digest.Add(_askedIn);
        digest.Add(_target);
    }
}
