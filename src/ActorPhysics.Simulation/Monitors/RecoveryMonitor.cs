using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// A replica that comes back from an undamaged disk has the log that the disk holds; one whose disk lost something knows that it did.
/// </summary>
internal sealed class RecoveryMonitor(Observatory observatory) : Monitor(observatory)
{
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

        bool same = subject.Memory.Base == subject.Durable.Base && subject.Memory.Tail == subject.Durable.Tail;
        if (!same && !knows && !subject.OwesRepair && subject.RecoveredFrom.Restored is null)
        {
            Report(Symptom.RecoveredWrong, InvariantNames.CommitQuorumDurability,
                $"{subject.Id} recovers ({subject.Memory.Base}, {subject.Memory.Tail}]; its disk holds ({subject.Durable.Base}, {subject.Durable.Tail}]");
        }
    }
}
