using ActorPhysics.Hosting.Storage;

namespace ActorPhysics.Hosting.Journal;

/// <summary>A segment's file as found.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Path">Its file.</param>
/// <param name="UsedPages">The pages through the last that is not blank.</param>
internal sealed record FoundSegment(ulong Number, string Path, uint UsedPages);

/// <summary>Some pages of a segment.</summary>
internal readonly record struct PageRange(ulong Segment, uint First, uint Count);

/// <summary>What a reading of all segments found. Nothing was changed.</summary>
internal sealed record ScanResult(
    ulong? Journal,
    IReadOnlyList<FoundSegment> Segments,
    RecoveredHistory History,
    ulong LastBatch,
    PageRange? Tail,
    PageRange? Torn);

/// <summary>
/// Reads the segments in order and tells an interrupted last write from damage. The rule: a batch is written only after the one
/// before it was fsynced, into pages that were zero. So only the last batch can be incomplete by an accident of timing, and then what
/// is missing of it is zero. Everything else that is not a valid page in its place was destroyed later, and is a loss
/// (protocol-aware recovery, FAST '18).
/// </summary>
internal sealed class RecoveryScan
{
    private readonly IDisk _disk;
    private readonly string _folder;
    private readonly RecoveredHistory _history = new();
    private readonly List<FoundSegment> _segments = [];
    private ulong? _journal;
    private ulong _lastBatch;
    private bool _knowsFirstBatch;
    private PageRange? _tail;
    private PageRange? _unsettled;
    private bool _unsettledIsInterruptedWrite;
    private byte[] _content = [];

    private RecoveryScan(IDisk disk, string folder)
    {
        _disk = disk;
        _folder = folder;
    }

    /// <exception cref="StorageException">A segment in the middle is missing, or one has a later format.</exception>
    public static ScanResult Run(IDisk disk, string folder)
    {
        var scan = new RecoveryScan(disk, folder);
        ulong[] numbers = scan.FindSegments();
        scan._journal = scan.FindJournal(numbers);
        scan._knowsFirstBatch = numbers is [1, ..];
        foreach (ulong number in numbers)
        {
            scan.ReadSegment(number);
        }

        if (!scan._unsettledIsInterruptedWrite)
        {
            scan.SettleAsDamage();
        }

        scan._history.Finish();
        return new ScanResult(scan._journal, scan._segments, scan._history, scan._lastBatch, scan._tail, scan._unsettled);
    }

    private ulong[] FindSegments()
    {
        var numbers = new List<ulong>();
        foreach (string name in _disk.List(_folder))
        {
            if (SegmentNames.TryParse(name, out ulong number))
            {
                numbers.Add(number);
            }
        }

        numbers.Sort();
        for (int i = 1; i < numbers.Count; i++)
        {
            if (numbers[i] != numbers[i - 1] + 1)
            {
                throw new StorageException(
                    StorageFaultKind.Missing,
                    $"The journal segment '{Path.Combine(_folder, SegmentNames.Of(numbers[i - 1] + 1))}' is missing, but later ones are there. "
                    + "Restore it, or let the node start with an empty folder as a new member.");
            }
        }

        return [.. numbers];
    }

    /// <summary>The journal's identity is that of its first intact page; pages of any other are damage.</summary>
    private ulong? FindJournal(ulong[] numbers)
    {
        var page = new byte[PageFormat.SizeBytes];
        foreach (ulong number in numbers)
        {
            string path = PathOf(number);
            using IDiskFile file = _disk.Open(path, DiskAccess.Read);
            for (long offset = 0; offset + PageFormat.SizeBytes <= file.LengthBytes; offset += PageFormat.SizeBytes)
            {
                file.Read(page, offset);
                if (!PageFormat.HasValidChecksum(page))
                {
                    continue;
                }

                if (PageFormat.VersionOf(page) != PageFormat.Version)
                {
                    throw new StorageException(
                        StorageFaultKind.UnknownFormat,
                        $"The journal segment '{path}' has format {PageFormat.VersionOf(page)}; this version reads format {PageFormat.Version}.");
                }

                return PageFormat.ReadPlace(page).Journal;
            }
        }

        return null;
    }

