using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// StateMachineSafety (Raft, Figure 3): replicas that applied the same trunk prefix have the same state, by the digest that each keeps of the
/// commands and results on its way.
/// </summary>
internal sealed class StateMonitor(Observatory observatory) : Monitor(observatory)
{
    private readonly Dictionary<LogIndex, (StateDigest Digest, ReplicaId Replica)> _digests = [];

    public override void TurnEnded(Subject subject)
    {
        if (subject.Actor!.Boundaries.Applied == subject.Before.Applied || subject.Actor.IsStopped)
        {
            return;
        }

        (Coordinate applied, StateDigest digest) = subject.Actor.Progress;
        if (!_digests.TryAdd(applied.Index, (digest, subject.Id)) && _digests[applied.Index].Digest != digest)
        {
            Report(Symptom.StatesDiverged, InvariantNames.StateMachineSafety,
                $"{subject.Id} and {_digests[applied.Index].Replica} have applied through {applied.Index} and differ: {digest} and {_digests[applied.Index].Digest}");
        }
    }
}
