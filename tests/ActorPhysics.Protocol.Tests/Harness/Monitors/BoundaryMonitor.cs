using ActorPhysics.Core;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Tests.Harness.Monitors;

/// <summary>
/// BoundaryLattice (seed §2.5): the lattice holds after every step, the frontiers are those of the log that the journal describes, D claims
/// nothing that a power cut would lose, and each frontier only rises within a run, but for pruning.
/// </summary>
internal sealed class BoundaryMonitor(Cluster cluster) : Monitor(cluster)
{
    private BoundariesView _before;

    public override void BeforeStep(SimulatedReplica replica) => _before = replica.Line!.Boundaries;

    public override void AfterStep(SimulatedReplica replica, IReadOnlyList<LineEffect> effects)
    {
        BoundariesView now = replica.Line!.Boundaries;
        string who = $"{replica.Id}: {now} after {_before}";
        Require(now.LatticeViolation() is null, InvariantNames.BoundaryLattice, $"{who}: {now.LatticeViolation()}");
        Require(now.Committed >= _before.Committed, InvariantNames.TrunkMonotonicity, who);
        Require(now.Applied >= _before.Applied && now.StableRead >= _before.StableRead, InvariantNames.BoundaryLattice, who);
        Require(now.TrimmedThrough.Index >= _before.TrimmedThrough.Index && now.SnapshotThrough >= _before.SnapshotThrough, InvariantNames.BoundaryLattice, who);

        bool cut = effects.OfType<Persist>().Any(persist => persist.Records.Any(record => record is BranchPruned or SnapshotSaved { Placement: not SnapshotPlacement.Captured }));
        Require(cut || (now.Appended >= _before.Appended && now.Durable >= _before.Durable), InvariantNames.BoundaryLattice, who);

        Require(now.Appended == replica.Memory.End && now.TrimmedThrough == replica.Memory.Base, InvariantNames.BoundaryLattice,
            $"{who}, but its journal describes ({replica.Memory.Base}, {replica.Memory.Tail}]");
        Require(now.Durable <= replica.Memory.Base.Index || replica.Disk.Contains(replica.Memory.At(now.Durable)!.Value), InvariantNames.BoundaryLattice,
            $"{who}, but its disk holds ({replica.Disk.Base}, {replica.Disk.Tail}]");
        Require(replica.State.Through >= now.Applied, InvariantNames.BoundaryLattice, $"{who}, but its state ends at {replica.State.Through}");
    }
}
