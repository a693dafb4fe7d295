using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.History;

/// <summary>
/// One thing that a replica's journal says about its log, in the order in which it happened there. Closed: the types below. Only the
/// order of one replica's own events matters; those of different replicas may be interleaved at will.
/// </summary>
public abstract record HistoryEvent
{
    private protected HistoryEvent(ReplicaId replica)
    {
        Replica = replica;
    }

    public ReplicaId Replica { get; }
}

/// <summary>The log grew by the entries after <paramref name="Parent"/> up to <paramref name="Last"/>, all of the last one's epoch.</summary>
/// <param name="Parent">The log's end before; the empty log's tail when there was none.</param>
public sealed record BranchAppended(ReplicaId By, LogPosition Parent, LogPosition Last) : HistoryEvent(By);

/// <summary>The log was cut back to a position that it held.</summary>
public sealed record BranchPruned(ReplicaId By, LogPosition NewTail) : HistoryEvent(By);

/// <summary>The log no longer holds anything up to a position, which therefore is on the trunk.</summary>
public sealed record HistoryTrimmed(ReplicaId By, LogPosition Through) : HistoryEvent(By);

/// <summary>The state was replaced by a snapshot; the log goes on after it if it held its last entry, and is empty otherwise.</summary>
public sealed record SnapshotInstalled(ReplicaId By, LogPosition Position) : HistoryEvent(By);

/// <summary>The replica acted on knowing that an entry is on the trunk, for instance by saving a snapshot of the state that contains it.</summary>
public sealed record TrunkKnown(ReplicaId By, LogPosition Through) : HistoryEvent(By);

/// <summary>The replica holds the proof of a commit.</summary>
public sealed record FrontierCommitted(ReplicaId By, CommitCertificate Certificate) : HistoryEvent(By);
