using System.Buffers;
using System.Buffers.Binary;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Hosting.Storage;

namespace ActorPhysics.Hosting.Snapshots;

/// <summary>Reads a verified snapshot; what is read later is verified again, chunk by chunk.</summary>
internal sealed class FileSnapshotReader : ISnapshotReader
{
    private readonly IDiskFile _file;
    private readonly byte[] _header;
    private readonly int _chunkBytes;

    private FileSnapshotReader(SnapshotName name, IDiskFile file, byte[] header, int chunkBytes, long lengthBytes, SnapshotChecksum checksum)
    {
        _file = file;
        _header = header;
        _chunkBytes = chunkBytes;
        Name = name;
        LengthBytes = lengthBytes;
        Checksum = checksum;
    }

    public SnapshotName Name { get; }
    public ReadOnlyMemory<byte> Header => _header;
    public long LengthBytes { get; }
    public SnapshotChecksum Checksum { get; }

    /// <summary>Reads all of a file; null, and why, when anything in it does not agree or cannot be read.</summary>
    /// <param name="file">The reader's from now on; closed when there is no reader.</param>
    public static FileSnapshotReader? TryOpen(IDiskFile file, SnapshotName name, out string? damage)
    {
        bool isSound = false;
        try
        {
            FileSnapshotReader? reader = TryReadEnds(file, name, out damage);
            damage ??= reader!.Verify();
            isSound = damage is null;
            return isSound ? reader : null;
        }
        catch (Exception fault) when (DiskErrors.IsEnvironmental(fault))
        {
            damage = $"it cannot be read: {fault.Message}";
            return null;
        }
        finally
        {
            if (!isSound)
            {
                file.Dispose();
            }
        }
    }

    public int Read(long offsetBytes, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offsetBytes);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(_chunkBytes + SnapshotFormat.ChunkChecksumBytes);
        try
        {
            int total = 0;
            while (total < destination.Length && offsetBytes + total < LengthBytes)
            {
                long chunk = (offsetBytes + total) / _chunkBytes;
                int skip = (int)((offsetBytes + total) % _chunkBytes);
                ReadOnlySpan<byte> content = FileSnapshotStore.Attempt(Name, () => TryReadChunk(chunk, buffer) ? LengthOfChunk(chunk) : -1) is var length and >= 0
                    ? buffer.AsSpan(skip, length - skip)
                    : throw new StorageException(StorageFaultKind.Damaged, $"Snapshot {Name} was sound when it was opened; now chunk {chunk} fails its checksum.");
                int count = Math.Min(content.Length, destination.Length - total);
                content[..count].CopyTo(destination[total..]);
                total += count;
            }

            return total;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void Dispose() => _file.Dispose();

    private static FileSnapshotReader? TryReadEnds(IDiskFile file, SnapshotName name, out string? damage)
    {
        long fileBytes = file.LengthBytes;
        Span<byte> preamble = stackalloc byte[SnapshotFormat.PreambleBytes];
        Span<byte> footer = stackalloc byte[SnapshotFormat.FooterBytes];
        if (file.Read(preamble, 0) < preamble.Length || file.Read(footer, Math.Max(0, fileBytes - footer.Length)) < footer.Length)
        {
            damage = "it is too short";
            return null;
        }

        if (SnapshotFormat.TryReadLengths(preamble, fileBytes, out damage) is not var (headerBytes, chunkBytes))
        {
            return null;
        }

        var opening = new byte[SnapshotFormat.PreambleBytes + headerBytes];
        file.Read(opening, 0);
        byte[] header = opening[SnapshotFormat.PreambleBytes..];
        damage = !SnapshotFormat.IsSoundOpening(opening) ? "its header fails its checksum"
            : !opening.AsSpan().SequenceEqual(SnapshotFormat.EncodeOpening(name, header, chunkBytes)) ? "it holds another snapshot than its name says"
            : !SnapshotFormat.TryReadFooter(footer, out long contentBytes, out ReadOnlySpan<byte> sha256) ? "its footer fails its checksum"
            : SnapshotFormat.FileBytes(contentBytes, headerBytes, chunkBytes) != fileBytes ? "its length is not what its footer says"
            : null;
        return damage is null
            ? new FileSnapshotReader(name, file, header, chunkBytes, BinaryPrimitives.ReadInt64LittleEndian(footer[8..]), SnapshotHash.ToChecksum(footer[16..]))
            : null;
    }

    private string? Verify()
    {
        using var hash = new SnapshotHash(_header);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(_chunkBytes + SnapshotFormat.ChunkChecksumBytes);
        try
        {
            for (long chunk = 0; chunk * _chunkBytes < LengthBytes; chunk++)
            {
                if (!TryReadChunk(chunk, buffer))
                {
                    return $"chunk {chunk} fails its checksum";
                }

                hash.Append(buffer.AsSpan(0, LengthOfChunk(chunk)));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        Span<byte> sha256 = stackalloc byte[SnapshotChecksum.SizeBytes];
        hash.WriteCurrent(sha256);
        return SnapshotHash.ToChecksum(sha256) == Checksum ? null : "its content fails the checksum of the whole";
    }

    private int LengthOfChunk(long chunk) => (int)Math.Min(_chunkBytes, LengthBytes - (chunk * _chunkBytes));

    private bool TryReadChunk(long chunk, byte[] buffer)
    {
        int length = LengthOfChunk(chunk);
        int withChecksum = length + SnapshotFormat.ChunkChecksumBytes;
        return _file.Read(buffer.AsSpan(0, withChecksum), SnapshotFormat.OffsetOfChunk(chunk, _header.Length, _chunkBytes)) == withChecksum
            && BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(length)) == SnapshotFormat.ChunkChecksum(chunk, buffer.AsSpan(0, length));
    }
}
