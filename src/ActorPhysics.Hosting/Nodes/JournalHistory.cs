using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.History;
using ActorPhysics.Hosting.Storage;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Membership;
using ActorPhysics.Wire.Journal;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>Reads the history tree from the journals of stopped nodes: what was ever appended, what became trunk, what was pruned.</summary>
public static class JournalHistory
{
    /// <param name="dataFolders">The data folders of the nodes; each adds what its replicas saw.</param>
    /// <returns>One tree per group, in ascending order.</returns>
    /// <exception cref="StorageException">A folder is in use, or holds no journal that can be read.</exception>
    public static IReadOnlyList<HistoryTree> Read(IEnumerable<string> dataFolders)
    {
        ArgumentNullException.ThrowIfNull(dataFolders);
        var sightings = new SortedDictionary<GroupId, List<Sighting>>();
        foreach (string folder in dataFolders)
        {
            foreach (JournalReplay replay in NodeStorage.Inspect(folder))
            {
                if (!sightings.TryGetValue(replay.Stream.Group, out List<Sighting>? seen))
                {
                    sightings.Add(replay.Stream.Group, seen = []);
                }

                seen.AddRange(Sightings(replay));
            }
        }

        return [.. sightings.Select(group => HistoryTree.Build(group.Key, group.Value))];
    }

    /// <summary>The recoveries of groups that the nodes know of, from their lists of replicas, which outlive the records of the journal.</summary>
    /// <param name="dataFolders">The data folders of the nodes.</param>
    /// <returns>In the order of groups, and of a group the earliest first.</returns>
    /// <exception cref="StorageException">A list cannot be read.</exception>
    public static IReadOnlyList<GroupRecovery> ReadRecoveries(IEnumerable<string> dataFolders)
    {
        ArgumentNullException.ThrowIfNull(dataFolders);
        var found = new Dictionary<GroupIncarnation, GroupRecovery>();
        foreach (GroupRecovery recovery in dataFolders.SelectMany(NodeStorage.InspectRecoveries))
        {
            found.TryAdd(recovery.Configuration.Incarnation, recovery);
        }

        return [.. found.Values.OrderBy(recovery => recovery.Group).ThenBy(recovery => recovery.Configuration.Epoch)];
    }

    private static List<Sighting> Sightings(JournalReplay replay)
    {
        ReplicaId replica = replay.Stream.Replica;
        var log = new LogWalk();
        var sightings = new List<Sighting>();
        foreach (ReplayedRecord record in replay.Records)
        {
            if (!HistoryEventCodec.TryDecode(record.Payload, out HistoryEvent? happened, out string? refusal))
            {
                throw new StorageException(StorageFaultKind.UnknownFormat, $"{replay.Stream}: record {record.Sequence} cannot be read: {refusal}");
            }

            sightings.AddRange(SightingsOf(replica, happened, log));
        }

        return sightings;
    }

    private static IEnumerable<Sighting> SightingsOf(ReplicaId replica, HistoryEvent happened, LogWalk log)
    {
        switch (happened)
        {
            case EntriesAppended { Entries: [var first, ..] } appended:
                LogPosition? parent = log.Before(first.Position);
                log.Append(appended.Entries);
                return Sighting.OfEntries(replica, parent, appended.Entries.Select(entry => entry.Position));
            case BranchPruned when log.IsEmpty:
            case TrunkExtended { Through: var reached } when log.BeginsAfter(reached):
                // It is about entries whose records were deleted once they were trimmed; the journal no longer shows them.
                return [];
            case BranchPruned pruned:
                log.PruneTo(pruned.NewEnd);
                return [new PruningSeen(replica, pruned.NewEnd)];
            case TrunkExtended extended:
                // What the replica had proven when it wrote the record; its configuration is not at hand to prove the evidence again.
                return [new OwnTrunkSeen(replica, extended.Through)];
            case SnapshotSaved { Placement: not SnapshotPlacement.Captured } saved:
                log.ResetTo(saved.Snapshot.Position);
                return [new InstalledSnapshotSeen(replica, saved.Snapshot.Position)];
            case SnapshotSaved saved:
                return [new TrunkSeen(replica, saved.Snapshot.Position)];
            case Trimmed trimmed:
                return [new TrimSeen(replica, trimmed.Through)];
            default:
                return [];
        }
    }

    /// <summary>The positions of one replica's log as its records go by, to know each append's parent.</summary>
    private sealed class LogWalk
    {
        private readonly SortedDictionary<ulong, LogPosition> _at = [];

        public LogPosition? Before(LogPosition first) => first.Index.Value == 1
            ? default(LogPosition)
            : _at.TryGetValue(first.Index.Value - 1, out LogPosition previous) ? previous : null;

        public bool IsEmpty => _at.Count == 0;

        public bool BeginsAfter(LogIndex index) => IsEmpty || index.Value < _at.Keys.First();

        public void Append(IReadOnlyList<LogEntry> entries)
        {
            foreach (LogEntry entry in entries)
            {
                _at[entry.Position.Index.Value] = entry.Position;
            }
        }

        public void PruneTo(LogIndex newEnd)
        {
            foreach (ulong index in _at.Keys.Where(index => index > newEnd.Value).ToArray())
            {
                _at.Remove(index);
            }
        }

        public void ResetTo(LogPosition position)
        {
            // Entries above survive only on the snapshot's own branch.
            bool continues = _at.TryGetValue(position.Index.Value, out LogPosition held) && held == position;
            foreach (ulong index in _at.Keys.Where(index => index < position.Index.Value || !continues).ToArray())
            {
                _at.Remove(index);
            }

            _at[position.Index.Value] = position;
        }
    }
}
