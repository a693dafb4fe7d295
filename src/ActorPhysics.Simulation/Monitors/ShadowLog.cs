using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// What a replica's log must be, worked out from the records of its journal by code that shares nothing with the replica's own: monitors
/// compare the two.
/// </summary>
internal sealed class ShadowLog
{
    private readonly List<LogEntry> _entries = [];
    private readonly List<ConfigurationEntry> _configurations = [];

    /// <summary>Those of the entries that change the group's members.</summary>
    public IReadOnlyList<ConfigurationEntry> Configurations => _configurations;

    public LogPosition Base { get; private set; }
    public LogIndex End => Base.Index.Plus((ulong)_entries.Count);
    public LogPosition Tail => _entries.Count == 0 ? Base : _entries[^1].Position;

    /// <summary>What is wrong with the records, or null: found while folding.</summary>
    public string? Contradiction { get; private set; }

    public static ShadowLog Of(HistoryLog log)
    {
        var shadow = new ShadowLog { Base = log.Base };
        for (LogIndex index = log.Base.Index.Next; index <= log.End; index = index.Next)
        {
            shadow.Add(log[index]);
        }

        return shadow;
    }

    public ShadowLog Copy()
    {
        var copy = new ShadowLog { Base = Base, Contradiction = Contradiction };
        copy._entries.AddRange(_entries);
        copy._configurations.AddRange(_configurations);
        return copy;
    }

    /// <summary>The position at an index; null where this log knows none.</summary>
    public LogPosition? At(LogIndex index)
    {
        if (index == Base.Index)
        {
            return Base;
        }

        return index > Base.Index && index <= End ? EntryAt(index).Position : null;
    }

    public LogEntry EntryAt(LogIndex index) => _entries[(int)(index.Value - Base.Index.Value - 1)];

    /// <summary>Whether this log, or the snapshot it stands on, contains a trunk position.</summary>
    public bool Contains(LogPosition trunk) => trunk.Index <= Base.Index || (trunk.Index <= End && EntryAt(trunk.Index).Position == trunk);

    public void Fold(HistoryEvent record)
    {
        switch (record)
        {
            case EntriesAppended appended:
                foreach (LogEntry entry in appended.Entries)
                {
                    if (entry.Position.Index != End.Next)
                    {
                        Contradiction ??= $"{entry.Position} was appended to a log that ends at {Tail}";
                        return;
                    }

                    Add(entry);
                }

                break;
            case BranchPruned pruned:
                CutAfter(pruned.NewEnd);
                break;
            case SnapshotSaved { Placement: not SnapshotPlacement.Captured } saved:
                bool continues = At(saved.Snapshot.Position.Index) == saved.Snapshot.Position;
                bool recovered = Base == saved.Snapshot.Position && _entries.Count == 0;
                if (!recovered && continues != (saved.Placement == SnapshotPlacement.ContinuesLog))
                {
                    Contradiction ??= $"the install of {saved.Snapshot.Position} is recorded as {saved.Placement}, the log ends at {Tail}";
                }

                StandOn(saved.Snapshot.Position);
                break;
            case RepairBegun { LogGivenUp: true }:
                _entries.Clear();
                _configurations.Clear();
                Base = default;
                break;
            case Trimmed trimmed:
                StandOn(trimmed.Through);
                break;
            default:
                break;
        }
    }

    private void Add(LogEntry entry)
    {
        _entries.Add(entry);
        if (entry is ConfigurationEntry configured)
        {
            _configurations.Add(configured);
        }
    }

    private void CutAfter(LogIndex newEnd)
    {
        int kept = (int)Math.Min(newEnd.DistanceFrom(Base.Index), (ulong)_entries.Count);
        _entries.RemoveRange(kept, _entries.Count - kept);
        _configurations.RemoveAll(entry => entry.Position.Index > newEnd);
    }

    private void StandOn(LogPosition position)
    {
        int gone = At(position.Index) == position ? (int)position.Index.DistanceFrom(Base.Index) : _entries.Count;
        _entries.RemoveRange(0, gone);
        _configurations.RemoveAll(entry => _entries.Count == 0 || entry.Position.Index <= position.Index);
        Base = position;
    }
}
