using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.State;
using ActorPhysics.Protocol.Reads;

namespace ActorPhysics.Protocol.Repair;

/// <summary>
/// The leader's side of a repair: it names its log end only after a quorum confirmed it since the request and after it has committed in its own
/// epoch, so that the end covers everything the damaged replica can ever have acknowledged to a commit.
/// </summary>
internal sealed class RepairDesk(ReplicaState state, LeaderReads reads)
{
    private readonly List<(ReplicaId Peer, RepairToken Token, ReadRound Round)> _waiting = [];

    public void Await(ReplicaId peer, RepairToken token)
    {
        _waiting.RemoveAll(waiting => waiting.Peer == peer);
        _waiting.Add((peer, token, reads.Sent.Next));
    }

    public bool IsAwaited => _waiting.Count > 0;

    public void Confirm()
    {
        if (_waiting.Count == 0 || state.LatestCommit?.Frontier.Epoch != state.Epoch)
        {
            return;
        }

        foreach ((ReplicaId peer, RepairToken token, ReadRound round) in _waiting)
        {
            if (reads.IsConfirmed(round) && reads.Sent >= round)
            {
                state.SendNow(new RepairAnswer(state.EnvelopeTo(peer), token, state.Log.Tail));
            }
        }

        _waiting.RemoveAll(waiting => reads.Sent >= waiting.Round && reads.IsConfirmed(waiting.Round));
    }

    public RepairDesk Fork(ReplicaState forked, LeaderReads forkedReads)
    {
        var fork = new RepairDesk(forked, forkedReads);
        fork._waiting.AddRange(_waiting);
        return fork;
    }

    public void DigestTo(StateDigest digest) =>
        digest.AddUnordered(_waiting, static (each, waiting) =>
        {
            each.Add(waiting.Peer);
            each.Add(waiting.Token.Value);
            each.Add(waiting.Round.Value);
        });
}
