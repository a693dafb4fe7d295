namespace ActorPhysics.Hosting.Journal;

/// <summary>Reads records back by their location, verifying the pages and the records again. For one thread.</summary>
internal sealed class RecordReader(ulong journal)
{
    private const int WindowPages = 32;

    private readonly byte[] _window = new byte[WindowPages * PageFormat.SizeBytes];
    private readonly ushort[] _usedBytes = new ushort[WindowPages];
    private Segment? _segment;
    private uint _firstPage;
    private uint _pages;

    /// <summary>Reads a record; null, and a reason, when it is damaged.</summary>
    /// <exception cref="IOException">The file cannot be read at all.</exception>
    public byte[]? Read(Segment segment, RecordLocation location, out RecordHeader header, out string? damage)
    {
        header = default;
        var record = new byte[location.SizeBytes];
        int done = 0;
        uint page = location.OffsetBytes / PageFormat.SizeBytes;
        int skip = (int)(location.OffsetBytes % PageFormat.SizeBytes) - PageFormat.HeaderBytes;
        while (done < record.Length)
        {
            if (!TryGetContent(segment, page, out ReadOnlySpan<byte> content) || content.Length <= skip)
            {
                damage = $"Segment {segment.Number}, page {page}, fails its checksum.";
                return null;
            }

            int count = Math.Min(content.Length - skip, record.Length - done);
            content.Slice(skip, count).CopyTo(record.AsSpan(done));
            done += count;
            skip = 0;
            page++;
        }

        if (!RecordFormat.TryRead(record, out header, out ReadOnlySpan<byte> payload) || payload.Length != location.PayloadBytes)
        {
            damage = $"A record in segment {segment.Number} at offset {location.OffsetBytes} fails its checksum.";
            return null;
        }

        damage = null;
        return record;
    }

    private bool TryGetContent(Segment segment, uint page, out ReadOnlySpan<byte> content)
    {
        if (segment != _segment || page < _firstPage || page >= _firstPage + _pages)
        {
            _segment = segment;
            _firstPage = page;
            _pages = (uint)(segment.File.Read(_window, (long)page * PageFormat.SizeBytes) / PageFormat.SizeBytes);
            Array.Clear(_usedBytes);
        }

        content = default;
        if (page >= _firstPage + _pages)
        {
            return false;
        }

        int slot = (int)(page - _firstPage);
        Span<byte> bytes = _window.AsSpan(slot * PageFormat.SizeBytes, PageFormat.SizeBytes);
        if (_usedBytes[slot] == 0)
        {
            if (PageFormat.Inspect(bytes, new PagePlace(journal, segment.Number, page), out PageHeader header) != PageCondition.Valid)
            {
                // It may have been read while it was being written, with others that are wanted now: look again.
                if (slot > 0)
                {
                    _segment = null;
                    return TryGetContent(segment, page, out content);
                }

                return false;
            }

            _usedBytes[slot] = header.UsedBytes;
        }

        content = bytes.Slice(PageFormat.HeaderBytes, _usedBytes[slot]);
        return true;
    }
}
