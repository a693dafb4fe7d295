using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Actors.Ports;

/// <summary>
/// Names a snapshot: whose it is and through which log position it holds the effects. Of one replica's snapshots the one with the
/// higher index is the newer. <c>default</c> names no snapshot.
/// </summary>
public readonly record struct SnapshotName(GroupId Group, ReplicaId Replica, LogPosition Position)
{
    public override string ToString() => $"{Group}/{Replica} at {Position}";
}
