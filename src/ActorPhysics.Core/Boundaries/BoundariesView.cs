using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.Boundaries;

/// <summary>
/// A replica's boundaries at one moment (seed §2.5), for status and for the monitors that watch the lattice from outside.
/// <c>default</c> is a replica at birth.
/// </summary>
/// <param name="Appended">E: the last index in the log, perhaps only in memory.</param>
/// <param name="Durable">D: the last index that survives a power cut, in the log or in the snapshot that replaced it.</param>
/// <param name="Applied">A: the last index whose effects are in the state.</param>
/// <param name="Committed">C: the last index that this replica knows to be on the trunk.</param>
/// <param name="TrimmedThrough">T: the last entry that is gone from the log.</param>
/// <param name="StableRead">S: the last index through which bounded-staleness reads may be answered.</param>
/// <param name="SnapshotThrough">The last index that the newest durable snapshot contains.</param>
public readonly record struct BoundariesView(
    LogIndex Appended,
    LogIndex Durable,
    LogIndex Applied,
    LogIndex Committed,
    LogPosition TrimmedThrough,
    LogIndex StableRead,
    LogIndex SnapshotThrough)
{
    /// <summary>
    /// What is wrong with the lattice, or null: <c>TrimmedThrough ≤ Applied ≤ Committed ≤ Appended</c>, <c>Durable ≤ Appended</c>,
    /// <c>StableRead ≤ Applied</c>, <c>SnapshotThrough ≤ Applied</c>, <c>TrimmedThrough ≤ max(Durable, SnapshotThrough)</c>.
    /// </summary>
    /// <remarks>
    /// Durable may be below Committed on one replica: others made the entry durable. That some commit quorum durably holds the trunk
    /// is a rule across replicas.
    /// </remarks>
    public string? LatticeViolation()
    {
        if (TrimmedThrough.Index > Applied)
        {
            return $"TrimmedThrough {TrimmedThrough.Index} > Applied {Applied}";
        }

        if (Applied > Committed)
        {
            return $"Applied {Applied} > Committed {Committed}";
        }

        if (Committed > Appended)
        {
            return $"Committed {Committed} > Appended {Appended}";
        }

        if (Durable > Appended)
        {
            return $"Durable {Durable} > Appended {Appended}";
        }

        if (StableRead > Applied)
        {
            return $"StableRead {StableRead} > Applied {Applied}";
        }

        if (SnapshotThrough > Applied)
        {
            return $"SnapshotThrough {SnapshotThrough} > Applied {Applied}";
        }

        return TrimmedThrough.Index > LogIndex.Max(Durable, SnapshotThrough)
            ? $"TrimmedThrough {TrimmedThrough.Index} > max(Durable {Durable}, SnapshotThrough {SnapshotThrough})"
            : null;
    }

    public override string ToString() =>
        $"T {TrimmedThrough.Index} ≤ A {Applied} ≤ C {Committed} ≤ E {Appended}, D {Durable}, S {StableRead}, snapshot {SnapshotThrough}";
}
