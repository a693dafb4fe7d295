using ActorPhysics.Core;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.State;
using ActorPhysics.Protocol.Retention;

namespace ActorPhysics.Protocol.Line.Replication;

/// <summary>The leader's side of replication: what each peer gets next, within its window, by replay or by snapshot.</summary>
internal sealed class Replicator(ReplicaState state)
{
    public void Feed(PeerProgress peer)
    {
        if (!peer.Connected)
        {
            return;
        }

        while (peer.HasRoom(state.Options))
        {
            switch (CatchUpPlan.For(peer.Next, state.Log, state.Snapshot))
            {
                case CatchUpPlan.Reseed reseed:
                    peer.SendSnapshot(reseed.Snapshot, state.Now);
                    RequestChunk(peer, 0);
                    return;
                case CatchUpPlan.Replay when peer.Next > state.Log.End && peer.Mode == ReplicationMode.Replicate:
                    return;
                case CatchUpPlan.Replay replay:
                    SendAppend(peer, replay.Previous);
                    break;
                default:
                    return;
            }
        }
    }

    public void OnAccepted(PeerProgress peer, AppendAccepted accepted)
    {
        Invariant.Require(accepted.Matched <= state.Log.End, "LogMatching", (peer, accepted, state),
            static x => $"{x.peer.Peer} claims to match {x.accepted.Matched} of a log that ends at {x.state.Log.End}");
        if (peer.Mode != ReplicationMode.Snapshot)
        {
            peer.Accepted(accepted.Matched, state.Now);
        }
    }

    /// <summary>
    /// Backs off by whole epochs: the next probe starts at the greatest position of this log that the peer's hint does not rule out. It lies
    /// strictly below the refused one, so the search ends (Pitfall 16).
    /// </summary>
    public void OnConflict(PeerProgress peer, AppendConflict conflict)
    {
        bool stale = conflict.Refused.Index <= peer.Match
            || peer.Mode == ReplicationMode.Snapshot
            || (peer.Mode == ReplicationMode.Probe && conflict.Refused.Index != peer.Next.Previous)
            || conflict.Hint.Index > conflict.Refused.Index
            || conflict.Refused.Index > state.Log.End;
        if (stale)
        {
            return;
        }

        LogPosition agreed = state.Log.GreatestAtMost(conflict.Hint);
        bool beyondTheCliff = conflict.Hint.Index < state.Log.Base.Index || (conflict.Hint.Index == state.Log.Base.Index && conflict.Hint != state.Log.Base);
        peer.Probe(beyondTheCliff ? conflict.Hint.Index : agreed.Index.Next);
        Feed(peer);
    }

    public void OnSnapshotProgress(PeerProgress peer, SnapshotProgress progress)
    {
        if (peer.Snapshot?.Position == progress.Snapshot && progress.NextOffsetBytes <= peer.Snapshot.Header.LengthBytes)
        {
            peer.ChunkUnderWay = false;
            peer.SnapshotAskedAt = state.Now;
            peer.SnapshotMovedAt = state.Now;
            RequestChunk(peer, progress.NextOffsetBytes);
        }
    }

    public void OnChunkRead(PeerProgress peer, SnapshotChunkRead chunk)
    {
        if (peer.Mode != ReplicationMode.Snapshot || !chunk.Snapshot.IsSameAs(peer.Snapshot))
        {
            return;
        }

        if (chunk.Bytes.IsEmpty)
        {
            // The file is gone or damaged: begin again with whatever is newest now.
            peer.Probe(peer.Match.Next);
            return;
        }

        state.SendNow(new SnapshotChunk(state.EnvelopeTo(peer.Peer), chunk.Snapshot, chunk.OffsetBytes, chunk.Bytes));
    }

    public void OnSnapshotInstalled(PeerProgress peer, SnapshotInstalled installed)
    {
        if (peer.Mode == ReplicationMode.Snapshot && peer.Snapshot?.Position == installed.Snapshot)
        {
            peer.Probe(installed.Snapshot.Index.Next);
            Feed(peer);
        }
    }

    /// <summary>Sends again what seems lost: the network may drop, and a peer may have restarted.</summary>
    public void Retry(PeerProgress peer)
    {
        if (peer.Mode == ReplicationMode.Snapshot)
        {
            // The receiver's answer says where to go on; an offset it does not expect makes it say so.
            peer.ChunkUnderWay = false;
            peer.SnapshotAskedAt = state.Now;
            RequestChunk(peer, 0);
        }
        else
        {
            // Before the first match the search goes on where it was.
            peer.Probe(peer.Mode == ReplicationMode.Probe ? peer.Next : peer.Match.Next);
            Feed(peer);
        }
    }

    private void SendAppend(PeerProgress peer, LogPosition previous)
    {
        IReadOnlyList<LogEntry> entries = state.Log.Slice(peer.Next, state.Options.MaximumBatchEntries, state.Options.MaximumBatchBytes);
        int bytes = 0;
        foreach (LogEntry entry in entries)
        {
            bytes += entry.SizeBytes;
        }

        LogIndex last = previous.Index.Plus((ulong)entries.Count);
        state.SendNow(new AppendEntries(state.EnvelopeTo(peer.Peer), previous, entries, NewCommit(peer)));
        peer.Sent(last, bytes, state.Now);
    }

    /// <summary>The newest commit evidence, unless the peer was sent it already.</summary>
    public CommitEvidence? NewCommit(PeerProgress peer)
    {
        if (state.LatestCommit is not { } commit || commit.Frontier.Index <= peer.CommitSent)
        {
            return null;
        }

        peer.CommitSent = commit.Frontier.Index;
        return commit.Evidence;
    }

    /// <summary>The newest commit evidence for a heartbeat, repeated until an answered round carried it.</summary>
    public CommitEvidence? UnheardCommit(PeerProgress peer, ReadRound round)
    {
        if (state.LatestCommit is not { } commit || commit.Frontier.Index <= peer.CommitHeard)
        {
            return null;
        }

        if (peer.CommitInRound.Frontier < commit.Frontier.Index)
        {
            peer.CommitInRound = (round, commit.Frontier.Index);
        }

        return commit.Evidence;
    }

    private void RequestChunk(PeerProgress peer, ulong offset)
    {
        if (!peer.ChunkUnderWay)
        {
            peer.ChunkUnderWay = true;
            state.Emit(new ReadSnapshotChunk(peer.Peer, peer.Snapshot!, offset, state.Options.SnapshotChunkBytes));
        }
    }
}
