using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// StateMachineSafety (Raft, Figure 3): replicas that applied the same trunk prefix have the same state, by the digest that each keeps of the
/// commands and results on its way. A witness has none.
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

        bool keeps = subject.Actor.KeepsState;
        MemberRole? role = subject.Actor.Configurations.InForceAt(subject.Actor.Boundaries.Applied).Find(subject.Id)?.Role;
        if (role is { } held && keeps == (held == MemberRole.Witness))
        {
            Report(Symptom.StatesDiverged, InvariantNames.StateMachineSafety, $"{subject.Id} is a {held} and keeps {(keeps ? "the group's state" : "no state")}");
        }

        if (!keeps)
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
