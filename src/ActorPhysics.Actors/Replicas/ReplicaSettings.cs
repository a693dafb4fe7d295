using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Sessions;

namespace ActorPhysics.Actors.Replicas;

/// <summary>What a replica is, as configured.</summary>
/// <param name="KeptSnapshots">How many state snapshots stay on disk; at least 2, because the log is trimmed to the one before the newest.</param>
/// <param name="Keys">The keys that the group was born with, as its charter says; null for a group outside of any space.</param>
public sealed record ReplicaSettings(
    ReplicaId Self,
    StateMachineDefinition Machine,
    SessionLimits Sessions,
    LineOptions Options,
    IntakeBounds Intake,
    int KeptSnapshots,
    KeysAtBirth? Keys = null);
