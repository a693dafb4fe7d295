using System.Buffers.Binary;
using ActorPhysics.Wire.Checksums;

namespace ActorPhysics.Hosting.Storage;

/// <summary>
/// A short log that must survive whatever happens to one file: two files with the same bytes, of which the first is fsynced before the second is
/// touched. Appending costs the record, not the log. The owner rewrites it when most of it is out of date, or when <see cref="NeedsRewrite"/> says so.
/// From one thread at a time.
/// </summary>
/// <remarks>
/// A file: <c>[0] crc32c of the rest of the header · [4] magic · [8] owner · [16] generation · [24] records it was rewritten with · [32] records</c>.
/// A record: <c>[0] crc32c of the rest · [4] length · [8] number · [16] content</c>. Little-endian; zeros follow the last record. A rewrite makes new
/// files aside and renames them one after the other; nothing is appended in between, so the file of the older generation lacks nothing.
/// </remarks>
internal sealed class TwoCopyLog : IDisposable
{
    private const int HeaderBytes = 32;
    private const int RecordHeaderBytes = 16;
    private const uint Magic = 0x43325041;
    private const int MostRecordBytes = 64 * 1024 * 1024;
    private const int GrowthBytes = 64 * 1024;

    private static readonly string[] Copies = [".a", ".b"];

    private readonly IDisk _disk;
    private readonly string _folder;
    private readonly string _name;
    private readonly ulong _owner;
    private readonly IDiskFile?[] _files = new IDiskFile?[Copies.Length];
    private ulong _generation;
    private ulong _next;
    private byte[] _buffer = [];

    private TwoCopyLog(IDisk disk, string folder, string name, ulong owner) => (_disk, _folder, _name, _owner) = (disk, folder, name, owner);

    /// <summary>Whether it must be rewritten before the next append: it is new, its files differ, or the last append failed half way.</summary>
    public bool NeedsRewrite { get; private set; } = true;

    /// <summary>How long the records are, those that are out of date included.</summary>
    public long LengthBytes { get; private set; }

    /// <summary>Reads the log without changing it. An append that a crash interrupted was never acknowledged, and is left out.</summary>
    /// <param name="disk">Where the folder is.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The files' name in it.</param>
    /// <param name="owner">Whose log it is, so that another's copy is not believed.</param>
    /// <param name="records">Gets what the log holds, in order.</param>
    /// <param name="isDamaged">There is a log, and neither file, nor both together, can tell what it holds.</param>
    public static TwoCopyLog Open(IDisk disk, string folder, string name, ulong owner, List<byte[]> records, out bool isDamaged)
    {
        var log = new TwoCopyLog(disk, folder, name, owner);
        Copy[] copies = [.. Copies.Select(suffix => Copy.Read(disk, Path.Combine(folder, name + suffix), owner))];
        bool isThere = copies.Any(copy => copy.HasContent);
        isDamaged = isThere && !log.Take(copies, records);
        if (isDamaged)
        {
            records.Clear();
        }

        return log;
    }

    /// <summary>Whose log it is; 0 where no file says so.</summary>
    public static ulong OwnerOf(IDisk disk, string folder, string name)
    {
        foreach (string suffix in Copies)
        {
            if (Copy.ReadOwner(disk, Path.Combine(folder, name + suffix)) is { } owner)
            {
                return owner;
            }
        }

        return 0;
    }

    /// <summary>Adds a record: when it returns, the record is there after any crash. It blocks.</summary>
    /// <exception cref="IOException">The disk refused. Whether the record is there after a restart is open until the next write, which settles it.</exception>
    public void Append(ReadOnlySpan<byte> record)
    {
        if (NeedsRewrite)
        {
            throw new InvalidOperationException("the log must be rewritten first");
        }

        int size = Encode(record, _next);
        long at = HeaderBytes + LengthBytes;
        NeedsRewrite = true;
        for (int i = 0; i < Copies.Length; i++)
        {
            IDiskFile file = _files[i] ??= _disk.Open(PathOf(i), DiskAccess.ReadWrite);
            Reserve(file, at + size);
            file.Write(_buffer.AsSpan(0, size), at);
            file.Sync();
        }

        _next++;
        LengthBytes += size;
        NeedsRewrite = false;
    }

