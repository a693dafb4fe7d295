using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Simulation.Monitors;

namespace ActorPhysics.Simulation.Processes;

/// <summary>One group of the simulated world: what all its replicas begin with, and who watches them.</summary>
/// <param name="Founding">The configuration that it was founded with.</param>
/// <param name="Settings">Of each replica, but for its name.</param>
internal sealed record SimulatedGroup(GroupConfiguration Founding, ReplicaSettings Settings, Observatory Observatory)
{
    /// <summary>Memory is all there is.</summary>
    public bool IsCrashStop => Founding.FailureModel is CrashStop;
}
