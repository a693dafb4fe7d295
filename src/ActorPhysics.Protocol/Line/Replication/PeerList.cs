using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Protocol.Line.Replication;

/// <summary>What a leader asks of all its peers together.</summary>
internal static class PeerList
{
    /// <summary>The connected peer with the longest log that may lead; null when there is none.</summary>
    public static PeerProgress? MostAdvanced(this List<PeerProgress> peers, GroupConfiguration configuration)
    {
        PeerProgress? best = null;
        foreach (PeerProgress peer in peers)
        {
            if (peer.Connected && configuration.MayLead(peer.Peer) && (best is null || peer.Match > best.Match))
            {
                best = peer;
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
