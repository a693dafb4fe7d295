using ActorPhysics.Core;

namespace ActorPhysics.Hosting.Journal;

/// <summary>
/// Collects the records of one batch in pages, ready for one write. It is reused for every batch and grows to the largest, so the way
/// of an append allocates nothing.
/// </summary>
internal sealed class BatchBuffer
{
    private const int InitialPages = 64;

    private byte[] _pages = Allocate(InitialPages);
    private int _contentBytes;

    public bool IsEmpty => _contentBytes == 0;

    /// <summary>How many pages the batch takes now.</summary>
    public int PageCount => PagesFor(_contentBytes);

    /// <summary>How many pages the batch would take with that many more bytes.</summary>
    public int PageCountWith(long moreBytes) => PagesFor(checked((int)(_contentBytes + moreBytes)));

    public static int PagesFor(int contentBytes) => (contentBytes + PageFormat.ContentBytes - 1) / PageFormat.ContentBytes;

    public void Clear() => _contentBytes = 0;

    /// <summary>Adds a record and returns where it begins, in bytes from the beginning of the batch's first page.</summary>
    public int Add(in RecordHeader header, ReadOnlySpan<byte> payload)
    {
        EnsureRoom(RecordFormat.SizeBytes(payload.Length));
        int offset = OffsetOf(_contentBytes);
        Span<byte> head = stackalloc byte[RecordFormat.HeaderBytes];
        RecordFormat.WriteHeader(head, header, payload);
        Copy(head);
        Copy(payload);
        return offset;
    }

    /// <summary>Completes the pages and returns them.</summary>
    public ReadOnlySpan<byte> Seal(in PagePlace first, ulong batch)
    {
        int pages = PageCount;
        Invariant.Require(pages > 0, "JournalBatch", "an empty batch is never written");
        for (int i = 0; i < pages; i++)
        {
            bool last = i == pages - 1;
            PageFlags flags = (i == 0 ? PageFlags.FirstOfBatch : PageFlags.None) | (last ? PageFlags.LastOfBatch : PageFlags.None);
            int used = last ? _contentBytes - (i * PageFormat.ContentBytes) : PageFormat.ContentBytes;
            Span<byte> page = _pages.AsSpan(i * PageFormat.SizeBytes, PageFormat.SizeBytes);
            PageFormat.Seal(page, first with { Page = first.Page + (uint)i }, new PageHeader((ushort)used, flags, batch));
        }

        return _pages.AsSpan(0, pages * PageFormat.SizeBytes);
    }

    /// <summary>Where a byte of the content lies, from the beginning of the batch's first page.</summary>
    public static int OffsetOf(int contentOffset) =>
        (contentOffset / PageFormat.ContentBytes * PageFormat.SizeBytes) + PageFormat.HeaderBytes + (contentOffset % PageFormat.ContentBytes);

    private void Copy(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int room = PageFormat.ContentBytes - (_contentBytes % PageFormat.ContentBytes);
            int count = Math.Min(room, bytes.Length);
            bytes[..count].CopyTo(_pages.AsSpan(OffsetOf(_contentBytes)));
            _contentBytes += count;
            bytes = bytes[count..];
        }
    }

    private void EnsureRoom(int moreBytes)
    {
        int needed = PagesFor(checked(_contentBytes + moreBytes)) * PageFormat.SizeBytes;
        if (needed <= _pages.Length)
        {
            return;
        }

        byte[] grown = Allocate(Math.Max(needed, _pages.Length * 2) / PageFormat.SizeBytes);
        _pages.AsSpan().CopyTo(grown);
        _pages = grown;
    }

    // Pinned: it is handed to the kernel for every batch of the process's life.
    private static byte[] Allocate(int pages) => GC.AllocateUninitializedArray<byte>(pages * PageFormat.SizeBytes, pinned: true);
}
