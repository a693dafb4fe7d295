using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// Whose word a read may rest on, whether or not a later leader has written anything yet that the read should have seen. While a lease holds, nobody
/// else is elected (Raft thesis §6.4.1; seed §4.2): no later epoch has a leader when a read is answered under one. A strong read is confirmed by a set
/// that meets every election quorum, after it arrived (§6.4): no later epoch had a leader when it was asked for.
/// </summary>
internal sealed class AuthorityMonitor(Observatory observatory) : Monitor(observatory)
{
    private ReplicaId _leader;

    /// <summary>The highest epoch that anybody led so far.</summary>
    public LeaderEpoch Latest { get; private set; }

    public override void RoleChanged(Subject subject, RoleChanged change)
    {
        if (change.Role == LineRole.Leader && change.Epoch > Latest)
        {
            (Latest, _leader) = (change.Epoch, subject.Id);
        }
    }

    public override void Served(Subject subject, ConsistencyLevel level, Coordinate frontier)
    {
        if (level == ConsistencyLevel.LeaseRead && frontier.LeaderEpoch < Latest)
        {
            Report(Symptom.UnprovenRead, InvariantNames.ReadFreshness,
                $"{subject.Id} answers a read under its lease of {frontier.LeaderEpoch}; {_leader} leads {Latest} already");
        }
    }

    public override void Answered(OperationRecord operation, ReadOnlyMemory<byte> proof)
    {
        if (operation.Level == ConsistencyLevel.StrongRead && operation.Frontier.LeaderEpoch < operation.LedBefore)
        {
            Report(Symptom.UnprovenRead, InvariantNames.ReadFreshness,
                $"{operation} is answered by the authority of {operation.Frontier.LeaderEpoch}; {operation.LedBefore} had a leader when it was asked for");
        }
    }
}
