using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Tests.Harness.Monitors;

/// <summary>
/// LogMatching (Raft, Figure 3): a position names one entry, and what stands just before it is the same in every log that holds it; by
/// induction two logs that share a position agree on everything below.
/// </summary>
internal sealed class LogMatchingMonitor(Cluster cluster) : Monitor(cluster)
{
    private readonly Dictionary<LogPosition, (LogEntry Entry, LogPosition Previous)> _known = [];
    private LogPosition _tail;

    public override void BeforeStep(SimulatedReplica replica) => _tail = replica.Memory.Tail;

    public override void AfterStep(SimulatedReplica replica, IReadOnlyList<LineEffect> effects)
    {
        foreach (Persist persist in effects.OfType<Persist>())
        {
            foreach (HistoryEvent record in persist.Records)
            {
                Follow(replica, record);
            }
        }

        Require(replica.Line!.Status.Tail == replica.Memory.Tail, InvariantNames.LogMatching,
            $"{replica.Id} says that its log ends at {replica.Line.Status.Tail}, its journal says {replica.Memory.Tail}");
    }

    private void Follow(SimulatedReplica replica, HistoryEvent record)
    {
        if (record is BranchPruned or SnapshotSaved { Placement: not SnapshotPlacement.Captured })
        {
            // What stands before the next append is then found by looking, below.
            _tail = default;
        }

        foreach (LogEntry entry in (record as EntriesAppended)?.Entries ?? [])
        {
            LogPosition previous = _tail == default ? replica.Memory.At(entry.Position.Index.Previous) ?? replica.Memory.Base : _tail;
            if (_known.TryGetValue(entry.Position, out (LogEntry Entry, LogPosition Previous) first))
            {
                Require(ReferenceEquals(first.Entry, entry) || AppliedState.TextOf(first.Entry) == AppliedState.TextOf(entry), InvariantNames.LogMatching,
                    $"{replica.Id} holds another entry at {entry.Position}");
                Require(first.Previous == previous, InvariantNames.LogMatching, $"{replica.Id} holds {entry.Position} after {previous}, others after {first.Previous}");
            }
            else
            {
                _known.Add(entry.Position, (entry, previous));
            }

            _tail = entry.Position;
        }
    }
}
