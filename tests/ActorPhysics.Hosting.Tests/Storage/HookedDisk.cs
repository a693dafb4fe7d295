using ActorPhysics.Hosting.Storage;

namespace ActorPhysics.Hosting.Tests.Storage;

/// <summary>A disk with a hook before each thing that is done to it; the hook may throw.</summary>
internal sealed class HookedDisk(IDisk disk) : IDisk
{
    /// <summary>Hears "create", "read", "write", "cut", "sync", "rename", "sync-folder" or "delete".</summary>
    public Action<string> Before { get; set; } = _ => { };

    public static IOException Broken() => new("Input/output error", 5);

    public IDiskFile Open(string path, DiskAccess access)
    {
        if (access == DiskAccess.Create)
        {
            Before("create");
        }

        return new HookedFile(this, disk.Open(path, access));
    }

    public bool Exists(string path) => disk.Exists(path);

    public void CreateFolder(string path) => disk.CreateFolder(path);

    public IReadOnlyList<string> List(string folder) => disk.List(folder);

    public void Rename(string path, string newPath)
    {
        Before("rename");
        disk.Rename(path, newPath);
    }

    public void Delete(string path)
    {
        Before("delete");
        disk.Delete(path);
    }

    public void SyncFolder(string folder)
    {
        Before("sync-folder");
        disk.SyncFolder(folder);
    }

    public IDisposable Lock(string path) => disk.Lock(path);

    public long AvailableBytes(string folder) => disk.AvailableBytes(folder);

    private sealed class HookedFile(HookedDisk owner, IDiskFile real) : IDiskFile
    {
        public long LengthBytes => real.LengthBytes;

        public int Read(Span<byte> destination, long offsetBytes)
        {
            owner.Before("read");
            return real.Read(destination, offsetBytes);
        }

        public void Write(ReadOnlySpan<byte> source, long offsetBytes)
        {
            owner.Before("write");
            real.Write(source, offsetBytes);
        }

        public void SetLength(long lengthBytes)
        {
            owner.Before("cut");
            real.SetLength(lengthBytes);
        }

        public void Sync()
        {
            owner.Before("sync");
            real.Sync();
        }

        public void Dispose() => real.Dispose();
    }
}
