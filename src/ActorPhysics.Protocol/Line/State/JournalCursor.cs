using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Line.State;

/// <summary>
/// Knows how the journal's records and the log's indices relate: which index becomes durable with which record, and through which
/// record the journal may be deleted after a trim.
/// </summary>
internal sealed class JournalCursor
{
    // Appends not yet durable, oldest first: with the record, the log was this long. Pruning lowers the ends still waiting.
    private readonly List<(RecordNumber Record, LogIndex End)> _waiting = [];
    private int _waitingHead;

    // Records that hold entries, oldest first, with the highest index in each; pruned branches stay until the trim passes them.
    private readonly Queue<(RecordNumber Record, LogIndex Highest)> _entryRecords;

    public JournalCursor(RecordNumber last, IEnumerable<(RecordNumber Record, LogIndex Highest)> entryRecords)
    {
        Last = last;
        Durable = last;
        _entryRecords = new Queue<(RecordNumber, LogIndex)>(entryRecords);
    }

    /// <summary>The newest record handed to the journal.</summary>
    public RecordNumber Last { get; private set; }

    /// <summary>The newest record known durable.</summary>
    public RecordNumber Durable { get; private set; }

    public RecordNumber Assign(HistoryEvent record)
    {
        Last = Last.Next;
        if (record is EntriesAppended { Entries: [.., var newest] })
        {
            _waiting.Add((Last, newest.Position.Index));
            _entryRecords.Enqueue((Last, newest.Position.Index));
        }

        return Last;
    }

    public void PruneTo(LogIndex newEnd)
    {
        for (int i = _waitingHead; i < _waiting.Count; i++)
        {
            if (_waiting[i].End > newEnd)
            {
                _waiting[i] = (_waiting[i].Record, newEnd);
            }
        }
    }

    /// <returns>The log index durable with <paramref name="through"/>, or null when no append became durable.</returns>
    public LogIndex? MakeDurable(RecordNumber through)
    {
        Invariant.Require(through <= Last, "JournalOrder", (through, cursor: this), static x => $"record {x.through.Value} is durable, the last one written is {x.cursor.Last.Value}");
        Durable = through > Durable ? through : Durable;
        LogIndex? end = null;
        while (_waitingHead < _waiting.Count && _waiting[_waitingHead].Record <= through)
        {
            end = _waiting[_waitingHead].End;
            _waitingHead++;
        }

        if (_waitingHead > _waiting.Count / 2)
        {
            _waiting.RemoveRange(0, _waitingHead);
            _waitingHead = 0;
        }

        return end;
    }

    /// <returns>The last record that nothing above <paramref name="trimmed"/> needs, given that <paramref name="checkpoint"/> repeats the rest.</returns>
    public RecordNumber DeletableThrough(LogIndex trimmed, RecordNumber checkpoint)
    {
        while (_entryRecords.TryPeek(out (RecordNumber Record, LogIndex Highest) oldest) && oldest.Highest <= trimmed)
        {
            _entryRecords.Dequeue();
        }

        RecordNumber needed = _entryRecords.TryPeek(out (RecordNumber Record, LogIndex Highest) first) && first.Record < checkpoint ? first.Record : checkpoint;
        return new RecordNumber(needed.Value - 1);
    }

    public JournalCursor Fork()
    {
        var fork = new JournalCursor(Last, _entryRecords) { Durable = Durable, _waitingHead = _waitingHead };
        fork._waiting.AddRange(_waiting);
        return fork;
    }

    /// <summary>
    /// Records count by how many of them are awaited, not by their numbers: a journal behaves the same however many records came before. Which
    /// of the durable ones may be deleted is no part of it: a journal tells the same before and after.
    /// </summary>
    public void DigestTo(StateDigest digest)
    {
        digest.Add(Awaited(Last));
        digest.Add(_waiting.Count - _waitingHead);
        for (int i = _waitingHead; i < _waiting.Count; i++)
        {
            digest.Add(Awaited(_waiting[i].Record));
            digest.Add(_waiting[i].End);
        }
    }

    /// <summary>How many records must become durable before this one is; 0 when it is durable.</summary>
    public ulong Awaited(RecordNumber record) => record > Durable ? record.Value - Durable.Value : 0;
}
