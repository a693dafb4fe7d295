using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Simulation.Monitors;

namespace ActorPhysics.Simulation.Runs;

/// <summary>Replicas that applied the same trunk are in the same state.</summary>
internal static class EqualStates
{
    /// <param name="replicas">Of one group, all up.</param>
    public static void Require(Observatory observatory, IEnumerable<Subject> replicas)
    {
        Subject? first = null;
        StateHash firstHash = default;
        foreach (Subject subject in replicas.Where(each => each.Actor!.KeepsState))
        {
            using ReplicatedStateCapture capture = subject.Actor!.CaptureState();
            StateHash hash = capture.ComputeHash();
            if (first is null)
            {
                (first, firstHash) = (subject, hash);
            }
            else if (capture.Applied == first.Actor!.Progress.Applied && hash != firstHash)
            {
                observatory.Report(Symptom.StatesDiverged, InvariantNames.StateMachineSafety,
                    $"{first.Id} and {subject.Id} have applied through {capture.Applied} and their states differ");
            }
        }
    }
}
