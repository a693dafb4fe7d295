using System.Buffers.Binary;
using System.Globalization;
using System.Text.RegularExpressions;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Checksums;

namespace ActorPhysics.Hosting.Snapshots;

/// <summary>
/// A snapshot's file, little-endian:
/// <c>preamble (64 bytes) · header · chunks · footer (48 bytes)</c>. The preamble:
/// <c>[0] crc32c of the rest and of the header · [4] "APS" and the format's version · [8] header length · [12] chunk size · [16] group ·
/// [24] replica · [32] epoch · [40] index · [48] zeros</c>. A chunk: content, then the crc32c of its number and its content; all chunks
/// but the last are full, so an offset tells the chunk. The footer:
/// <c>[0] crc32c of the rest · [4] "APSF" · [8] content length · [16] SHA-256 of header length, header and content</c>.
/// </summary>
internal static partial class SnapshotFormat
{
    public const int PreambleBytes = 64;
    public const int FooterBytes = 48;
    public const int ChunkChecksumBytes = 4;
    public const int MaxHeaderBytes = 1024 * 1024;
    public const int MaxChunkBytes = 16 * 1024 * 1024;
    public const int MinChunkBytes = 16;
    public const string Suffix = ".snapshot";
    public const string UnfinishedSuffix = ".part";

    private const byte Version = 1;
    private const uint Magic = 'A' | ((uint)'P' << 8) | ((uint)'S' << 16) | ((uint)Version << 24);
    private const uint FooterMagic = 'A' | ((uint)'P' << 8) | ((uint)'S' << 16) | ((uint)'F' << 24);

    public static string FileNameOf(SnapshotName name) => string.Create(
        CultureInfo.InvariantCulture,
        $"g{name.Group.Value}-r{name.Replica.Value}-i{name.Position.Index.Value:D20}-e{name.Position.Epoch.Value:D20}{Suffix}");

    /// <summary>Reads a file's name; the unfinished suffix must be gone already.</summary>
    public static bool TryParseFileName(string file, out SnapshotName name)
    {
        name = default;
        Match match = FileName().Match(file);
        if (!match.Success || !TryNumber(match, "group", out ulong group) || !TryNumber(match, "replica", out ulong replica)
            || !TryNumber(match, "index", out ulong index) || !TryNumber(match, "epoch", out ulong epoch))
        {
            return false;
        }

        name = new SnapshotName(new GroupId(group), new ReplicaId(replica), new LogPosition(new LeaderEpoch(epoch), new LogIndex(index)));
        return true;
    }

    /// <summary>Where a chunk begins in the file.</summary>
    public static long OffsetOfChunk(long chunk, int headerBytes, int chunkBytes) =>
        PreambleBytes + headerBytes + (chunk * (chunkBytes + ChunkChecksumBytes));

    /// <summary>How long the file is.</summary>
    public static long FileBytes(long contentBytes, int headerBytes, int chunkBytes)
    {
        long chunks = (contentBytes + chunkBytes - 1) / chunkBytes;
        return PreambleBytes + headerBytes + contentBytes + (chunks * ChunkChecksumBytes) + FooterBytes;
    }

    public static byte[] EncodeOpening(SnapshotName name, ReadOnlySpan<byte> header, int chunkBytes)
    {
        var bytes = new byte[PreambleBytes + header.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Magic);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), header.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), chunkBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), name.Group.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(24), name.Replica.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(32), name.Position.Epoch.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(40), name.Position.Index.Value);
        header.CopyTo(bytes.AsSpan(PreambleBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Crc32C.Of(bytes.AsSpan(4)).Value);
        return bytes;
    }

    /// <summary>
    /// Reads the lengths out of a preamble whose checksum cannot be verified yet, because it covers the header: they are bounded before
    /// anyone reserves memory for them. Null, and why, when they can't be right.
    /// </summary>
    public static (int HeaderBytes, int ChunkBytes)? TryReadLengths(ReadOnlySpan<byte> preamble, long fileBytes, out string? why)
    {
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(preamble[4..]);
        uint headerBytes = BinaryPrimitives.ReadUInt32LittleEndian(preamble[8..]);
        uint chunkBytes = BinaryPrimitives.ReadUInt32LittleEndian(preamble[12..]);
        why = magic != Magic ? $"it is no snapshot of format {Version}"
            : headerBytes > MaxHeaderBytes || headerBytes > fileBytes - PreambleBytes || chunkBytes is < MinChunkBytes or > MaxChunkBytes
                ? "its lengths are out of bounds"
                : null;
        return why is null ? ((int)headerBytes, (int)chunkBytes) : null;
    }

    /// <summary>Whether preamble and header agree with their checksum.</summary>
    public static bool IsSoundOpening(ReadOnlySpan<byte> preambleAndHeader) =>
        BinaryPrimitives.ReadUInt32LittleEndian(preambleAndHeader) == Crc32C.Of(preambleAndHeader[4..]).Value;

    public static uint ChunkChecksum(long chunk, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(number, chunk);
        return Crc32C.Of(number).Append(content).Value;
    }

    public static void WriteFooter(Span<byte> footer, long contentBytes, ReadOnlySpan<byte> sha256)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(footer[4..], FooterMagic);
        BinaryPrimitives.WriteInt64LittleEndian(footer[8..], contentBytes);
        sha256.CopyTo(footer[16..]);
        BinaryPrimitives.WriteUInt32LittleEndian(footer, Crc32C.Of(footer[4..FooterBytes]).Value);
    }

    public static bool TryReadFooter(ReadOnlySpan<byte> footer, out long contentBytes, out ReadOnlySpan<byte> sha256)
    {
        contentBytes = BinaryPrimitives.ReadInt64LittleEndian(footer[8..]);
        sha256 = footer[16..FooterBytes];
        return BinaryPrimitives.ReadUInt32LittleEndian(footer[4..]) == FooterMagic
            && BinaryPrimitives.ReadUInt32LittleEndian(footer) == Crc32C.Of(footer[4..FooterBytes]).Value
            && contentBytes >= 0;
    }

    private static bool TryNumber(Match match, string group, out ulong number) =>
        ulong.TryParse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    [GeneratedRegex(@"^g(?<group>\d+)-r(?<replica>\d+)-i(?<index>\d{20})-e(?<epoch>\d{20})\.snapshot$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FileName();
}
