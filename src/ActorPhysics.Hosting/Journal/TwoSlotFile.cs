using System.Buffers.Binary;
using ActorPhysics.Hosting.Storage;
using ActorPhysics.Wire.Checksums;

namespace ActorPhysics.Hosting.Journal;

/// <summary>
/// A small value that is replaced as a whole, in two files of which the older is overwritten each time. Whatever happens to one
/// write, the value before it is intact. Each file: <c>[0] crc32c of the rest · [4] magic · [8] journal · [16] generation ·
/// [24] length · [28] zero · [32] value</c>, little-endian; what follows is of no meaning.
/// </summary>
internal sealed class TwoSlotFile : IDisposable
{
    private const int HeaderBytes = 32;
    private const int GranuleBytes = 4096;
    private const uint Magic = 0x32535041;

    private readonly IDiskFile[] _slots;
    private readonly ulong _journal;
    private ulong _generation;
    private byte[] _buffer = [];

    private TwoSlotFile(IDiskFile[] slots, ulong journal, ulong generation)
    {
        _slots = slots;
        _journal = journal;
        _generation = generation;
    }

    /// <summary>What was found when the file was opened.</summary>
    /// <param name="Newest">The value of the highest generation that verifies; null when neither does.</param>
    /// <param name="IsSure">Both verify, so the newest is the latest that was ever made durable. Otherwise it may be the one before.</param>
    internal sealed record Contents(byte[]? Newest, bool IsSure);

    /// <summary>Reads the file without changing it.</summary>
    public static Contents Read(IDisk disk, string folder, string name, ulong journal) => Read(disk, folder, name, journal, out _);

    /// <summary>Whether anything was ever written, intact or not.</summary>
    public static bool HasContent(IDisk disk, string folder, string name)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        for (int i = 0; i < 2; i++)
        {
            string path = PathOf(folder, name, i);
            if (disk.Exists(path))
            {
                using IDiskFile file = disk.Open(path, DiskAccess.Read);
                if (file.Read(header, 0) > 0 && header.ContainsAnyExcept((byte)0))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Opens the file for writing; what is missing is created, and both slots are durable in the folder when it returns.</summary>
    public static TwoSlotFile Open(IDisk disk, string folder, string name, ulong journal)
    {
        Read(disk, folder, name, journal, out ulong generation);
        var slots = new IDiskFile[2];
        bool isCreated = false;
        for (int i = 0; i < slots.Length; i++)
        {
            string path = PathOf(folder, name, i);
            bool exists = disk.Exists(path);
            slots[i] = disk.Open(path, exists ? DiskAccess.ReadWrite : DiskAccess.Create);
            isCreated |= !exists;
        }

        var file = new TwoSlotFile(slots, journal, generation);
        file.Reserve(0);
        if (isCreated)
        {
            disk.SyncFolder(folder);
        }

        return file;
    }

    /// <summary>Makes sure that a value of this size can be written later without asking the disk for room.</summary>
    public void Reserve(int valueBytes)
    {
        long needed = (HeaderBytes + valueBytes + GranuleBytes - 1L) / GranuleBytes * GranuleBytes;
        foreach (IDiskFile slot in _slots)
        {
            long length = slot.LengthBytes;
            if (length < needed)
            {
                // Twice what is needed, written as zeros: growing a file costs more than an fsync, and must not happen often.
                slot.Write(new byte[checked((int)((2 * needed) - length))], length);
                slot.Sync();
            }
        }
    }

    /// <summary>Replaces the value, durably.</summary>
    public void Write(ReadOnlySpan<byte> value)
    {
        Reserve(value.Length);
        int size = HeaderBytes + value.Length;
        if (_buffer.Length < size)
        {
            _buffer = new byte[Math.Max(size, _buffer.Length * 2)];
        }

        _generation++;
        Span<byte> image = _buffer.AsSpan(0, size);
        BinaryPrimitives.WriteUInt32LittleEndian(image[4..], Magic);
        BinaryPrimitives.WriteUInt64LittleEndian(image[8..], _journal);
        BinaryPrimitives.WriteUInt64LittleEndian(image[16..], _generation);
        BinaryPrimitives.WriteInt32LittleEndian(image[24..], value.Length);
        BinaryPrimitives.WriteInt32LittleEndian(image[28..], 0);
        value.CopyTo(image[HeaderBytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(image, Crc32C.Of(image[4..]).Value);
        IDiskFile slot = _slots[_generation % 2];
        slot.Write(image, 0);
        slot.Sync();
    }

    public void Dispose()
    {
        foreach (IDiskFile slot in _slots)
        {
            slot.Dispose();
        }
    }

    private static Contents Read(IDisk disk, string folder, string name, ulong journal, out ulong generation)
    {
        byte[]? newest = null;
        generation = 0;
        int valid = 0;
        for (int i = 0; i < 2; i++)
        {
            byte[]? value = ReadSlot(disk, PathOf(folder, name, i), journal, out ulong found);
            if (value is null)
            {
                continue;
            }

            valid++;
            if (newest is null || found > generation)
            {
                newest = value;
                generation = found;
            }
        }

        return new Contents(newest, valid == 2);
    }

    private static byte[]? ReadSlot(IDisk disk, string path, ulong journal, out ulong generation)
    {
        generation = 0;
        if (!disk.Exists(path))
        {
            return null;
        }

        using IDiskFile file = disk.Open(path, DiskAccess.Read);
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (file.Read(header, 0) < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) != Magic
            || BinaryPrimitives.ReadUInt64LittleEndian(header[8..]) != journal)
        {
            return null;
        }

        // Compared with the file before anything is allocated: the length is not verified yet.
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header[24..]);
        if (length > file.LengthBytes - HeaderBytes)
        {
            return null;
        }

        var value = new byte[length];
        if (file.Read(value, HeaderBytes) < value.Length
            || BinaryPrimitives.ReadUInt32LittleEndian(header) != Crc32C.Of(header[4..]).Append(value).Value)
        {
            return null;
        }

        generation = BinaryPrimitives.ReadUInt64LittleEndian(header[16..]);
        return value;
    }

    private static string PathOf(string folder, string name, int slot) => Path.Combine(folder, name + (slot == 0 ? ".a" : ".b"));
}
