using System.Collections.Immutable;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Line.State;

namespace ActorPhysics.Protocol.Retention;

/// <summary>
/// Decides when the applied state is captured and how far the log is trimmed (seed §4.4). T follows one snapshot behind the newest: members
/// that are slower than that are reseeded, and never overtaken while they are (Pitfall 22).
/// </summary>
internal sealed class Retainer(ReplicaState state, Applier applier)
{
    private long _appliedBytes;
    private long _appliedEntries;
    private bool _capturing;
    private bool _unreadable;
    private LogPosition _previousSnapshot = state.Snapshot?.Position ?? default;

    // The checkpoint of the last trim: once it is durable, older records may go.
    private (RecordNumber Record, LogPosition Trimmed)? _checkpoint;

    public void OnApplied(LogIndex from, LogIndex through)
    {
        for (LogIndex index = from.Next; index <= through; index = index.Next)
        {
            _appliedBytes += state.Log[index].SizeBytes;
            _appliedEntries++;
        }

        bool due = _unreadable || _appliedBytes >= state.Options.SnapshotEveryBytes || _appliedEntries >= state.Options.SnapshotEveryEntries;
        if (due)
        {
            Capture();
        }
    }

    /// <summary>The newest snapshot turned out to be damaged or gone: another is made as soon as may be, of the same position if need be.</summary>
    public void Recapture()
    {
        _unreadable = true;
        Capture();
    }

    private void Capture()
    {
        if (_capturing || applier.IsBusy)
        {
            return;
        }

        _capturing = true;
        _unreadable = false;
        _appliedBytes = 0;
        _appliedEntries = 0;
        LogIndex applied = state.Boundaries.Applied;
        state.Emit(new CaptureSnapshot(state.Log.PositionAt(applied), state.Configurations.InForceAt(applied)));
    }

    /// <param name="heldBack">The lowest position that a snapshot transfer under way still needs to go on from.</param>
    public void OnCaptured(SnapshotCaptured captured, LogIndex? heldBack)
    {
        _capturing = false;
        if (captured.Snapshot.Position.Index <= (state.Snapshot?.Position.Index ?? LogIndex.Zero))
        {
            return;
        }

        state.SaveSnapshot(captured.Proof, captured.Snapshot);
        Trim(captured, heldBack);
        _previousSnapshot = captured.Snapshot.Position;
    }

    public void OnCaptureFailed() => _capturing = false;

    public void OnInstalled(SnapshotDescription snapshot)
    {
        _appliedBytes = 0;
        _appliedEntries = 0;
        _previousSnapshot = snapshot.Position;
    }

    public void OnDurable()
    {
        if (_checkpoint is { } checkpoint && state.Journal.Durable >= checkpoint.Record)
        {
            // T may have moved on by an install whose record is not durable yet: only what this very checkpoint covers may go.
            _checkpoint = null;
            RecordNumber deletable = state.Journal.DeletableThrough(checkpoint.Trimmed.Index, checkpoint.Record);
            if (deletable > default(RecordNumber))
            {
                state.Emit(new DiscardRecords(deletable));
            }

            state.Emit(new DiscardSnapshots(checkpoint.Trimmed));
        }
    }

    private void Trim(SnapshotCaptured captured, LogIndex? heldBack)
    {
        LogIndex target = _previousSnapshot.Index;
        target = heldBack is { } needed ? LogIndex.Min(target, needed) : target;
        if (target <= state.Boundaries.TrimmedThrough.Index || state.Damage is not null)
        {
            // A damaged replica deletes nothing: the record that keeps it from voting must outlive its repair.
            return;
        }

        LogPosition through = state.Log.PositionAt(target);
        var evidence = new TrimEvidence(
            state.Configuration.Group, state.Configuration.Incarnation, state.Configuration.Epoch, through, captured.Proof, Reaches(through));
        if (TrimCertificate.TryProve(evidence, state.Configuration) is { } certificate)
        {
            _checkpoint = (state.Trim(certificate, through), through);
        }
    }

    /// <summary>This replica holds the log; every other member can be brought up by the very snapshot of the evidence.</summary>
    private ImmutableArray<MemberReach> Reaches(LogPosition through)
    {
        ImmutableArray<MemberReach>.Builder reaches = ImmutableArray.CreateBuilder<MemberReach>(state.Configuration.Members.Length);
        foreach (Member member in state.Configuration.Members)
        {
            reaches.Add(member.Replica == state.Self
                ? new MemberReach(member.Replica, LogIndex.Max(state.Log.End, through.Index), CatchUpRoute.Replay)
                : new MemberReach(member.Replica, LogIndex.Zero, CatchUpRoute.Reseed));
        }

        return reaches.MoveToImmutable();
    }

    public Retainer Fork(ReplicaState forked, Applier forkedApplier) => new(forked, forkedApplier)
    {
        _appliedBytes = _appliedBytes,
        _appliedEntries = _appliedEntries,
        _capturing = _capturing,
        _unreadable = _unreadable,
        _previousSnapshot = _previousSnapshot,
        _checkpoint = _checkpoint,
    };

    public void DigestTo(StateDigest digest)
    {
        digest.Add(_appliedBytes);
        digest.Add(_appliedEntries);
        digest.Add(_capturing);
        digest.Add(_unreadable);
        digest.Add(_previousSnapshot);
        digest.Add(_checkpoint?.Trimmed);
        digest.Add(state.Journal.Awaited(_checkpoint?.Record ?? default));
    }
}