    /// <summary>Replaces everything. It blocks; a crash in the middle leaves what was there before or what is there after.</summary>
    /// <exception cref="IOException">The disk refused; what was there before is there still, or all of the new.</exception>
    public void Rewrite(IReadOnlyCollection<byte[]> records)
    {
        NeedsRewrite = true;
        byte[] image = ImageOf(records, _generation + 1);
        for (int i = 0; i < Copies.Length; i++)
        {
            _files[i]?.Dispose();
            _files[i] = null;
            string aside = PathOf(i) + ".new";
            using (IDiskFile file = _disk.Open(aside, DiskAccess.Create))
            {
                file.Write(image, 0);
                file.Sync();
            }

            _disk.Rename(aside, PathOf(i));
            _disk.SyncFolder(_folder);
        }

        _generation++;
        _next = (ulong)records.Count;
        LengthBytes = image.Length - HeaderBytes;
        NeedsRewrite = false;
    }

    public void Dispose()
    {
        foreach (IDiskFile? file in _files)
        {
            file?.Dispose();
        }
    }

    private bool Take(Copy[] copies, List<byte[]> records)
    {
        ulong newest = copies.Max(copy => copy.Generation);
        Copy[] current = [.. copies.Where(copy => copy.Generation == newest && newest > 0)];
        if (TryReadTogether(current, records))
        {
            return true;
        }

        // A rewrite that was interrupted: the older file has all that was ever acknowledged.
        records.Clear();
        Copy[] former = [.. copies.Where(copy => copy.Generation > 0 && copy.Generation < newest)];
        return TryReadTogether(former, records);
    }

    private bool TryReadTogether(Copy[] copies, List<byte[]> records)
    {
        if (copies.Length == 0)
        {
            return false;
        }

        int at = HeaderBytes;
        while (true)
        {
            byte[]? record = copies.Select(copy => copy.RecordAt(at, (ulong)records.Count)).FirstOrDefault(found => found is not null);
            if (record is null)
            {
                break;
            }

            records.Add(record);
            at += RecordHeaderBytes + record.Length;
        }

        // The second file is touched only when the first one's bytes are durable: what is there and does not verify was whole once.
        bool isTorn = copies.Length == Copies.Length && !copies[0].EndsAt(at);
        bool isLost = copies.Length == Copies.Length ? !copies[1].EndsAt(at) : !copies[0].EndsAt(at);
        if (isLost || (ulong)records.Count < copies[0].BaseRecords)
        {
            return false;
        }

        _generation = copies[0].Generation;
        _next = (ulong)records.Count;
        LengthBytes = at - HeaderBytes;
        NeedsRewrite = isTorn || copies.Length < Copies.Length || !copies[0].HoldsSameAs(copies[1], at);
        return true;
    }

    private int Encode(ReadOnlySpan<byte> record, ulong number)
    {
        int size = RecordHeaderBytes + record.Length;
        if (_buffer.Length < size)
        {
            _buffer = new byte[Math.Max(size, 2 * _buffer.Length)];
        }

        WriteRecord(_buffer.AsSpan(0, size), record, number);
        return size;
    }

