using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Sessions;

namespace ActorPhysics.Actors.Replicas;

/// <summary>What a replica is, as configured.</summary>
/// <param name="KeptSnapshots">How many state snapshots stay on disk; at least 2, because the log is trimmed to the one before the newest.</param>
public sealed record ReplicaSettings(
    ReplicaId Self,
    StateMachineDefinition Machine,
    SessionLimits Sessions,
    LineOptions Options,
    IntakeBounds Intake,
    int KeptSnapshots);
