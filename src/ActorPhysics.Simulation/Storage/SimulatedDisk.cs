using ActorPhysics.Actors.Ports;
using ActorPhysics.Simulation.Randomness;

namespace ActorPhysics.Simulation.Storage;

/// <summary>
/// One replica's stream of records on the medium of its node: what outlives its processes. It knows the one difference that matters, between
/// what was written and what would survive a power cut, and it can be damaged bit by bit; finding that out is the reader's business.
/// </summary>
/// <param name="condition">What the node's medium is like.</param>
/// <param name="watcher">Null for a disk that no replica uses.</param>
internal sealed class SimulatedDisk(DiskCondition condition, IDiskWatcher? watcher)
{
    private readonly List<StoredRecord> _records = [];
    private StoredRecord? _guarded;
    private bool _guardedDamaged;
    private bool _tornTail;
    private JournalSequence? _lostFrom;

    public JournalSequence DeletedThrough { get; private set; }

    /// <summary>The last record that was written.</summary>
    public JournalSequence Written => DeletedThrough.Plus((ulong)_records.Count);

    /// <summary>The last record that would survive a power cut.</summary>
    public JournalSequence Durable { get; private set; }

    /// <summary>Whether durable records are unreadable and no append has taken their place yet.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>The last write before the crash is there in part.</summary>
    public bool HasTornTail => _tornTail;

    /// <summary>Since something was refused for want of room, nothing was written: the process holds records that nobody else has seen.</summary>
    public bool IsRefusing { get; set; }

    public SimulatedSnapshots Snapshots { get; } = new();
    public IReadOnlyList<StoredRecord> Records => _records;

    /// <summary>The process hands records over; whether they can be written is another question.</summary>
    public void Offer(JournalSequence first, IReadOnlyList<JournalRecord> records)
    {
        JournalSequence sequence = first;
        foreach (JournalRecord record in records)
        {
            watcher?.Offered(sequence, record);
            sequence = sequence.Next;
        }
    }

    public void Write(JournalSequence first, IReadOnlyList<JournalRecord> records)
    {
        JournalSequence sequence = first;
        foreach (JournalRecord record in records)
        {
            _records.Add(StoredRecord.Of(sequence, record));
            sequence = sequence.Next;
        }
    }

    public void MakeDurable(JournalSequence through)
    {
        if (condition.LiesAboutSync || through <= Durable)
        {
            return;
        }

        for (JournalSequence sequence = Durable.Next; sequence <= through; sequence = sequence.Next)
        {
            Remember(sequence);
        }

        Durable = through;
        watcher?.Durable(through);
    }

    public void DeleteThrough(JournalSequence through)
    {
        if (through > DeletedThrough)
        {
            _records.RemoveRange(0, (int)(through.Value - DeletedThrough.Value));
            DeletedThrough = through;
            Durable = JournalSequence.Max(Durable, through);
        }
    }

    /// <summary>
    /// The process died. Of what no sync covered, a prefix had reached the medium all the same; the write after that prefix may be torn. A power
    /// cut leaves the same kinds of traces, so the two are one fault here.
    /// </summary>
    public void Crash(SeededRandom random)
    {
        IsRefusing = false;
        ulong pending = Written.Value - Durable.Value;
        ulong surviving = pending == 0 || random.OneIn(2) ? 0 : (ulong)random.Below((int)pending + 1);
        _tornTail = surviving < pending && random.OneIn(2);
        JournalSequence kept = Durable.Plus(surviving);
        _records.RemoveRange(IndexOf(kept.Next), _records.Count - IndexOf(kept.Next));
        for (JournalSequence sequence = Durable.Next; sequence <= kept; sequence = sequence.Next)
        {
            Remember(sequence);
        }

        Durable = kept;
        watcher?.Crashed(kept);
        Snapshots.Crash(random);
    }

    /// <summary>Bits of one durable record flip, or another record is found in its place.</summary>
    /// <param name="alsoGuarded">The second copy of the newest promise goes as well.</param>
    /// <returns>False when there was nothing to damage.</returns>
    public bool Damage(SeededRandom random, bool misdirected, bool alsoGuarded)
    {
        if (_records.Count == 0)
        {
            return false;
        }

        int hit = random.Below(_records.Count);
        int other = random.Below(_records.Count);
        _records[hit] = misdirected && other != hit ? _records[other] : _records[hit].WithFlippedBit(random.Below(1 << 20));
        IsDamaged = true;
        _guardedDamaged |= alsoGuarded;
        watcher?.Damaged(new JournalSequence(DeletedThrough.Value + (ulong)hit + 1), alsoGuarded);
        return true;
    }

    public JournalReplay Read(JournalStreamId stream)
    {
        var sound = new List<ReplayedRecord>(_records.Count);
        JournalSequence place = DeletedThrough.Next;
        foreach (StoredRecord record in _records)
        {
            if (!record.IsSoundAt(place))
            {
                break;
            }

            sound.Add(new ReplayedRecord(place, record.Payload, record.Guarded));
            place = place.Next;
        }

        if (sound.Count < _records.Count)
        {
            // What follows a loss is not reported; the loss itself is, until the next append takes over the memory of it.
            _lostFrom = place;
            _records.RemoveRange(sound.Count, _records.Count - sound.Count);
            Durable = JournalSequence.Min(Durable, Written);
        }

        JournalVerdict verdict = _lostFrom is { } lost ? new JournalVerdict.Corrupt($"the record at {lost} fails its checksum", lost)
            : _tornTail ? new JournalVerdict.TornTailCut("the last write is incomplete")
            : JournalVerdict.Clean.Instance;
        _tornTail = false;
        LatestGuarded guarded = _guardedDamaged ? new LatestGuarded.Damaged("both copies fail their checksums")
            : _guarded is { } known ? new LatestGuarded.Known(known.Sequence, known.Payload)
            : LatestGuarded.None.Instance;
        return new JournalReplay(stream, sound, DeletedThrough, verdict, guarded);
    }

    private void Remember(JournalSequence sequence)
    {
        StoredRecord record = _records[IndexOf(sequence)];
        // The first append that is durable after a loss takes over the memory of it.
        IsDamaged = false;
        _lostFrom = null;
        if (record.Guarded)
        {
            _guarded = record;
            _guardedDamaged = false;
        }
    }

    private int IndexOf(JournalSequence sequence) => (int)(sequence.Value - DeletedThrough.Value - 1);
}
