using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Log;

namespace ActorPhysics.Simulation.Exploration;

/// <summary>One replica with its disk and its clock, between two steps. Its stepper is never stepped, only forks of it are.</summary>
internal sealed record ReplicaImage(ReplicaId Id, ISteppedReplica Replica, ReplicaJournal Journal, MonotonicTime Now, ImmutableArray<LogEntry> Log)
{
    /// <summary>When the next input comes: to a leader at once, to anybody else an election timeout later.</summary>
    public MonotonicTime NextInput => Replica.RoleKind == LineRole.Leader ? Now : Now + ReplicaSteps.ClockUnit;
}

/// <summary>One of the distinct replica states of a search. States of the whole group name it by its number.</summary>
internal sealed class LocalState
{
    public const MootPoints AllMoot = MootPoints.Restart | MootPoints.Office;

    private readonly ulong[][] _keys;

    public LocalState(int number, ReplicaImage image, ulong[][] keys)
    {
        Number = number;
        Image = image;
        _keys = keys;
        Role = image.Replica.RoleKind;
        Epoch = image.Replica.Epoch;
        Committed = (int)image.Replica.Boundaries.Committed.Value;
        Durable = (int)image.Replica.Boundaries.Durable.Value;
        Promised = image.Journal.DurablePromise;
        Vote = image.Journal.DurableVote;
        PendingRecords = image.Journal.PendingRecords;
        Entries = [.. image.Log.Select(PrintOf)];
        Matches = image.Replica.Matches;
    }

    /// <summary>A handle; it depends on the order in which workers met the states.</summary>
    public int Number { get; }

    public ReplicaImage Image { get; }

    /// <summary>The replica's share in a state's key, by renaming, when so much does not matter any more.</summary>
    public ulong[] KeysWhen(MootPoints moot) => _keys[(int)moot];

    public LineRole Role { get; }

    public LeaderEpoch Epoch { get; }

    /// <summary>How many entries it takes for trunk, and how many it holds durably.</summary>
    public int Committed { get; }

    public int Durable { get; }

    /// <summary>How many records a power cut might take.</summary>
    public int PendingRecords { get; }

    /// <summary>The epoch that it will not fall below, whatever happens.</summary>
    public LeaderEpoch Promised { get; }

    /// <summary>Whom it voted for in that epoch, whatever happens; none when for nobody.</summary>
    public ReplicaId Vote { get; }

    /// <summary>Its log, as what tells entries apart.</summary>
    public ImmutableArray<EntryPrint> Entries { get; }

    /// <summary>Through where a leader knows each peer to hold its log; empty on other roles.</summary>
    public ImmutableArray<(ReplicaId Peer, LogIndex Match)> Matches { get; }

    /// <summary>The entries that it takes for trunk beyond so many.</summary>
    public IEnumerable<TrunkEntry> TrunkAfter(int known) => Enumerable.Range(known, Committed - known)
        .Select(index => new TrunkEntry(Entries[index], Epoch, (Image.Log[index] as ConfigurationEntry)?.Configuration));

    public OutcomeTable Outcomes { get; } = new();

    private static EntryPrint PrintOf(LogEntry entry)
    {
        var digest = new StateDigest(ReplicaRenaming.Identity, default);
        if (entry is CommandEntry or ConfigurationEntry)
        {
            digest.Add(entry);
        }

        return new EntryPrint(entry.Position, digest.Result.Low);
    }
}

/// <summary>
/// An entry as invariants see it: where it stands, and a hash of its command or configuration. Whose barrier it is, the ledger knows: it is the same
/// under every renaming so, as are the configurations of one change.
/// </summary>
internal readonly record struct EntryPrint(LogPosition Position, ulong Content);
