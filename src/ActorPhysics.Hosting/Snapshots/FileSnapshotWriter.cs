using System.Buffers.Binary;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Hosting.Storage;

namespace ActorPhysics.Hosting.Snapshots;

/// <summary>
/// Writes a snapshot aside, one chunk in memory at a time. A writer that met a fault of the disk is of no more use, and its part is thrown
/// away: after a failed fsync nobody knows what of it is on the medium, and on a full disk its room is needed.
/// </summary>
internal sealed class FileSnapshotWriter : ISnapshotWriter
{
    private readonly FileSnapshotStore _store;
    private readonly IDiskFile _file;
    private readonly SnapshotHash _hash;
    private readonly int _headerBytes;
    private readonly byte[] _chunk;
    private readonly int _chunkBytes;
    private long _chunks;
    private int _inChunk;
    private bool _isEnded;

    private FileSnapshotWriter(FileSnapshotStore store, SnapshotName name, IDiskFile file, int chunkBytes, ReadOnlySpan<byte> header)
    {
        _store = store;
        _file = file;
        _headerBytes = header.Length;
        _chunkBytes = chunkBytes;
        _chunk = new byte[chunkBytes + SnapshotFormat.ChunkChecksumBytes];
        _hash = new SnapshotHash(header);
        Name = name;
    }

    public SnapshotName Name { get; }

    public long LengthBytes => (_chunks * _chunkBytes) + _inChunk;

    public static FileSnapshotWriter Create(
        FileSnapshotStore store, IDisk disk, string path, SnapshotName name, ReadOnlySpan<byte> header, int chunkBytes)
    {
        IDiskFile file = disk.Open(path, DiskAccess.Create);
        try
        {
            file.Write(SnapshotFormat.EncodeOpening(name, header, chunkBytes), 0);
            return new FileSnapshotWriter(store, name, file, chunkBytes, header);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Goes on with what verifies of an unfinished file; null when it does not begin like this snapshot.</summary>
    public static FileSnapshotWriter? TryResume(
        FileSnapshotStore store, IDisk disk, string path, SnapshotName name, ReadOnlySpan<byte> header, int chunkBytes)
    {
        if (!disk.Exists(path))
        {
            return null;
        }

        IDiskFile file = disk.Open(path, DiskAccess.ReadWrite);
        try
        {
            byte[] expected = SnapshotFormat.EncodeOpening(name, header, chunkBytes);
            var found = new byte[expected.Length];
            if (file.Read(found, 0) < found.Length || !found.AsSpan().SequenceEqual(expected))
            {
                file.Dispose();
                return null;
            }

            var writer = new FileSnapshotWriter(store, name, file, chunkBytes, header);
            writer.TakeVerifiedChunks();
            return writer;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Write(ReadOnlySpan<byte> content)
    {
        ObjectDisposedException.ThrowIf(_isEnded, this);
        while (!content.IsEmpty)
        {
            int count = Math.Min(content.Length, _chunkBytes - _inChunk);
            content[..count].CopyTo(_chunk.AsSpan(_inChunk));
            _inChunk += count;
            content = content[count..];
            if (_inChunk == _chunkBytes)
            {
                WriteChunk();
            }
        }
    }

    public void Flush()
    {
        ObjectDisposedException.ThrowIf(_isEnded, this);
        Attempt(() =>
        {
            _file.Sync();
            _store.SyncNames();
        });
    }

    public SnapshotChecksum Complete()
    {
        ObjectDisposedException.ThrowIf(_isEnded, this);
        long contentBytes = LengthBytes;
        if (_inChunk > 0)
        {
            WriteChunk();
        }

        var footer = new byte[SnapshotFormat.FooterBytes];
        Span<byte> sha256 = stackalloc byte[SnapshotChecksum.SizeBytes];
        _hash.WriteCurrent(sha256);
        SnapshotFormat.WriteFooter(footer, contentBytes, sha256);
        Attempt(() =>
        {
            long fileBytes = SnapshotFormat.FileBytes(contentBytes, _headerBytes, _chunkBytes);
            _file.Write(footer, fileBytes - footer.Length);
            _file.SetLength(fileBytes);
            _file.Sync();
            _store.Publish(Name);
        });
        Dispose();
        return SnapshotHash.ToChecksum(sha256);
    }

    public void Dispose()
    {
        if (!_isEnded)
        {
            _isEnded = true;
            _file.Dispose();
            _hash.Dispose();
        }
    }

    private void WriteChunk()
    {
        _hash.Append(_chunk.AsSpan(0, _inChunk));
        uint checksum = SnapshotFormat.ChunkChecksum(_chunks, _chunk.AsSpan(0, _inChunk));
        BinaryPrimitives.WriteUInt32LittleEndian(_chunk.AsSpan(_inChunk), checksum);
        Attempt(() => _file.Write(
            _chunk.AsSpan(0, _inChunk + SnapshotFormat.ChunkChecksumBytes), SnapshotFormat.OffsetOfChunk(_chunks, _headerBytes, _chunkBytes)));
        _chunks++;
        _inChunk = 0;
    }

    private void Attempt(Action action)
    {
        try
        {
            action();
        }
        catch (Exception fault) when (DiskErrors.IsEnvironmental(fault))
        {
            Dispose();
            _store.Discard(Name);
            throw FileSnapshotStore.Fault(Name, fault);
        }
    }

    /// <summary>Only whole chunks: where a last, shorter one would end can't be told from a write that was cut short.</summary>
    private void TakeVerifiedChunks()
    {
        while (_file.Read(_chunk, SnapshotFormat.OffsetOfChunk(_chunks, _headerBytes, _chunkBytes)) == _chunk.Length
            && BinaryPrimitives.ReadUInt32LittleEndian(_chunk.AsSpan(_chunkBytes)) == SnapshotFormat.ChunkChecksum(_chunks, _chunk.AsSpan(0, _chunkBytes)))
        {
            _hash.Append(_chunk.AsSpan(0, _chunkBytes));
            _chunks++;
        }

        _file.SetLength(SnapshotFormat.OffsetOfChunk(_chunks, _headerBytes, _chunkBytes));
    }
}
