using System.Buffers.Binary;
using System.Security.Cryptography;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Storage;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Journal;

/// <summary>
/// Reads a journal's folder and makes it fit for writing: an interrupted last write is zeroed again, the last complete one is written
/// once more and fsynced. For what was read may be nothing but page cache, left by a process whose fsync failed; only the last batch
/// can be so, because each is fsynced before the next begins.
/// </summary>
internal sealed class JournalOpening
{
    private readonly IDisk _disk;
    private readonly string _folder;
    private readonly ScanResult _scan;

    private JournalOpening(IDisk disk, string folder)
    {
        _disk = disk;
        _folder = folder;
        _scan = RecoveryScan.Run(disk, folder);
        Journal = _scan.Journal ?? BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        PromiseBook.Contents book = PromiseBook.Read(disk, folder, Journal);
        if (_scan.Journal is null && PromiseBook.Exists(disk, folder))
        {
            throw new StorageException(
                StorageFaultKind.Missing,
                $"The journal in '{folder}' has promises but no readable segment. Restore the segments, or let the node start with an empty "
                + "folder as a new member.");
        }

        RecoveredPromises.Reconcile(_scan.History, book);
        MayMissStreams = _scan.History.ListIsUnsure || (_scan.History.HasDamageAfterList && !book.IsSure);
        TornDetail = _scan.Torn is { } torn
            ? $"Segment {torn.Segment}, pages {torn.First}–{torn.First + torn.Count - 1}, were not written to their end."
            : null;
    }

    public ulong Journal { get; }

    /// <summary>Streams may have been lost with all they had, and the book of promises can't tell.</summary>
    public bool MayMissStreams { get; }

    public string? TornDetail { get; }

    public IReadOnlyDictionary<JournalStreamId, RecoveredStream> Streams => _scan.History.Streams;

    /// <summary>Whether what was found must not be continued in its segment.</summary>
    public bool NeedsNewSegment => _scan.Tail is null || _scan.History.Damage.Count > 0 || Streams.Values.Any(stream => stream.IsLost);

    public static JournalOpening Read(IDisk disk, string folder) => new(disk, folder);

    public void Report(ILogger logger)
    {
        if (TornDetail is not null)
        {
            logger.TornTailCut(_folder, TornDetail);
        }

        foreach (string damage in _scan.History.Damage)
        {
            logger.Damaged(_folder, damage);
        }

        foreach (RecoveredStream stream in Streams.Values.Where(stream => stream.IsLost))
        {
            logger.StreamLost(_folder, stream.Id.ToString(), stream.LostFrom.ToString(), stream.LostDetail);
        }

        logger.Opened(_folder, _scan.Segments.Count, Streams.Count);
    }

    /// <summary>Repairs the end of the log, opens its segments and hands the blank one after them to the shelf.</summary>
    public LogState Prepare(SegmentShelf shelf, WriteAheadJournalOptions options)
    {
        foreach (string name in _disk.List(_folder).Where(SegmentNames.IsSpare))
        {
            _disk.Delete(Path.Combine(_folder, name));
        }

        var state = new LogState(_folder, Journal) { LastBatch = _scan.LastBatch, MayMissStreams = MayMissStreams, TornDetail = TornDetail };
        ZeroTornPages();
        ulong lastUsed = LastUsedSegment();
        foreach (FoundSegment found in _scan.Segments.Where(segment => segment.Number <= lastUsed))
        {
            state.Segments.Add(Open(found));
        }

        RewriteTail(state);
        PutBlankSegment(shelf, lastUsed, options);
        _disk.SyncFolder(_folder);
        foreach (RecoveredStream stream in Streams.Values)
        {
            state.Streams[stream.Id] = Restore(state, stream);
        }

        shelf.Request(lastUsed + 1);
        return state;
    }

    /// <summary>Marks every stream as listed in the book; to be called when the book was written.</summary>
    public static IEnumerable<(JournalStreamId Stream, GuardedPayload Guarded)> BookOf(LogState state)
    {
        foreach (StreamLog stream in state.Streams.Values)
        {
            stream.IsInBook = true;
            yield return (stream.Id, stream.Guarded);
        }
    }

    /// <summary>What a stream says, read without a running journal.</summary>
    public JournalReplay ReplayOf(RecoveredStream stream, Func<RecordLocation, byte[]?> read)
    {
        var records = new List<ReplayedRecord>();
        JournalVerdict verdict = stream.IsLost ? new JournalVerdict.Corrupt(stream.LostDetail, stream.LostFrom)
            : TornDetail is not null ? new JournalVerdict.TornTailCut(TornDetail)
            : JournalVerdict.Clean.Instance;
        for (JournalSequence sequence = stream.DeletedThrough.Next; sequence <= stream.Last; sequence = sequence.Next)
        {
            byte[]? record = read(stream.Locations[sequence.Value]);
            if (record is null || !RecordFormat.TryRead(record, out RecordHeader header, out _))
            {
                verdict = new JournalVerdict.Corrupt($"Record {sequence} cannot be read any more.", sequence);
                break;
            }

            records.Add(new ReplayedRecord(sequence, record.AsMemory(RecordFormat.HeaderBytes), header.Guarded));
        }

        return new JournalReplay(stream.Id, records, stream.DeletedThrough, verdict, stream.Guarded.ToReplay());
    }

