using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.Certificates;

/// <summary>From this index on, entries are of this epoch, until the next run begins.</summary>
public readonly record struct EpochRun(LeaderEpoch Epoch, LogIndex First);

/// <summary>
/// Which epoch each entry of one log is of, as runs: epochs only rise along a log, so a handful of pairs describes millions of
/// entries. By Log Matching the runs name the log's branch in the history tree. Immutable; the last run is open at its end, so
/// appending in the same epoch changes nothing.
/// </summary>
public sealed class EpochRuns : IEquatable<EpochRuns>
{
    private EpochRuns(ImmutableArray<EpochRun> runs)
    {
        Runs = runs;
    }

    /// <summary>The runs of an empty log.</summary>
    public static EpochRuns Empty { get; } = new([]);

    /// <summary>Ascending, strictly, in both epoch and index.</summary>
    public ImmutableArray<EpochRun> Runs { get; }

    /// <summary>The epoch of the newest run, <see cref="LeaderEpoch.None"/> when there is none.</summary>
    public LeaderEpoch LastEpoch => Runs.IsEmpty ? LeaderEpoch.None : Runs[^1].Epoch;

    /// <summary>The runs, or null with a reason when they are not ascending or name index 0 or epoch 0.</summary>
    public static EpochRuns? TryCreate(ImmutableArray<EpochRun> runs, out string? refusal)
    {
        refusal = runs.IsDefault ? "the runs are missing" : null;
        for (int i = 0; refusal is null && i < runs.Length; i++)
        {
            bool ascends = i == 0
                ? runs[0].Epoch > LeaderEpoch.None && runs[0].First > LogIndex.Zero
                : runs[i].Epoch > runs[i - 1].Epoch && runs[i].First > runs[i - 1].First;
            refusal = ascends ? null : $"run {i} ({runs[i].Epoch} from {runs[i].First}) does not ascend";
        }

        return refusal is null ? new EpochRuns(runs) : null;
    }

    /// <summary>
    /// The epoch of the entry at an index, as far as these runs know it; null below the first run. Index 0 is of no epoch in every log.
    /// </summary>
    public LeaderEpoch? EpochAt(LogIndex index)
    {
        if (index == LogIndex.Zero)
        {
            return LeaderEpoch.None;
        }

        for (int i = Runs.Length - 1; i >= 0; i--)
        {
            if (Runs[i].First <= index)
            {
                return Runs[i].Epoch;
            }
        }

        return null;
    }

    /// <summary>Whether a log with these runs, if it reaches that far, holds this very entry.</summary>
    public bool Contains(LogPosition position) => EpochAt(position.Index) == position.Epoch;

    /// <summary>The runs after an entry was appended at the log's end; this very object when its epoch is the newest run's.</summary>
    /// <exception cref="InvariantViolationException">The entry is of an older epoch than the log's end: logs do not go back in time.</exception>
    public EpochRuns With(LogPosition appended)
    {
        if (!Runs.IsEmpty && appended.Epoch == LastEpoch)
        {
            Invariant.Require(appended.Index >= Runs[^1].First, InvariantNames.LogMatching, $"{appended} appended before its own run began");
            return this;
        }

        bool ascends = appended.Epoch > LastEpoch && appended.Index > (Runs.IsEmpty ? LogIndex.Zero : Runs[^1].First);
        Invariant.Require(ascends, InvariantNames.LogMatching, $"{appended} appended to a log of {this}");
        return new EpochRuns(Runs.Add(new EpochRun(appended.Epoch, appended.Index)));
    }

    /// <summary>The runs of the log that is left when everything after an index is pruned.</summary>
    public EpochRuns PrunedAfter(LogIndex newEnd)
    {
        int kept = Runs.Length;
        while (kept > 0 && Runs[kept - 1].First > newEnd)
        {
            kept--;
        }

        return kept == Runs.Length ? this : new EpochRuns(Runs[..kept]);
    }

    /// <summary>The runs of the log that is left when everything through a position is trimmed; the position's own epoch stays known.</summary>
    /// <exception cref="InvariantViolationException">The position is not of this log.</exception>
    public EpochRuns TrimmedThrough(LogPosition position)
    {
        if (position.Index == LogIndex.Zero)
        {
            return this;
        }

        Invariant.Require(Contains(position), InvariantNames.LogMatching, $"{position} trimmed from a log of {this}");
        int first = Runs.Length - 1;
        while (Runs[first].First > position.Index)
        {
            first--;
        }

        return new EpochRuns(Runs[first..].SetItem(0, new EpochRun(position.Epoch, position.Index)));
    }

    public bool Equals(EpochRuns? other) => other is not null && Sequences.Equal(Runs, other.Runs);

    public override bool Equals(object? obj) => Equals(obj as EpochRuns);

    public override int GetHashCode() => Sequences.Hash(Runs);

    public override string ToString() => "[" + string.Join(", ", Runs.Select(run => $"{run.Epoch} from {run.First}")) + "]";
}
