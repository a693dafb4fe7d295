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
        // What only a replica with a full disk knows to be committed is on the trunk and not yet seen there.
        bool foreign = trimmed.Index <= Observatory.Trunk.End.Index && !Observatory.Trunk.IsTrunk(trimmed);
        if (newest < trimmed.Index || foreign)
        {
            Report(Symptom.TrimmedWithoutSnapshot, InvariantNames.TrimSafety,
                $"{subject.Id} trims through {trimmed}; its newest snapshot ends at {newest}, the trunk at {Observatory.Trunk.End}");
        }
    }
}
