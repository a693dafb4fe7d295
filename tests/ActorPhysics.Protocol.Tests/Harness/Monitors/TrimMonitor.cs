using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Effects;

namespace ActorPhysics.Protocol.Tests.Harness.Monitors;

/// <summary>
/// TrimSafety (seed §4.4): what left the log is trunk, and is contained in a durable snapshot of the same replica.
/// </summary>
internal sealed class TrimMonitor(Cluster cluster) : Monitor(cluster)
{
    private LogPosition _before;

    public override void BeforeStep(SimulatedReplica replica) => _before = replica.Line!.Boundaries.TrimmedThrough;

    public override void AfterStep(SimulatedReplica replica, IReadOnlyList<LineEffect> effects)
    {
        LogPosition trimmed = replica.Line!.Boundaries.TrimmedThrough;
        if (trimmed == _before)
        {
            return;
        }

        LogIndex newest = replica.Snapshots.Durable.LastOrDefault()?.Position.Index ?? LogIndex.Zero;
        Require(newest >= trimmed.Index, InvariantNames.TrimSafety, $"{replica.Id} trims through {trimmed}, its newest snapshot ends at {newest}");
        Require(Cluster.Monitors.Trunk.IsTrunk(trimmed), InvariantNames.TrimSafety, $"{replica.Id} trims through {trimmed}, which is no trunk");
    }
}
