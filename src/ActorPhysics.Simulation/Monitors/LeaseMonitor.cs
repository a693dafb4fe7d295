using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// What a lease promises (Raft thesis §6.4.1; seed §4.2): while it holds, nobody else is elected. So when a read is answered under one, no later
/// epoch has a leader, whether or not that leader has written anything that the read should have seen.
/// </summary>
internal sealed class LeaseMonitor(Observatory observatory) : Monitor(observatory)
{
    private LeaderEpoch _latest;
    private ReplicaId _leader;

    public override void RoleChanged(Subject subject, RoleChanged change)
    {
        if (change.Role == LineRole.Leader && change.Epoch > _latest)
        {
            (_latest, _leader) = (change.Epoch, subject.Id);
        }
    }

    public override void Served(Subject subject, ConsistencyLevel level, Coordinate frontier)
    {
        if (level == ConsistencyLevel.LeaseRead && frontier.LeaderEpoch < _latest)
        {
            Report(Symptom.UnprovenRead, InvariantNames.ReadFreshness,
                $"{subject.Id} answers a read under its lease of {frontier.LeaderEpoch}; {_leader} leads {_latest} already");
        }
    }
}