    /// <summary>Opens the files of the segments for reading only.</summary>
    public IReadOnlyDictionary<ulong, Segment> OpenForReading() => _scan.Segments.ToDictionary(
        found => found.Number,
        found => new Segment(found.Number, found.Path, _disk.Open(found.Path, DiskAccess.Read), found.UsedPages));

    private static StreamLog Restore(LogState state, RecoveredStream found)
    {
        var stream = new StreamLog(found.Id)
        {
            DeletedThrough = found.DeletedThrough,
            Last = found.DeletedThrough,
            LostFrom = found.LostFrom,
            LostDetail = found.LostDetail,
            Guarded = found.Guarded,
        };
        for (JournalSequence sequence = found.DeletedThrough.Next; sequence <= found.Last; sequence = sequence.Next)
        {
            RecordLocation location = found.Locations[sequence.Value];
            state.AddLive(stream, sequence, location);
            state.SegmentOf(location.Segment).Streams.Add(stream);
        }

        stream.Next = stream.Last.Next;
        return stream;
    }

    private ulong LastUsedSegment()
    {
        ulong last = 0;
        foreach (FoundSegment found in _scan.Segments)
        {
            bool isOnlyTorn = _scan.Torn is { First: 0 } torn && torn.Segment == found.Number;
            if (found.UsedPages > 0 && !isOnlyTorn)
            {
                last = found.Number;
            }
        }

        // A first segment that never held anything is blank as well, and is then the one to begin with.
        return last != 0 || _scan.Segments.Count == 0 ? last : _scan.Segments[0].Number - 1;
    }

    private Segment Open(FoundSegment found)
    {
        IDiskFile file = _disk.Open(found.Path, DiskAccess.ReadWrite);
        bool isTail = _scan.Tail?.Segment == found.Number;
        uint pages = (uint)(file.LengthBytes / PageFormat.SizeBytes);
        if (isTail && _scan.History.SegmentPages > pages)
        {
            // The file has lost its end, which was zeros or an unfinished page.
            pages = _scan.History.SegmentPages;
            long length = file.LengthBytes;
            SegmentFiles.WriteZeros(file, length, ((long)pages * PageFormat.SizeBytes) - length);
            file.Sync();
        }

        uint used = _scan.Torn is { } torn && torn.Segment == found.Number ? torn.First : found.UsedPages;
        return new Segment(found.Number, found.Path, file, pages) { NextPage = used };
    }

    private void ZeroTornPages()
    {
        if (_scan.Torn is not { } torn)
        {
            return;
        }

        using IDiskFile file = _disk.Open(_scan.Segments.First(found => found.Number == torn.Segment).Path, DiskAccess.ReadWrite);
        SegmentFiles.WriteZeros(file, (long)torn.First * PageFormat.SizeBytes, (long)torn.Count * PageFormat.SizeBytes);
        file.Sync();
    }

    private void RewriteTail(LogState state)
    {
        if (_scan.Tail is not { } tail)
        {
            return;
        }

        Segment segment = state.SegmentOf(tail.Segment);
        var pages = new byte[tail.Count * PageFormat.SizeBytes];
        long offset = (long)tail.First * PageFormat.SizeBytes;
        segment.File.Read(pages, offset);
        for (uint i = 0; i < tail.Count; i++)
        {
            // Inspecting completes what an interrupted write left out of a stamp.
            PageFormat.Inspect(
                pages.AsSpan((int)i * PageFormat.SizeBytes, PageFormat.SizeBytes), new PagePlace(Journal, tail.Segment, tail.First + i), out _);
        }

        segment.File.Write(pages, offset);
        segment.File.Sync();
    }

    private void PutBlankSegment(SegmentShelf shelf, ulong lastUsed, WriteAheadJournalOptions options)
    {
        // From the highest down, so that a crash leaves no gap in the numbers.
        foreach (FoundSegment blank in _scan.Segments.Where(segment => segment.Number > lastUsed).Reverse())
        {
            IDiskFile file = _disk.Open(blank.Path, DiskAccess.ReadWrite);
            if (blank.Number == lastUsed + 1 && file.LengthBytes == (long)options.SegmentPages * PageFormat.SizeBytes)
            {
                shelf.Put(new Segment(blank.Number, blank.Path, file, options.SegmentPages));
                continue;
            }

            file.Dispose();
            _disk.Delete(blank.Path);
            _disk.SyncFolder(_folder);
        }
    }
}
