using ActorPhysics.Hosting.Storage;

namespace ActorPhysics.Hosting.Journal;

/// <summary>The files of a journal beside the segments in use: what is prepared, spare, or held in reserve. One thread at a time.</summary>
internal sealed class SegmentFiles(IDisk disk, string folder, WriteAheadJournalOptions options)
{
    private const int WriteBytes = 1024 * 1024;
    private const int MaxSpares = 1;

    private static readonly byte[] Zeros = new byte[WriteBytes];
    private readonly Queue<string> _spares = [];
    private volatile bool _hasReserve = options.ReserveBytes == 0;

    public string Folder { get; } = folder;

    public bool HasReserve => _hasReserve;

    public bool HasSpare => _spares.Count > 0;

    private string ReservePath => Path.Combine(Folder, SegmentNames.Reserve);

    /// <summary>
    /// Makes a segment of zeros. Its file gets the number only when the zeros are on the disk, so that a file with a number never holds
    /// anything else that was not written to it under that number.
    /// </summary>
    public Segment Prepare(ulong number)
    {
        string aside = _spares.TryDequeue(out string? spare) ? spare : Path.Combine(Folder, SegmentNames.SpareOf(number));
        string path = Path.Combine(Folder, SegmentNames.Of(number));
        long length = (long)options.SegmentPages * PageFormat.SizeBytes;
        IDiskFile file = disk.Open(aside, spare is null ? DiskAccess.Create : DiskAccess.ReadWrite);
        try
        {
            file.SetLength(Math.Min(file.LengthBytes, length));
            WriteZeros(file, 0, length);
            file.Sync();
            disk.Rename(aside, path);
            disk.SyncFolder(Folder);
            return new Segment(number, path, file, options.SegmentPages);
        }
        catch
        {
            file.Dispose();
            if (spare is not null)
            {
                _spares.Enqueue(spare);
            }
            else
            {
                disk.Delete(aside);
            }

            throw;
        }
    }

    /// <summary>
    /// Takes a segment out of the log for good. The folder is fsynced before anything else happens, so that a power cut can't bring an
    /// older segment back without the ones after it.
    /// </summary>
    public void TakeOut(Segment segment)
    {
        segment.Dispose();
        string spare = Path.Combine(Folder, SegmentNames.SpareOf(segment.Number));
        disk.Rename(segment.Path, spare);
        disk.SyncFolder(Folder);
        if (_spares.Count < MaxSpares && segment.PageCount == options.SegmentPages)
        {
            _spares.Enqueue(spare);
        }
        else
        {
            disk.Delete(spare);
        }
    }

    public static void WriteZeros(IDiskFile file, long offset, long length)
    {
        for (long done = 0; done < length; done += WriteBytes)
        {
            file.Write(Zeros.AsSpan(0, (int)Math.Min(WriteBytes, length - done)), offset + done);
        }
    }

    /// <summary>Makes sure that the reserve is there, in full.</summary>
    public void FillReserve()
    {
        if (_hasReserve)
        {
            return;
        }

        bool exists = disk.Exists(ReservePath);
        using (IDiskFile file = disk.Open(ReservePath, exists ? DiskAccess.ReadWrite : DiskAccess.Create))
        {
            long length = file.LengthBytes;
            if (length != options.ReserveBytes)
            {
                file.SetLength(Math.Min(length, options.ReserveBytes));
                WriteZeros(file, Math.Min(length, options.ReserveBytes), options.ReserveBytes - Math.Min(length, options.ReserveBytes));
                file.Sync();
            }
        }

        if (!exists)
        {
            disk.SyncFolder(Folder);
        }

        _hasReserve = true;
    }

    /// <summary>Hands the reserve's room to whoever gives room back: snapshots, trims.</summary>
    public void ReleaseReserve()
    {
        disk.Delete(ReservePath);
        _hasReserve = options.ReserveBytes == 0;
    }

    /// <summary>Whether it is worth a try: filling a nearly full disk again and again would wear it and slow everyone down.</summary>
    public bool MayHaveRoomFor(bool segment)
    {
        long needed = (_hasReserve ? 0 : options.ReserveBytes) + (segment && !HasSpare ? (long)options.SegmentPages * PageFormat.SizeBytes : 0);
        return disk.AvailableBytes(Folder) >= needed;
    }
}
