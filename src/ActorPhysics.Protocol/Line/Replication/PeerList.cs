using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Protocol.Line.Replication;

/// <summary>What a leader asks of all its peers together.</summary>
internal static class PeerList
{
    /// <summary>The connected peer with the longest log that may lead; none, if there is no such.</summary>
    public static ReplicaId MostAdvanced(this List<PeerProgress> peers, GroupConfiguration configuration)
    {
        ReplicaId best = ReplicaId.None;
        LogIndex match = LogIndex.Zero;
        foreach (PeerProgress peer in peers)
        {
            if (peer.Connected && configuration.MayLead(peer.Peer) && (best.IsNone || peer.Match > match))
            {
                best = peer.Peer;
                match = peer.Match;
            }
        }

        return best;
    }

    /// <summary>The lowest position of a snapshot that some peer is taking in, unless it has not moved for longer than <paramref name="patience"/>.</summary>
    public static LogIndex? LowestReseed(this List<PeerProgress> peers, MonotonicTime now, TimeSpan patience)
    {
        LogIndex? lowest = null;
        foreach (PeerProgress peer in peers)
        {
            bool moves = now.Since(peer.SnapshotMovedAt) < patience;
            if (peer.Snapshot is { } snapshot && moves && (lowest is null || snapshot.Position.Index < lowest))
            {
                lowest = snapshot.Position.Index;
            }
        }

        return lowest;
    }
}
