using ActorPhysics.Actors.Ports;

namespace ActorPhysics.Hosting.Journal;

/// <summary>
/// A journal for the crash-stop model, where an acknowledgement means <em>appended</em>: a replica that restarts does not come back
/// under its old identity, so nothing has to survive. Outcomes are told before <see cref="Append"/> returns.
/// </summary>
public sealed class MemoryJournal : IJournal, IDisposable
{
    private readonly object _gate = new();
    private readonly SortedDictionary<JournalStreamId, MemoryStreamLog> _streams = [];
    private bool _isDisposed;

    public int MaxAppendBytes => 32 * 1024 * 1024;

    public IReadOnlyList<JournalStreamId> Streams
    {
        get
        {
            lock (_gate)
            {
                return [.. _streams.Keys];
            }
        }
    }

    public JournalReplay Replay(JournalStreamId stream)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (!_streams.TryGetValue(stream, out MemoryStreamLog? log))
            {
                _streams.Add(stream, log = new MemoryStreamLog(stream));
            }

            log.OpenFor(log.Next);
            return new JournalReplay(stream, [.. log.Records], log.DeletedThrough, JournalVerdict.Clean.Instance, log.Guarded);
        }
    }

    public void Append(
        JournalStreamId stream, JournalSequence first, IReadOnlyList<JournalRecord> records, PersistTicket ticket, IJournalCallback callback)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(callback);
        AppendSize.RequireWithin(MaxAppendBytes, records);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            MemoryStreamLog log = Find(stream);
            log.Admit(first, records.Count);
            for (int i = 0; i < records.Count; i++)
            {
                log.Add(records[i]);
            }
        }

        callback.Durable(ticket);
    }

    public void DeleteThrough(JournalStreamId stream, JournalSequence through)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            MemoryStreamLog log = Find(stream);
            log.RequireDeletable(through);
            log.DeleteThrough(through);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
        }
    }

    private MemoryStreamLog Find(JournalStreamId stream) => StreamGate.Require(_streams.GetValueOrDefault(stream), stream);

    private sealed class MemoryStreamLog(JournalStreamId id) : StreamGate(id)
    {
        private readonly Queue<ReplayedRecord> _records = [];

        public IReadOnlyCollection<ReplayedRecord> Records => _records;
        public JournalSequence DeletedThrough { get; private set; }
        public LatestGuarded Guarded { get; private set; } = LatestGuarded.None.Instance;

        public void Add(JournalRecord record)
        {
            // The caller may reuse its buffer as soon as it was told.
            byte[] payload = record.Payload.ToArray();
            _records.Enqueue(new ReplayedRecord(Next, payload, record.Guarded));
            if (record.Guarded)
            {
                Guarded = new LatestGuarded.Known(Next, payload);
            }

            Next = Next.Next;
        }

        public void DeleteThrough(JournalSequence through)
        {
            while (_records.TryPeek(out ReplayedRecord oldest) && oldest.Sequence <= through)
            {
                _records.Dequeue();
                DeletedThrough = oldest.Sequence;
            }
        }
    }
}
