using ActorPhysics.Core;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Tests.Harness;

/// <summary>
/// One replica's journal with the one distinction that matters: which of the written records are durable. A crash keeps those, and of the
/// others as many as the test says, in order.
/// </summary>
internal sealed class SimulatedJournal
{
    private readonly List<(RecordNumber Number, HistoryEvent Record)> _records = [];
    private EpochPromised? _guarded;
    private JournalDamage? _damage;

    public RecordNumber Written { get; private set; }
    public RecordNumber Durable { get; private set; }
    public int RecordCount => _records.Count;

    /// <summary>The newest durable promise, wherever it stands.</summary>
    public EpochPromised? DurablePromise => _guarded;
    public bool IsDamaged => _damage is not null;

    /// <summary>It was damaged, and the end of the repair is not durable yet.</summary>
    public bool OwesRepair { get; private set; }
    public IEnumerable<HistoryEvent> Records => _records.Select(entry => entry.Record);

    public void Write(RecordNumber first, IReadOnlyList<HistoryEvent> records)
    {
        Invariant.Require(first == Written.Next, "JournalOrder", $"record {first.Value} written after {Written.Value}");
        foreach (HistoryEvent record in records)
        {
            Written = Written.Next;
            _records.Add((Written, record));
        }
    }

    /// <returns>The records that became durable.</returns>
    public List<HistoryEvent> MakeDurable(RecordNumber through)
    {
        var made = new List<HistoryEvent>();
        for (int i = IndexAfter(Durable); i < _records.Count && _records[i].Number <= through; i++)
        {
            made.Add(_records[i].Record);
            Remember(_records[i].Record);
        }

        Durable = through > Durable ? through : Durable;
        return made;
    }

    /// <summary>The process died: of the records not yet durable the first <paramref name="surviving"/> had reached the disk all the same.</summary>
    public List<HistoryEvent> Crash(int surviving)
    {
        ulong kept = Math.Min(Written.Value - Durable.Value, (ulong)surviving);
        List<HistoryEvent> survived = MakeDurable(new RecordNumber(Durable.Value + kept));
        _records.RemoveRange(IndexAfter(Durable), _records.Count - IndexAfter(Durable));
        Written = Durable;
        return survived;
    }

    public void Discard(RecordNumber through)
    {
        Invariant.Require(through <= Durable, "JournalOrder", $"records through {through.Value} discarded, durable are those through {Durable.Value}");
        _records.RemoveRange(0, IndexAfter(through));
    }

    /// <summary>Everything after the first <paramref name="surviving"/> records is unreadable.</summary>
    public void Damage(int surviving, bool promiseLost)
    {
        surviving = Math.Min(surviving, _records.Count);
        _records.RemoveRange(surviving, _records.Count - surviving);
        _damage = new JournalDamage($"records after the first {surviving} are unreadable", promiseLost);
        _guarded = promiseLost ? null : _guarded;
        OwesRepair = true;
    }

    public RecoveredReplica Recover(GroupConfiguration founding)
    {
        RecordNumber first = _records.Count == 0 ? Written.Next : _records[0].Number;
        return Written == default
            ? RecoveredReplica.Fresh(founding)
            : RecoveredReplica.Fold(founding, first, _records.Select(entry => entry.Record), Written, _guarded, _damage);
    }

    private void Remember(HistoryEvent record)
    {
        _guarded = record switch
        {
            EpochPromised promise => promise,
            Trimmed trimmed => trimmed.Promise,
            _ => _guarded,
        };

        // From here on the journal itself says that it was damaged.
        _damage = record is RepairBegun ? null : _damage;
        OwesRepair &= record is not RepairCompleted;
    }

    private int IndexAfter(RecordNumber number)
    {
        int index = _records.Count;
        while (index > 0 && _records[index - 1].Number > number)
        {
            index--;
        }

        return index;
    }
}
