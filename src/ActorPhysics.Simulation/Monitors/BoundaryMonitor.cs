using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// BoundaryLattice (seed §2.5): the lattice holds after every step, the frontiers are those of the log that the journal describes, D claims nothing
/// that a power cut would lose, and each frontier only rises within a run, but for pruning.
/// </summary>
internal sealed class BoundaryMonitor(Observatory observatory) : Monitor(observatory)
{
    public override void TurnEnded(Subject subject)
    {
        BoundariesView now = subject.Actor!.Boundaries;
        BoundariesView before = subject.Before;
        if (subject.Actor.IsStopped)
        {
            return;
        }

        if (now.LatticeViolation() is { } violation)
        {
            Broken(subject, violation);
        }

        if (now.Applied < before.Applied || now.StableRead < before.StableRead || now.TrimmedThrough.Index < before.TrimmedThrough.Index)
        {
            Broken(subject, $"a frontier fell from {before} to {now}");
        }

        if (!subject.LogChanged && !subject.IsHidden && (now.Appended < before.Appended || now.Durable < before.Durable))
        {
            Broken(subject, $"the log shrank from {before} to {now} and nothing was pruned");
        }

        if ((now.Appended != subject.Memory.End && !subject.IsHidden) || (now.TrimmedThrough != subject.Memory.Base && !subject.IsHidden))
        {
            Broken(subject, $"it claims {now}; its journal describes ({subject.Memory.Base}, {subject.Memory.Tail}]");
        }

        if (now.Durable > LogIndex.Max(subject.Memory.Base.Index, subject.Disk!.Snapshots.Newest) && (now.Durable > subject.Durable.End || !subject.Durable.Contains(subject.Memory.EntryAt(now.Durable).Position)))
        {
            Report(Symptom.AcknowledgedBeforeDurable, InvariantNames.BoundaryLattice,
                $"{subject.Id} claims D = {now.Durable}; its disk holds ({subject.Durable.Base}, {subject.Durable.Tail}]");
        }
    }

    private void Broken(Subject subject, string detail) => Report(Symptom.LatticeBroken, InvariantNames.BoundaryLattice, $"{subject.Id}: {detail}");
}
