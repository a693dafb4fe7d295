using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.History;

/// <summary>
/// One thing that a replica's history, live or in its journal, was seen to say about its log. Closed: the types below. A replica's
/// sightings must be in the order in which they happened there; those of different replicas may be interleaved at will.
/// </summary>
public abstract record Sighting
{
    private protected Sighting(ReplicaId replica)
    {
        Replica = replica;
    }

    /// <summary>Whose history it is.</summary>
    public ReplicaId Replica { get; }

    /// <summary>The sightings of entries appended together, of whatever epochs: one per epoch.</summary>
    /// <param name="parent">The log's end before; null when that was trimmed before anybody looked.</param>
    /// <param name="entries">Of consecutive indices.</param>
    public static IEnumerable<Sighting> OfEntries(ReplicaId replica, LogPosition? parent, IEnumerable<LogPosition> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        return Runs(replica, parent, entries);
    }

    private static IEnumerable<Sighting> Runs(ReplicaId replica, LogPosition? parent, IEnumerable<LogPosition> entries)
    {
        LogPosition? start = parent;
        LogPosition? last = null;
        foreach (LogPosition entry in entries)
        {
            if (start is null)
            {
                yield return new LogBeginningSeen(replica, entry);
                start = entry;
                continue;
            }

            if (last is { } end && end.Epoch != entry.Epoch)
            {
                yield return new EntriesSeen(replica, start.Value, end);
                start = end;
            }

            last = entry;
        }

        if (last is { } tip)
        {
            yield return new EntriesSeen(replica, start!.Value, tip);
        }
    }
}

/// <summary>The log begins with this entry, as far as anybody looked: what it follows was trimmed before.</summary>
public sealed record LogBeginningSeen(ReplicaId By, LogPosition First) : Sighting(By);

/// <summary>The log grew by the entries after <paramref name="Parent"/> up to <paramref name="Last"/>, all of the last one's epoch.</summary>
/// <param name="Parent">The log's end before; the empty log's tail when there was none.</param>
public sealed record EntriesSeen(ReplicaId By, LogPosition Parent, LogPosition Last) : Sighting(By);

/// <summary>The log was cut back to end at an index.</summary>
public sealed record PruningSeen(ReplicaId By, LogIndex NewEnd) : Sighting(By);

/// <summary>The log no longer holds anything up to a position, which therefore is on the trunk.</summary>
public sealed record TrimSeen(ReplicaId By, LogPosition Through) : Sighting(By);

/// <summary>The state was replaced by a snapshot; the log goes on after it if it held its last entry, and is empty otherwise.</summary>
public sealed record InstalledSnapshotSeen(ReplicaId By, LogPosition Position) : Sighting(By);

/// <summary>An entry is known to be on the trunk, for instance because a snapshot of the state contains it.</summary>
public sealed record TrunkSeen(ReplicaId By, LogPosition Position) : Sighting(By);

/// <summary>The replica's own log is known to be trunk through an index.</summary>
public sealed record OwnTrunkSeen(ReplicaId By, LogIndex Through) : Sighting(By);

/// <summary>The replica holds the proof of a commit.</summary>
public sealed record CommitSeen(ReplicaId By, CommitCertificate Certificate) : Sighting(By);
