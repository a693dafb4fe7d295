using System.Buffers.Binary;
using ActorPhysics.Wire.Checksums;

namespace ActorPhysics.Hosting.Journal;

/// <summary>Whether a page opens or closes its batch; a batch of one page does both.</summary>
[Flags]
internal enum PageFlags : byte
{
    None = 0,
    FirstOfBatch = 1,
    LastOfBatch = 2,
}

/// <summary>What a page on the disk turned out to be.</summary>
internal enum PageCondition : byte
{
    /// <summary>Only zeros: never written, or zeroed for reuse.</summary>
    Blank,

    /// <summary>Complete, and written for this place.</summary>
    Valid,

    /// <summary>The beginning of a page for this place, then zeros through the trailer: a write that did not finish.</summary>
    Unfinished,

    /// <summary>Anything else. No interrupted write leaves this.</summary>
    Damaged,
}

/// <summary>Where a page belongs. It is under the page's checksum, so a page of a recycled segment is never read as a new one.</summary>
/// <param name="Journal">The journal's random identity.</param>
/// <param name="Segment">The segment's number, which is never used again.</param>
/// <param name="Page">The page's number in the segment, from 0.</param>
internal readonly record struct PagePlace(ulong Journal, ulong Segment, uint Page);

/// <summary>The rest of a page's header.</summary>
internal readonly record struct PageHeader(ushort UsedBytes, PageFlags Flags, ulong Batch);

/// <summary>
/// A page of a segment: 4 KiB, little-endian:
/// <c>[0] crc32c of the rest · [4] "APJ" and the format's version · [8] journal · [16] segment · [24] page · [28] used bytes ·
/// [30] flags · [31] zero · [32] batch · [40] content · [4088] stamp</c>.
/// The stamp has no zero byte, so a page that was written to its end never ends in zeros, and an unfinished one does.
/// </summary>
internal static class PageFormat
{
    public const int SizeBytes = 4096;
    public const int HeaderBytes = 40;
    public const int StampBytes = 8;
    public const int ContentBytes = SizeBytes - HeaderBytes - StampBytes;
    public const byte Version = 1;

    private const uint Magic = 'A' | ((uint)'P' << 8) | ((uint)'J' << 16) | ((uint)Version << 24);
    private const uint MagicMask = 0x00FFFFFF;
    private const ulong Stamp = 0x9E3779B97F4A7C15;
    private const int StampOffset = SizeBytes - StampBytes;

    /// <summary>Writes header, stamp and checksum around content that is in place already; zeroes what the content does not use.</summary>
    public static void Seal(Span<byte> page, in PagePlace place, in PageHeader header)
    {
        page[(HeaderBytes + header.UsedBytes)..StampOffset].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(page[4..], Magic);
        BinaryPrimitives.WriteUInt64LittleEndian(page[8..], place.Journal);
        BinaryPrimitives.WriteUInt64LittleEndian(page[16..], place.Segment);
        BinaryPrimitives.WriteUInt32LittleEndian(page[24..], place.Page);
        BinaryPrimitives.WriteUInt16LittleEndian(page[28..], header.UsedBytes);
        page[30] = (byte)header.Flags;
        page[31] = 0;
        BinaryPrimitives.WriteUInt64LittleEndian(page[32..], header.Batch);
        BinaryPrimitives.WriteUInt64LittleEndian(page[StampOffset..], Stamp);
        BinaryPrimitives.WriteUInt32LittleEndian(page, Crc32C.Of(page[4..SizeBytes]).Value);
    }

    /// <summary>
    /// Judges a page that is to be in <paramref name="place"/>. A page that lacks nothing but the end of its stamp is completed, and
    /// then is as good as any.
    /// </summary>
    public static PageCondition Inspect(Span<byte> page, in PagePlace place, out PageHeader header)
    {
        header = default;
        if (HasValidChecksum(page) || TryCompleteStamp(page))
        {
            ushort used = BinaryPrimitives.ReadUInt16LittleEndian(page[28..]);
            if (ReadPlace(page) != place || used > ContentBytes || VersionOf(page) != Version)
            {
                return PageCondition.Damaged;
            }

            header = new PageHeader(used, (PageFlags)page[30], BinaryPrimitives.ReadUInt64LittleEndian(page[32..]));
            return PageCondition.Valid;
        }

        int length = LengthWithoutTrailingZeros(page);
        if (length == 0)
        {
            return PageCondition.Blank;
        }

        return length <= StampOffset && IsBeginningOfPage(page[..length], place) ? PageCondition.Unfinished : PageCondition.Damaged;
    }

    /// <summary>Whether a page is intact, wherever it belongs.</summary>
    public static bool HasValidChecksum(ReadOnlySpan<byte> page) =>
        (BinaryPrimitives.ReadUInt32LittleEndian(page[4..]) & MagicMask) == (Magic & MagicMask)
        && BinaryPrimitives.ReadUInt32LittleEndian(page) == Crc32C.Of(page[4..SizeBytes]).Value;

    /// <summary>The version of the format that an intact page was written in.</summary>
    public static byte VersionOf(ReadOnlySpan<byte> page) => page[7];

    /// <summary>The place that an intact page was written for.</summary>
    public static PagePlace ReadPlace(ReadOnlySpan<byte> page) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(page[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(page[16..]),
        BinaryPrimitives.ReadUInt32LittleEndian(page[24..]));

    private static bool TryCompleteStamp(Span<byte> page)
    {
        Span<byte> stamp = stackalloc byte[StampBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(stamp, Stamp);
        Span<byte> found = page[StampOffset..];
        int length = LengthWithoutTrailingZeros(found);
        if (length == StampBytes || !found[..length].SequenceEqual(stamp[..length]))
        {
            return false;
        }

        stamp.CopyTo(found);
        if (HasValidChecksum(page))
        {
            return true;
        }

        found[length..].Clear();
        return false;
    }

    private static int LengthWithoutTrailingZeros(ReadOnlySpan<byte> page) => page.LastIndexOfAnyExcept((byte)0) + 1;

    /// <summary>Whether bytes can be how a page for this place begins: the fields that are known beforehand must agree as far as they go.</summary>
    private static bool IsBeginningOfPage(ReadOnlySpan<byte> written, in PagePlace place)
    {
        Span<byte> known = stackalloc byte[28];
        BinaryPrimitives.WriteUInt32LittleEndian(known[4..], Magic);
        BinaryPrimitives.WriteUInt64LittleEndian(known[8..], place.Journal);
        BinaryPrimitives.WriteUInt64LittleEndian(known[16..], place.Segment);
        BinaryPrimitives.WriteUInt32LittleEndian(known[24..], place.Page);
        int length = Math.Min(written.Length, known.Length);
        return length <= sizeof(uint) || written[sizeof(uint)..length].SequenceEqual(known[sizeof(uint)..length]);
    }
}
