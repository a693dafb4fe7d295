using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Log;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>LeaderCompleteness (Raft, Figure 3): what was committed in one epoch is in the log of every leader of a later one.</summary>
internal sealed class LeaderCompletenessMonitor(Observatory observatory) : Monitor(observatory)
{
    public override void RoleChanged(Subject subject, RoleChanged change)
    {
        if (change.Role == LineRole.Leader)
        {
            Require(subject, change.Epoch, Observatory.Trunk.End);
        }
    }

    public override void TrunkExtended(LogEntry entry)
    {
        foreach (Subject subject in Observatory.Subjects)
        {
            if (subject is { IsUp: true, Role: LineRole.Leader })
            {
                Require(subject, subject.Actor!.Epoch, entry.Position);
            }
        }
    }

    private void Require(Subject leader, LeaderEpoch epoch, LogPosition trunk)
    {
        if (epoch >= Observatory.Trunk.CommittedIn && !leader.IsHidden && !leader.Memory.Contains(trunk))
        {
            Report(Symptom.LeaderWithoutTrunk, InvariantNames.LeaderCompleteness, $"{leader.Id} leads {epoch} without {trunk}; its log ends at {leader.Memory.Tail}");
        }
    }
}
