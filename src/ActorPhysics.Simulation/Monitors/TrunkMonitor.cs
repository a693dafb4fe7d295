using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// TrunkMonotonicity (seed §2.3): whatever any replica ever took for committed is one sequence, and no replica takes any of it back.
/// </summary>
internal sealed class TrunkMonitor(Observatory observatory) : Monitor(observatory)
{
    private readonly List<LogEntry> _trunk = [];
    private readonly List<TimeSpan> _committedAt = [];

    /// <summary>The committed entries from index 1 on.</summary>
    public IReadOnlyList<LogEntry> Entries => _trunk;

    /// <summary>When each of the entries was known to be committed anywhere.</summary>
    public IReadOnlyList<TimeSpan> CommittedAt => _committedAt;

    /// <summary>The last position that is known to be committed anywhere.</summary>
    public LogPosition End => _trunk.Count == 0 ? default : _trunk[^1].Position;

    /// <summary>The trunk through its end was committed in this epoch or before: it is that of the replica that knew of it first.</summary>
    public LeaderEpoch CommittedIn { get; private set; }

    public bool IsTrunk(LogPosition position) =>
        position.Index <= End.Index && (position.Index == LogIndex.Zero || _trunk[(int)position.Index.Value - 1].Position == position);

    public override void Started(Subject subject)
    {
        Confirm(subject, subject.Actor!.Boundaries.Committed);
    }

    /// <summary>What a disk refused for a while comes all at once, the trimming of it too: it is compared before that.</summary>
    public override void Written(Subject subject, HistoryEvent record)
    {
        LogIndex through = record switch
        {
            TrunkExtended extended => extended.Through,
            SnapshotSaved { Placement: SnapshotPlacement.Captured, Snapshot.Position: var at } => at.Index,
            _ => LogIndex.Zero,
        };
        Confirm(subject, through);
    }

    public override void TurnEnded(Subject subject)
    {
        BoundariesView now = subject.Actor!.Boundaries;
        if (now.Committed < subject.Before.Committed)
        {
            Report(Symptom.TrunkRewritten, InvariantNames.TrunkMonotonicity, $"{subject.Id} takes C back from {subject.Before.Committed} to {now.Committed}");
        }
        else if (!subject.IsHidden)
        {
            Confirm(subject, now.Committed);
        }

        if (subject.LogChanged && !subject.IsHidden && subject.Memory.At(now.Committed) is { } there && !IsTrunk(there))
        {
            Report(Symptom.TrunkRewritten, InvariantNames.TrunkMonotonicity, $"{subject.Id} has {there} where the trunk is {PositionAt(there.Index)}");
        }
    }

    private void Confirm(Subject subject, LogIndex through)
    {
        for (LogIndex index = subject.ConfirmedThrough.Next; index <= through; index = index.Next)
        {
            subject.ConfirmedThrough = index;
            if (index <= subject.Memory.Base.Index)
            {
                if (index > End.Index)
                {
                    Report(Symptom.TrunkRewritten, InvariantNames.TrunkMonotonicity, $"{subject.Id} stands on {subject.Memory.Base}; the trunk ends at {End}");
                    return;
                }

                continue;
            }

            if (index > subject.Memory.End)
            {
                Report(Symptom.TrunkRewritten, InvariantNames.TrunkMonotonicity, $"{subject.Id} takes {index} for committed and does not have it");
                return;
            }

            LogEntry entry = subject.Memory.EntryAt(index);
            if (index == End.Index.Next)
            {
                _trunk.Add(entry);
                _committedAt.Add(Observatory.Now.SinceBeginning);
                CommittedIn = subject.Actor!.Epoch > CommittedIn ? subject.Actor.Epoch : CommittedIn;
                Observatory.Extended(entry);
            }
            else if (!IsTrunk(entry.Position))
            {
                Report(Symptom.TrunkRewritten, InvariantNames.TrunkMonotonicity,
                    $"{subject.Id} takes {entry.Position} for committed; the trunk there is {PositionAt(index)}");
                return;
            }
        }
    }

    private string PositionAt(LogIndex index) => index <= End.Index ? _trunk[(int)index.Value - 1].Position.ToString() : "unknown";
}