    private byte[] ImageOf(IReadOnlyCollection<byte[]> records, ulong generation)
    {
        var image = new byte[checked(HeaderBytes + records.Sum(record => RecordHeaderBytes + record.Length))];
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(4), Magic);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(8), _owner);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(16), generation);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(24), (ulong)records.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(image, Crc32C.Of(image.AsSpan(4, HeaderBytes - 4)).Value);
        int at = HeaderBytes;
        ulong number = 0;
        foreach (byte[] record in records)
        {
            WriteRecord(image.AsSpan(at, RecordHeaderBytes + record.Length), record, number++);
            at += RecordHeaderBytes + record.Length;
        }

        return image;
    }

    private static void WriteRecord(Span<byte> target, ReadOnlySpan<byte> record, ulong number)
    {
        if (record.Length > MostRecordBytes)
        {
            throw new ArgumentException($"a record may have {MostRecordBytes} bytes", nameof(record));
        }

        BinaryPrimitives.WriteInt32LittleEndian(target[4..], record.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], number);
        record.CopyTo(target[RecordHeaderBytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(target, Crc32C.Of(target[4..]).Value);
    }

    /// <summary>Growing a file costs more than an fsync, and must not happen at each append.</summary>
    private static void Reserve(IDiskFile file, long neededBytes)
    {
        long length = file.LengthBytes;
        if (length < neededBytes)
        {
            file.Write(new byte[checked((int)(neededBytes - length)) + GrowthBytes], length);
            file.Sync();
        }
    }

    private string PathOf(int copy) => Path.Combine(_folder, _name + Copies[copy]);

    /// <summary>One of the two files as it was found.</summary>
    private sealed class Copy
    {
        private readonly byte[] _bytes;

        private Copy(byte[] bytes, ulong owner)
        {
            _bytes = bytes;
            HasContent = bytes.AsSpan().ContainsAnyExcept((byte)0);
            if (IsHeader(bytes) && BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8)) == owner)
            {
                Generation = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(16));
                BaseRecords = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(24));
            }
        }

        /// <summary>Whether anything was ever written, intact or not.</summary>
        public bool HasContent { get; }

        /// <summary>0 when the file is absent or its header does not verify.</summary>
        public ulong Generation { get; }

        public ulong BaseRecords { get; }

        public static Copy Read(IDisk disk, string path, ulong owner) => new(BytesOf(disk, path), owner);

        public static ulong? ReadOwner(IDisk disk, string path) =>
            BytesOf(disk, path) is var bytes && IsHeader(bytes) ? BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8)) : null;

        /// <summary>The record at an offset, if it verifies and is the one that belongs there.</summary>
        public byte[]? RecordAt(int offset, ulong number)
        {
            if (offset > _bytes.Length - RecordHeaderBytes)
            {
                return null;
            }

            ReadOnlySpan<byte> rest = _bytes.AsSpan(offset);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            if (length > rest.Length - RecordHeaderBytes || BinaryPrimitives.ReadUInt64LittleEndian(rest[8..]) != number)
            {
                return null;
            }

            int size = RecordHeaderBytes + (int)length;
            bool isWhole = BinaryPrimitives.ReadUInt32LittleEndian(rest) == Crc32C.Of(rest[4..size]).Value;
            return isWhole ? rest[RecordHeaderBytes..size].ToArray() : null;
        }

        private static byte[] BytesOf(IDisk disk, string path)
        {
            if (!disk.Exists(path))
            {
                return [];
            }

            using IDiskFile file = disk.Open(path, DiskAccess.Read);
            var bytes = new byte[checked((int)file.LengthBytes)];
            int read = file.Read(bytes, 0);
            return bytes[..read];
        }

        private static bool IsHeader(byte[] bytes) => bytes.Length >= HeaderBytes
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes) == Crc32C.Of(bytes.AsSpan(4, HeaderBytes - 4)).Value
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)) == Magic;

        public bool EndsAt(int offset) => offset >= _bytes.Length || !_bytes.AsSpan(offset).ContainsAnyExcept((byte)0);

        public bool HoldsSameAs(Copy other, int through) =>
            _bytes.Length >= through && other._bytes.Length >= through && _bytes.AsSpan(0, through).SequenceEqual(other._bytes.AsSpan(0, through));
    }
}
