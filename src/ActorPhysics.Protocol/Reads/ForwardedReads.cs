using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Replication;
using ActorPhysics.Protocol.Line.Roles;
using ActorPhysics.Protocol.Line.State;

namespace ActorPhysics.Protocol.Reads;

/// <summary>
/// Linearizable reads on a follower (Raft thesis §6.4): it asks the leader for a read certificate and answers when its own A has reached
/// the frontier. One request is under way at a time; reads that arrive meanwhile share the next one, never the one already sent.
/// </summary>
internal sealed class ForwardedReads(ReplicaState state, IRoleSwitch roles)
{
    private List<RequestToken> _asked = [];
    private List<RequestToken> _next = [];
    private ReadIndexToken _token;
    private MonotonicTime _askedAt;

    public bool IsAwaited => _asked.Count > 0 || _next.Count > 0;

    public void Forward(IReadOnlyList<RequestToken> requests)
    {
        _next.AddRange(requests);
        if (_asked.Count == 0)
        {
            Ask();
        }
    }

    public void Resend()
    {
        if (_asked.Count > 0 && !state.Leader.IsNone)
        {
            Send();
        }
    }

    public void OnAnswer(ReadIndexAnswer answer, LogReceiver receiver)
    {
        if (answer.Token != _token || _asked.Count == 0)
        {
            return;
        }

        List<RequestToken> ready = _asked;
        _asked = [];
        if (answer.Evidence is { } evidence
            && state.Configurations.Find(evidence.ConfigEpoch, receiver.Matched) is { } configuration
            && ReadCertificate.TryProve(evidence, configuration) is { } certificate)
        {
            receiver.Learn(evidence.Commit.Evidence);
            roles.Applier.AwaitRead(ReadLevel.Strong, ready, certificate.ReadIndex, certificate);
        }
        else
        {
            Refuse(ready, Refusal.Unavailable);
        }

        if (_next.Count > 0)
        {
            Ask();
        }
    }

    /// <summary>Ends reads that were asked for too long ago, and asks again for the others: the question or its answer may be lost.</summary>
    public void OnTick(MonotonicTime giveUpBefore)
    {
        if (_asked.Count > 0 && _askedAt < giveUpBefore)
        {
            RefuseAll(Refusal.Unavailable);
        }

        Resend();
    }

    public void RefuseAll(Refusal refusal)
    {
        Refuse(_asked, refusal);
        Refuse(_next, refusal);
        _asked = [];
        _next = [];
    }

    private void Ask()
    {
        (_asked, _next) = (_next, []);
        // Drawn, not counted: an answer to a former run or a former role of this replica must not match.
        _token = new ReadIndexToken(state.Random.Next() | 1);
        _askedAt = state.Now;
        Send();
    }

    private void Send() => state.SendNow(new ReadIndexRequest(state.EnvelopeTo(state.Leader), _token));

    private void Refuse(List<RequestToken> requests, Refusal refusal)
    {
        if (requests.Count > 0)
        {
            state.Emit(new RefuseRequests(requests, refusal, state.Leader));
        }
    }

    /// <summary>Makes this, new in a fork, what <paramref name="other"/> is.</summary>
    public void CopyFrom(ForwardedReads other)
    {
        _asked = [.. other._asked];
        _next = [.. other._next];
        _token = other._token;
        _askedAt = other._askedAt;
    }

    public void DigestTo(StateDigest digest)
    {
        digest.Add(_asked);
        digest.Add(_next);
        digest.Add(_token.Value);
        if (_asked.Count > 0)
        {
            digest.AddAge(_askedAt, state.Options.ElectionTimeoutMaximum);
        }
    }
}
