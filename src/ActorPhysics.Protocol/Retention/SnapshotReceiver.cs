using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Line.State;

namespace ActorPhysics.Protocol.Retention;

/// <summary>
/// Receives a state snapshot in chunks, written aside as they come; a lost or repeated chunk is answered with where to go on. Nothing of
/// the replica changes before the whole is verified and durable.
/// </summary>
internal sealed class SnapshotReceiver(ReplicaState state)
{
    private SnapshotDescription? _receiving;
    private ulong _nextOffset;
    private bool _storing;
    private ReplicaId _sender;

    public void OnChunk(SnapshotChunk chunk)
    {
        _sender = chunk.Envelope.From;
        LogPosition position = chunk.Snapshot.Position;
        if (position.Index <= state.Boundaries.Committed)
        {
            // The trunk here reaches it already; installing it would go back (Pitfall 21).
            state.SendWhenDurable(new SnapshotInstalled(state.EnvelopeTo(_sender), position));
            return;
        }

        if (!chunk.Snapshot.IsSameAs(_receiving))
        {
            if (chunk.OffsetBytes != 0)
            {
                state.SendNow(new SnapshotProgress(state.EnvelopeTo(_sender), position, 0));
                return;
            }

            _receiving = chunk.Snapshot;
            _nextOffset = 0;
            _storing = false;
        }

        if (_storing)
        {
            return;
        }

        if (chunk.OffsetBytes != _nextOffset || chunk.OffsetBytes + (ulong)chunk.Bytes.Length > chunk.Snapshot.Header.LengthBytes)
        {
            state.SendNow(new SnapshotProgress(state.EnvelopeTo(_sender), position, _nextOffset));
            return;
        }

        _storing = true;
        state.Emit(new StoreSnapshotChunk(chunk.Snapshot, chunk.OffsetBytes, chunk.Bytes));
    }

    public void OnStored(SnapshotChunkStored stored)
    {
        if (!stored.Snapshot.IsSameAs(_receiving))
        {
            return;
        }

        _storing = false;
        _nextOffset = stored.NextOffsetBytes;
        state.SendNow(new SnapshotProgress(state.EnvelopeTo(_sender), stored.Snapshot.Position, _nextOffset));
    }

    /// <summary>The prepared snapshot was not adopted; if the leader still thinks it is needed, it begins again.</summary>
    public void Abandon()
    {
        _receiving = null;
        _storing = false;
    }

    public void OnInstalled(LogPosition position)
    {
        _receiving = null;
        _storing = false;
        state.SendWhenDurable(new SnapshotInstalled(state.EnvelopeTo(_sender), position));
    }

    public SnapshotReceiver Fork(ReplicaState forked) =>
        new(forked) { _receiving = _receiving, _nextOffset = _nextOffset, _storing = _storing, _sender = _sender };

    public void DigestTo(StateDigest digest)
    {
        digest.Add(_receiving);
        digest.Add(_nextOffset);
        digest.Add(_storing);
        digest.Add(_sender);
    }
}