    private void ReadSegment(ulong number)
    {
        string path = PathOf(number);
        using IDiskFile file = _disk.Open(path, DiskAccess.Read);
        var map = SegmentMap.Read(file, _journal ?? 0, number);
        _segments.Add(new FoundSegment(number, path, (uint)(map.LastNotBlank + 1)));
        int page = 0;
        while (page <= map.LastNotBlank)
        {
            if (map.IsStartOfBatch(page) && Follows(map.HeaderOf(page).Batch) && map.TryFindEndOfBatch(page, out int last))
            {
                SettleAsDamage();
                ReadBatch(file, map, number, page, last);
                page = last + 1;
                continue;
            }

            int later = map.FindLaterBatch(page, _lastBatch + (_knowsFirstBatch ? 1UL : 0));
            if (later < 0)
            {
                Unsettled(new PageRange(number, (uint)page, (uint)(map.LastNotBlank + 1 - page)), map.IsInterruptedWrite(page, _lastBatch + 1));
                return;
            }

            SettleAsDamage();
            ulong laterBatch = map.HeaderOf(later).Batch;
            _history.NoteDamage(later > page
                ? $"Segment {number}, pages {page}–{later - 1}, fails its checksums."
                : $"Batches before {laterBatch} are gone at segment {number}, page {page}.");
            ExpectBatch(laterBatch);
            page = later;
        }
    }

    private bool Follows(ulong batch) => !_knowsFirstBatch || batch == _lastBatch + 1;

    private void ExpectBatch(ulong batch)
    {
        _knowsFirstBatch = true;
        _lastBatch = batch - 1;
    }

    private void ReadBatch(IDiskFile file, SegmentMap map, ulong segment, int first, int last)
    {
        ExpectBatch(map.HeaderOf(first).Batch);
        _lastBatch++;
        int pages = last - first + 1;
        ReadOnlySpan<byte> content = ReadContent(file, map, first, pages);
        int offset = 0;
        while (offset < content.Length)
        {
            var location = new RecordLocation(segment, (uint)((first * PageFormat.SizeBytes) + BatchBuffer.OffsetOf(offset)), 0);
            bool isUnderstood = RecordFormat.TryRead(content[offset..], out RecordHeader header, out ReadOnlySpan<byte> payload)
                && _history.Take(header, payload, location with { PayloadBytes = header.PayloadBytes });
            if (!isUnderstood)
            {
                _history.NoteDamage($"Segment {segment}, batch {_lastBatch} at page {first}, holds a record that cannot be read.");
                break;
            }

            offset += RecordFormat.SizeBytes(header.PayloadBytes);
        }

        _tail = new PageRange(segment, (uint)first, (uint)pages);
    }

    private ReadOnlySpan<byte> ReadContent(IDiskFile file, SegmentMap map, int first, int pages)
    {
        int rawBytes = pages * PageFormat.SizeBytes;
        if (_content.Length < rawBytes)
        {
            _content = new byte[rawBytes];
        }

        file.Read(_content.AsSpan(0, rawBytes), (long)first * PageFormat.SizeBytes);
        int length = 0;
        for (int i = 0; i < pages; i++)
        {
            // Closing the gaps between the pages in place: what is moved always lies behind where it goes.
            int used = map.HeaderOf(first + i).UsedBytes;
            _content.AsSpan((i * PageFormat.SizeBytes) + PageFormat.HeaderBytes, used).CopyTo(_content.AsSpan(length));
            length += used;
        }

        return _content.AsSpan(0, length);
    }

    /// <summary>Keeps the verdict on a bad end of a segment open until it is known whether anything valid follows.</summary>
    private void Unsettled(PageRange range, bool isInterruptedWrite)
    {
        bool isAlone = _unsettled is null;
        SettleAsDamage();
        _unsettled = range;
        _unsettledIsInterruptedWrite = isAlone && isInterruptedWrite && _knowsFirstBatch;
    }

    private void SettleAsDamage()
    {
        if (_unsettled is { } range)
        {
            _history.NoteDamage($"Segment {range.Segment}, pages {range.First}–{range.First + range.Count - 1}, fails its checksums.");
            _unsettled = null;
        }
    }

    private string PathOf(ulong number) => Path.Combine(_folder, SegmentNames.Of(number));
}
