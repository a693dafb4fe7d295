using ActorPhysics.Core;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Fingerprints;

namespace ActorPhysics.Protocol.Line.Log;

/// <summary>
/// The retained part of one replica's log: everything above <see cref="Base"/>, through <see cref="End"/>.
/// Invariant: indices are consecutive, epochs never fall, and the base keeps its epoch, so that the first append after a trim can match.
/// </summary>
public sealed class HistoryLog
{
    // It starts small and grows: most groups of a node with thousands hold a few entries.
    private LogEntry[] _ring = new LogEntry[8];
    private int _head;
    private int _count;

    public HistoryLog(LogPosition trimmedThrough) => Base = trimmedThrough;

    /// <summary>Where each epoch present above the base begins: what ties an entry to the branch of a later one.</summary>
    public EpochRuns Runs { get; private set; } = EpochRuns.Empty;

    /// <summary>The last position that is gone from the log (T); <c>default</c> at birth.</summary>
    public LogPosition Base { get; private set; }

    /// <summary>The last index (E).</summary>
    public LogIndex End => Base.Index.Plus((ulong)_count);

    /// <summary>The last entry's position; the base when nothing is retained.</summary>
    public LogPosition Tail => _count == 0 ? Base : At(_count - 1).Position;

    /// <summary>What the retained entries cost, in bytes.</summary>
    public long RetainedBytes { get; private set; }

    public LogEntry this[LogIndex index]
    {
        get
        {
            Invariant.Require(Holds(index), "LogContiguity", (index, log: this), static x => $"entry {x.index} is not in the log {x.log.Base.Index}+1..{x.log.End}");
            return At((int)(index.Value - Base.Index.Value - 1));
        }
    }

    public bool Holds(LogIndex index) => index > Base.Index && index <= End;

    /// <summary>The epoch of the entry at <paramref name="index"/>; null below the base and above the end, where the log does not know.</summary>
    public LeaderEpoch? EpochAt(LogIndex index)
    {
        if (index == Base.Index)
        {
            return Base.Epoch;
        }

        return Holds(index) ? At((int)(index.Value - Base.Index.Value - 1)).Position.Epoch : null;
    }

    /// <summary>The position at <paramref name="index"/>, which the log must know.</summary>
    public LogPosition PositionAt(LogIndex index) => index == Base.Index ? Base : this[index].Position;

    public void Append(LogEntry entry)
    {
        Invariant.Require(entry.Position.Index == End.Next, "LogContiguity", (entry, log: this), static x => $"{x.entry.Position} does not follow {x.log.Tail}");
        Invariant.Require(entry.Position.Epoch >= Tail.Epoch, "LogMatching", (entry, log: this), static x => $"the epoch of {x.entry.Position} falls below {x.log.Tail}");
        if (_count == _ring.Length)
        {
            Grow();
        }

        Runs = Runs.With(entry.Position);
        _ring[(_head + _count) & (_ring.Length - 1)] = entry;
        _count++;
        RetainedBytes += entry.SizeBytes;
    }

    /// <summary>Drops every entry above <paramref name="newEnd"/>.</summary>
    public void PruneTo(LogIndex newEnd)
    {
        Invariant.Require(newEnd >= Base.Index, "TrunkMonotonicity", (newEnd, log: this), static x => $"pruning to {x.newEnd} below the base {x.log.Base}");
        while (End > newEnd)
        {
            int slot = (_head + _count - 1) & (_ring.Length - 1);
            RetainedBytes -= _ring[slot].SizeBytes;
            _ring[slot] = null!;
            _count--;
        }

        Runs = Runs.PrunedAfter(newEnd);
    }

    /// <summary>Drops every entry through <paramref name="through"/>, whose position becomes the base.</summary>
    public void TrimTo(LogIndex through)
    {
        if (through == Base.Index)
        {
            return;
        }

        LogPosition newBase = PositionAt(through);
        while (_count > 0 && _ring[_head].Position.Index <= through)
        {
            RetainedBytes -= _ring[_head].SizeBytes;
            _ring[_head] = null!;
            _head = (_head + 1) & (_ring.Length - 1);
            _count--;
        }

        Base = newBase;
        Runs = Runs.TrimmedThrough(newBase);
    }

    /// <summary>Names the base's epoch when only its index was known.</summary>
    public void ConfirmBase(LogPosition position)
    {
        Invariant.Require(position.Index == Base.Index, "LogContiguity", (position, log: this), static x => $"{x.position} is not the base {x.log.Base}");
        Base = position;
    }

    /// <summary>Forgets everything: the log begins anew above <paramref name="position"/>, which a snapshot materializes.</summary>
    public void ResetTo(LogPosition position)
    {
        Array.Clear(_ring);
        _head = 0;
        _count = 0;
        RetainedBytes = 0;
        Runs = EpochRuns.Empty;
        Base = position;
    }

    /// <summary>
    /// The greatest position at or below <paramref name="bound"/>'s index whose epoch is not above <paramref name="bound"/>'s: what a log can
    /// still share with one that ends there. It is at least the base.
    /// </summary>
    public LogPosition GreatestAtMost(LogPosition bound)
    {
        LogIndex index = LogIndex.Min(bound.Index, End);
        if (index <= Base.Index)
        {
            return Base;
        }

        for (int run = Runs.Runs.Length - 1; run >= 0; run--)
        {
            EpochRun candidate = Runs.Runs[run];
            if (candidate.First > index)
            {
                continue;
            }

            if (candidate.Epoch <= bound.Epoch)
            {
                return new LogPosition(candidate.Epoch, index);
            }

            index = candidate.First.Previous;
            if (index <= Base.Index)
            {
                break;
            }
        }

        return Base;
    }

    /// <summary>Entries from <paramref name="first"/> on: as many as fit both bounds, and at least one if there is any.</summary>
    public IReadOnlyList<LogEntry> Slice(LogIndex first, int maximumEntries, int maximumBytes)
    {
        if (!Holds(first))
        {
            return [];
        }

        var slice = new List<LogEntry>((int)Math.Min((ulong)maximumEntries, End.DistanceFrom(first) + 1));
        long bytes = 0;
        for (LogIndex index = first; index <= End && slice.Count < maximumEntries; index = index.Next)
        {
            LogEntry entry = this[index];
            bytes += entry.SizeBytes;
            if (slice.Count > 0 && bytes > maximumBytes)
            {
                break;
            }

            slice.Add(entry);
        }

        return slice;
    }

    private LogEntry At(int offset) => _ring[(_head + offset) & (_ring.Length - 1)];

    private void Grow()
    {
        var larger = new LogEntry[_ring.Length * 2];
        for (int i = 0; i < _count; i++)
        {
            larger[i] = At(i);
        }

        _ring = larger;
        _head = 0;
    }

    /// <summary>An independent copy; entries are immutable and shared.</summary>
    public HistoryLog Fork()
    {
        var ring = new LogEntry[Math.Max(4, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)_count))];
        for (int i = 0; i < _count; i++)
        {
            ring[i] = At(i);
        }

        return new HistoryLog(Base) { _ring = ring, _count = _count, Runs = Runs, RetainedBytes = RetainedBytes };
    }

    /// <summary>Takes in the base and every entry.</summary>
    public void DigestTo(StateDigest digest)
    {
        ArgumentNullException.ThrowIfNull(digest);
        digest.Add(Base);
        digest.Add(_count);
        for (int i = 0; i < _count; i++)
        {
            digest.Add(At(i));
        }
    }
}
