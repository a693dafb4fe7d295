using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Retention;

/// <summary>How a replica that needs the log from some index on can catch up (seed §4.4).</summary>
public abstract class CatchUpPlan
{
    private CatchUpPlan()
    {
    }

    /// <summary>The log still holds what it needs: entries after <paramref name="previous"/>.</summary>
    public sealed class Replay(LogPosition previous) : CatchUpPlan
    {
        public LogPosition Previous { get; } = previous;
    }

    /// <summary>It is beyond the cliff: a state snapshot first, then the log behind it.</summary>
    public sealed class Reseed(SnapshotDescription snapshot) : CatchUpPlan
    {
        public SnapshotDescription Snapshot { get; } = snapshot;
    }

    /// <param name="next">The first index that the replica lacks.</param>
    /// <returns>The plan, or null when the log is trimmed and no snapshot is at hand, which a trim certificate excludes.</returns>
    public static CatchUpPlan? For(LogIndex next, HistoryLog log, SnapshotDescription? snapshot)
    {
        if (next > log.Base.Index)
        {
            return new Replay(log.PositionAt(LogIndex.Min(next.Previous, log.End)));
        }

        return snapshot is null ? null : new Reseed(snapshot);
    }
}
