using ActorPhysics.Actors.Ports;

namespace ActorPhysics.Hosting.Journal;

/// <summary>The latest guarded payload of a stream as the journal knows it. <c>default</c> says that there never was one.</summary>
internal readonly record struct GuardedPayload(JournalSequence Sequence, byte[]? Payload, bool IsDamaged)
{
    public static GuardedPayload Damaged => new(default, null, true);

    public LatestGuarded ToReplay() => this switch
    {
        { IsDamaged: true } => new LatestGuarded.Damaged("The log lost records, and the second copy of the guarded ones cannot be relied upon."),
        { Payload: { } payload } => new LatestGuarded.Known(Sequence, payload),
        _ => LatestGuarded.None.Instance,
    };
}

/// <summary>One stream while the log is read.</summary>
internal sealed class RecoveredStream(JournalStreamId id)
{
    public JournalStreamId Id { get; } = id;
    public Dictionary<ulong, RecordLocation> Locations { get; } = [];
    public JournalSequence DeletedThrough { get; set; }
    public JournalSequence Last { get; set; }
    public JournalSequence LostFrom { get; set; }
    public string LostDetail { get; set; } = "";
    public GuardedPayload Guarded { get; set; }

    /// <summary>How many damages lay before the latest place in the log that proves what the stream held.</summary>
    public int DamageSeen { get; set; }

    public bool IsLost => LostFrom > JournalSequence.Zero;

    /// <summary>Declares everything from a sequence on as lost, unless more than that is lost already.</summary>
    public void Lose(JournalSequence from, string detail)
    {
        if (IsLost && LostFrom <= from)
        {
            return;
        }

        LostFrom = from;
        LostDetail = detail;
        DropFrom(from);
    }

    /// <summary>Forgets the records from a sequence on.</summary>
    public void DropFrom(JournalSequence from)
    {
        for (ulong sequence = from.Value; sequence <= Last.Value; sequence++)
        {
            Locations.Remove(sequence);
        }

        Last = from.Previous;
    }
}

/// <summary>
/// Folds the records of the log, in the order they were written, into what is known of each stream. Damage is noted where it lies; a
/// stream is cleared of the suspicion by anything later that tells its sequence, and a hole in its sequences proves the loss.
/// </summary>
internal sealed class RecoveredHistory
{
    private readonly SortedDictionary<JournalStreamId, RecoveredStream> _streams = [];
    private readonly List<string> _damage = [];
    private int _damageSeenByList;

    public IReadOnlyDictionary<JournalStreamId, RecoveredStream> Streams => _streams;
    public IReadOnlyList<string> Damage => _damage;

    /// <summary>Whether it was concluded earlier that streams may be missing altogether.</summary>
    public bool ListIsUnsure { get; private set; }

    /// <summary>Whether streams may be missing altogether, unless something else lists them: their only records lay in a damaged place.</summary>
    public bool HasDamageAfterList => _damageSeenByList < _damage.Count;

    /// <summary>How many pages the newest segment was made with; 0 before any segment was opened.</summary>
    public uint SegmentPages { get; private set; }

    public void NoteDamage(string detail) => _damage.Add(detail);

    public RecoveredStream StreamOf(JournalStreamId id)
    {
        if (!_streams.TryGetValue(id, out RecoveredStream? stream))
        {
            _streams.Add(id, stream = new RecoveredStream(id));
        }

        return stream;
    }

    /// <summary>Takes the next record of the log; false when it does not say anything that this version can read.</summary>
    public bool Take(in RecordHeader header, ReadOnlySpan<byte> payload, RecordLocation location)
    {
        switch (header.Kind)
        {
            case RecordKind.SegmentOpened:
                return TakeSegmentOpened(payload);
            case RecordKind.StreamState:
                return TakeStreamState(header, payload);
            case RecordKind.Appended:
                TakeAppended(StreamOf(header.Stream), header, payload, location);
                return true;
            case RecordKind.Relocated:
                TakeRelocated(StreamOf(header.Stream), header.Sequence, location);
                return true;
            case RecordKind.DeletedThrough:
                RecoveredStream deleted = StreamOf(header.Stream);
                deleted.DeletedThrough = JournalSequence.Max(deleted.DeletedThrough, header.Sequence);
                deleted.Last = JournalSequence.Max(deleted.Last, header.Sequence);
                return true;
            case RecordKind.Restarted:
                RecoveredStream restarted = StreamOf(header.Stream);
                restarted.DropFrom(header.Sequence);
                restarted.LostFrom = JournalSequence.Zero;
                restarted.DamageSeen = _damage.Count;
                return true;
            default:
                return false;
        }
    }

    /// <summary>Draws the conclusions once all of the log was taken.</summary>
    public void Finish()
    {
        foreach (RecoveredStream stream in _streams.Values)
        {
            if (stream.DamageSeen < _damage.Count)
            {
                stream.Lose(stream.Last.Next, $"Nothing after the damage proves what the stream held: {DescribeDamage()}");
            }

            for (JournalSequence sequence = stream.DeletedThrough.Next; sequence <= stream.Last; sequence = sequence.Next)
            {
                if (!stream.Locations.ContainsKey(sequence.Value))
                {
                    stream.Lose(sequence, $"Record {sequence} is missing: {DescribeDamage()}");
                    break;
                }
            }
        }
    }

    public string DescribeDamage() => _damage.Count == 0 ? "no segment holds it." : string.Join(" ", _damage.Take(4)) + (_damage.Count > 4 ? " …" : "");

    private static void TakeRelocated(RecoveredStream stream, JournalSequence sequence, RecordLocation location)
    {
        stream.Locations[sequence.Value] = location;
        stream.Last = JournalSequence.Max(stream.Last, sequence);
    }

    private void TakeAppended(RecoveredStream stream, in RecordHeader header, ReadOnlySpan<byte> payload, RecordLocation location)
    {
        TakeRelocated(stream, header.Sequence, location);
        stream.DamageSeen = _damage.Count;
        if (header.Guarded)
        {
            stream.Guarded = new GuardedPayload(header.Sequence, payload.ToArray(), false);
        }
    }

    private bool TakeSegmentOpened(ReadOnlySpan<byte> payload)
    {
        if (!SegmentOpenedRecord.TryRead(payload, out SegmentOpenedRecord opened))
        {
            return false;
        }

        SegmentPages = opened.Pages;
        ListIsUnsure = opened.MayMissStreams;
        _damageSeenByList = _damage.Count;
        return true;
    }

    private bool TakeStreamState(in RecordHeader header, ReadOnlySpan<byte> payload)
    {
        if (!StreamStateRecord.TryRead(payload, out StreamStateRecord state))
        {
            return false;
        }

        RecoveredStream stream = StreamOf(header.Stream);
        stream.DeletedThrough = JournalSequence.Max(stream.DeletedThrough, state.DeletedThrough);
        stream.Last = JournalSequence.Max(stream.Last, header.Sequence);
        stream.DamageSeen = _damage.Count;
        if (state.LostFrom > JournalSequence.Zero)
        {
            stream.Lose(state.LostFrom, "The loss was found when the journal was opened earlier, and the owner has not taken note of it.");
        }

        if (state.GuardedIsDamaged)
        {
            stream.Guarded = GuardedPayload.Damaged;
        }
        else if (state.GuardedSequence > JournalSequence.Zero)
        {
            stream.Guarded = new GuardedPayload(state.GuardedSequence, state.GuardedPayload.ToArray(), false);
        }

        return true;
    }
}
