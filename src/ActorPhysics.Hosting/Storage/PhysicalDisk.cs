using Microsoft.Win32.SafeHandles;

namespace ActorPhysics.Hosting.Storage;

/// <summary>The machine's file system.</summary>
internal sealed class PhysicalDisk : IDisk
{
    public static PhysicalDisk Instance { get; } = new();

    private PhysicalDisk()
    {
    }

    public IDiskFile Open(string path, DiskAccess access) => new PhysicalFile(path, access);

    public bool Exists(string path) => File.Exists(path);

    public void CreateFolder(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        string? parent = Path.GetDirectoryName(Path.GetFullPath(path));
        if (parent is not null)
        {
            CreateFolder(parent);
        }

        Directory.CreateDirectory(path);
        if (parent is not null)
        {
            SyncFolder(parent);
        }
    }

    public IReadOnlyList<string> List(string folder)
    {
        string[] names = [.. Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path))];
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    public void Rename(string path, string newPath) => File.Move(path, newPath, overwrite: true);

    public void Delete(string path) => File.Delete(path);

    public void SyncFolder(string folder) => FolderSync.Sync(folder);

    public IDisposable Lock(string path)
    {
        try
        {
            // FileShare.None is an operating system lock (flock on Unix): it ends with the process, however the process ends.
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException fault) when (fault is not (DirectoryNotFoundException or FileNotFoundException) && !DiskErrors.IsFull(fault))
        {
            throw new StorageException(StorageFaultKind.InUse, $"The file '{path}' is locked by another live process.", fault);
        }
    }

    public long AvailableBytes(string folder) => new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;

    private sealed class PhysicalFile : IDiskFile
    {
        private readonly SafeFileHandle _handle;

        public PhysicalFile(string path, DiskAccess access)
        {
            // Other handles may read and rename the file: one process per folder is the folder lock's business.
            _handle = File.OpenHandle(
                path,
                access == DiskAccess.Create ? FileMode.Create : FileMode.Open,
                access == DiskAccess.Read ? FileAccess.Read : FileAccess.ReadWrite,
                FileShare.ReadWrite | FileShare.Delete);
        }

        public long LengthBytes => RandomAccess.GetLength(_handle);

        public int Read(Span<byte> destination, long offsetBytes)
        {
            int total = 0;
            while (total < destination.Length)
            {
                int read = RandomAccess.Read(_handle, destination[total..], offsetBytes + total);
                if (read == 0)
                {
                    break;
                }

                total += read;
            }

            return total;
        }

        public void Write(ReadOnlySpan<byte> source, long offsetBytes) => RandomAccess.Write(_handle, source, offsetBytes);

        public void SetLength(long lengthBytes) => RandomAccess.SetLength(_handle, lengthBytes);

        public void Sync() => RandomAccess.FlushToDisk(_handle);

        public void Dispose() => _handle.Dispose();
    }
}
