using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>TrimSafety (seed §4.4): what left the log is trunk, and is contained in a durable snapshot of the same replica.</summary>
internal sealed class TrimMonitor(Observatory observatory) : Monitor(observatory)
{
    public override void TurnEnded(Subject subject)
    {
        LogPosition trimmed = subject.Actor!.Boundaries.TrimmedThrough;
        if (trimmed == subject.Before.TrimmedThrough)
        {
            return;
        }

        LogIndex newest = subject.Disk!.Snapshots.Newest;
        if (newest < trimmed.Index || !Observatory.Trunk.IsTrunk(trimmed))
        {
            Report(Symptom.TrimmedWithoutSnapshot, InvariantNames.TrimSafety,
                $"{subject.Id} trims through {trimmed}; its newest snapshot ends at {newest}, the trunk at {Observatory.Trunk.End}");
        }
    }
}
