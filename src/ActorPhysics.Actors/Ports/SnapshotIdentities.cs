using System.Globalization;
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

/// <summary>
/// The SHA-256 (FIPS 180-4) of a snapshot's header and content: equal on every node that holds the same snapshot.
/// <c>default</c> is the checksum of nothing that exists.
/// </summary>
public readonly record struct SnapshotChecksum(UInt128 High, UInt128 Low)
{
    public override string ToString() =>
        High.ToString("x32", CultureInfo.InvariantCulture) + Low.ToString("x32", CultureInfo.InvariantCulture);
}
