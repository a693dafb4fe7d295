using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// A replica that comes back from an undamaged disk has the log that the disk holds, with or without a snapshot; one whose disk lost something knows that it did. And nothing is written
/// that a recovery would read otherwise than it was meant.
/// </summary>
internal sealed class RecoveryMonitor(Observatory observatory) : Monitor(observatory)
{
    /// <summary>A snapshot that is not said to replace the log stands on it; else a restart would find a state and a log that have nothing to do with each other.</summary>
    public override void Written(Subject subject, HistoryEvent record)
    {
        if (record is SnapshotSaved { Placement: not SnapshotPlacement.ReplacesLog, Snapshot.Position: var at } && !subject.Memory.Contains(at))
        {
            Report(Symptom.RecordsApart, InvariantNames.CommitQuorumDurability,
                $"{subject.Id} records a snapshot at {at} as one of its log, which is ({subject.Memory.Base}, {subject.Memory.Tail}]");
        }
    }

    public override void Started(Subject subject)
    {
        bool knows = subject.RecoveredFrom!.Damage is not null;
        if (subject.OwesRepair && !knows)
        {
            Report(Symptom.RecoveredWrong, InvariantNames.CommitQuorumDurability, $"the disk of {subject.Id} lost records, and it recovers as if it had not");
        }

        if (knows && !subject.OwesRepair && !subject.Disk!.IsDamaged && !subject.Disk.Snapshots.HasDamage)
        {
            Report(Symptom.TrimmedWithoutSnapshot, InvariantNames.TrimSafety,
                $"the disk of {subject.Id} lost nothing, and it cannot recover from it: {subject.RecoveredFrom.Damage!.Reason}");
        }

        if (!knows && subject.RecoveredFrom.Restored is { } restored && restored.Position.Index < subject.Durable.Base.Index)
        {
            Report(Symptom.RecoveredWrong, InvariantNames.CommitQuorumDurability,
                $"{subject.Id} recovers from a snapshot at {restored.Position}; its log begins after {subject.Durable.Base}");
        }

        LogPosition? restoredAt = subject.RecoveredFrom.Restored is null ? null : subject.RecoveredFrom.Snapshot?.Position;
        (LogPosition lowest, LogPosition tail) = Expected(subject.Durable, restoredAt);
        if (!knows && !subject.OwesRepair && (subject.Memory.Base != lowest || subject.Memory.Tail != tail))
        {
            Report(Symptom.RecoveredWrong, InvariantNames.CommitQuorumDurability,
                $"{subject.Id} recovers ({subject.Memory.Base}, {subject.Memory.Tail}]{(restoredAt is { } at ? $" with a snapshot at {at}" : "")}; its disk holds ({subject.Durable.Base}, {subject.Durable.Tail}]");
        }
    }

    /// <summary>
    /// The log of the disk, whatever snapshot is restored, as long as it goes on from there. A snapshot that it does not reach, or that stands on another
    /// branch, was received and is trunk: then nothing of the log is of use, and it begins there anew.
    /// </summary>
    private static (LogPosition Base, LogPosition Tail) Expected(ShadowLog durable, LogPosition? restoredAt) =>
        restoredAt is not { } at || durable.At(at.Index) == at || at.Index < durable.Base.Index ? (durable.Base, durable.Tail) : (at, at);
}
