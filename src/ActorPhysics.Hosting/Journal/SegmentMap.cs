using ActorPhysics.Hosting.Storage;

namespace ActorPhysics.Hosting.Journal;

/// <summary>What each page of one segment turned out to be.</summary>
internal sealed class SegmentMap
{
    private const int PagesPerRead = 256;

    private readonly PageCondition[] _conditions;
    private readonly PageHeader[] _headers;

    private SegmentMap(int pages)
    {
        _conditions = new PageCondition[pages];
        _headers = new PageHeader[pages];
        LastNotBlank = -1;
    }

    /// <summary>The number of the last page that is not all zeros; −1 when there is none.</summary>
    public int LastNotBlank { get; private set; }

    public PageHeader HeaderOf(int page) => _headers[page];

    /// <summary>Reads and judges every page. A file that ends within a page counts as if zeros followed.</summary>
    public static SegmentMap Read(IDiskFile file, ulong journal, ulong segment)
    {
        var map = new SegmentMap((int)((file.LengthBytes + PageFormat.SizeBytes - 1) / PageFormat.SizeBytes));
        var buffer = new byte[PagesPerRead * PageFormat.SizeBytes];
        for (int first = 0; first < map._conditions.Length; first += PagesPerRead)
        {
            int read = file.Read(buffer, (long)first * PageFormat.SizeBytes);
            buffer.AsSpan(read).Clear();
            int count = Math.Min(PagesPerRead, map._conditions.Length - first);
            for (int i = 0; i < count; i++)
            {
                map.Judge(first + i, buffer.AsSpan(i * PageFormat.SizeBytes, PageFormat.SizeBytes), journal, segment);
            }
        }

        return map;
    }

    /// <summary>Whether a batch that begins at this page is complete; its last page.</summary>
    public bool TryFindEndOfBatch(int first, out int last)
    {
        ulong batch = _headers[first].Batch;
        for (last = first; last < _conditions.Length; last++)
        {
            bool belongs = _conditions[last] == PageCondition.Valid
                && _headers[last].Batch == batch
                && _headers[last].Flags.HasFlag(PageFlags.FirstOfBatch) == (last == first);
            if (!belongs)
            {
                return false;
            }

            if (_headers[last].Flags.HasFlag(PageFlags.LastOfBatch))
            {
                return true;
            }

            if (_headers[last].UsedBytes != PageFormat.ContentBytes)
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>Whether a batch, complete or not, begins at this page.</summary>
    public bool IsStartOfBatch(int page) => _conditions[page] == PageCondition.Valid && _headers[page].Flags.HasFlag(PageFlags.FirstOfBatch);

    /// <summary>The first page from <paramref name="from"/> on where a batch later than <paramref name="batch"/> begins; −1 when none does.</summary>
    public int FindLaterBatch(int from, ulong batch)
    {
        for (int page = from; page <= LastNotBlank; page++)
        {
            if (IsStartOfBatch(page) && _headers[page].Batch > batch)
            {
                return page;
            }
        }

        return -1;
    }

    /// <summary>
    /// Whether the rest of the segment can be what an interrupted write of this batch leaves: pages of it, pages still zero, and at
    /// most one that was cut short. A write begins only after the one before it was fsynced, so any other page was acknowledged once.
    /// </summary>
    public bool IsInterruptedWrite(int from, ulong batch)
    {
        int unfinished = 0;
        for (int page = from; page <= LastNotBlank; page++)
        {
            switch (_conditions[page])
            {
                case PageCondition.Damaged:
                case PageCondition.Valid when _headers[page].Batch != batch:
                    return false;
                case PageCondition.Unfinished:
                    unfinished++;
                    break;
            }
        }

        return unfinished <= 1;
    }

    private void Judge(int page, Span<byte> bytes, ulong journal, ulong segment)
    {
        _conditions[page] = PageFormat.Inspect(bytes, new PagePlace(journal, segment, (uint)page), out _headers[page]);
        if (_conditions[page] != PageCondition.Blank)
        {
            LastNotBlank = page;
        }
    }
}
