using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Storage;

namespace ActorPhysics.Hosting.Journal;

/// <summary>
/// A look at one stream, taken on the log thread in its turn; the reading itself happens on the caller's thread while the segments
/// are pinned. So a replica can be replayed while the others go on.
/// </summary>
internal sealed class ReplayPlan(StreamLog stream) : ILogWork, IDisposable
{
    private readonly ManualResetEventSlim _isReady = new();
    private readonly Dictionary<ulong, Segment> _segments = [];
    private RecordLocation[] _locations = [];
    private JournalSequence _deletedThrough;
    private JournalSequence _lostFrom;
    private string _lostDetail = "";
    private string? _tornDetail;
    private GuardedPayload _guarded;
    private ulong _journal;
    private JournalFault? _fault;

    /// <summary>What made the reading end early, although the log was sound when it was opened.</summary>
    public string? NewLoss { get; private set; }

    public void RunOnLogThread(LogWriter writer)
    {
        writer.Flush();
        LogState state = writer.State;
        _journal = state.Journal;
        _deletedThrough = stream.DeletedThrough;
        _locations = stream.Index.ToArray();
        _lostFrom = stream.LostFrom;
        _lostDetail = stream.LostDetail;
        _tornDetail = state.TornDetail;
        _guarded = stream.Guarded;
        _fault = writer.Fault;
        foreach (RecordLocation location in _locations)
        {
            if (!_segments.ContainsKey(location.Segment))
            {
                Segment segment = state.SegmentOf(location.Segment);
                segment.Pin();
                _segments.Add(segment.Number, segment);
            }
        }

        _isReady.Set();
    }

    public void Abandon(JournalFault fault)
    {
        _fault = fault;
        _isReady.Set();
    }

    /// <summary>Waits for the log thread, then reads.</summary>
    /// <exception cref="StorageException">The journal is poisoned, or a file cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">The journal is closed.</exception>
    public JournalReplay Read()
    {
        _isReady.Wait();
        ObjectDisposedException.ThrowIf(_fault?.Kind == JournalFaultKind.Closed, typeof(WriteAheadJournal));
        if (_fault is { } fault)
        {
            throw new StorageException(StorageFaultKind.Poisoned, fault.Detail);
        }

        var records = new List<ReplayedRecord>(_locations.Length);
        NewLoss = ReadRecords(records);
        JournalVerdict verdict = NewLoss switch
        {
            { } damage => new JournalVerdict.Corrupt(damage, _deletedThrough.Plus((ulong)records.Count).Next),
            null when _lostFrom > JournalSequence.Zero => new JournalVerdict.Corrupt(_lostDetail, _lostFrom),
            null when _tornDetail is { } torn => new JournalVerdict.TornTailCut(torn),
            _ => JournalVerdict.Clean.Instance,
        };
        return new JournalReplay(stream.Id, records, _deletedThrough, verdict, _guarded.ToReplay());
    }

    public void Dispose()
    {
        foreach (Segment segment in _segments.Values)
        {
            segment.Unpin();
        }

        _segments.Clear();
        _isReady.Dispose();
    }

    private string? ReadRecords(List<ReplayedRecord> records)
    {
        var reader = new RecordReader(_journal);
        JournalSequence expected = _deletedThrough.Next;
        foreach (RecordLocation location in _locations)
        {
            byte[]? record;
            RecordHeader header;
            string? damage;
            try
            {
                record = reader.Read(_segments[location.Segment], location, out header, out damage);
            }
            catch (Exception fault) when (DiskErrors.IsEnvironmental(fault))
            {
                throw new StorageException(
                    StorageFaultKind.Medium, $"The journal segment '{_segments[location.Segment].Path}' cannot be read: {fault.Message}", fault);
            }

            if (record is null || header.Stream != stream.Id || header.Sequence != expected)
            {
                return damage ?? $"Segment {location.Segment}, offset {location.OffsetBytes}, holds another record than {expected} of {stream.Id}.";
            }

            records.Add(new ReplayedRecord(header.Sequence, record.AsMemory(RecordFormat.HeaderBytes), header.Guarded));
            expected = expected.Next;
        }

        return null;
    }
}
