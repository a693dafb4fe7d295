using ActorPhysics.Hosting.Storage;

namespace ActorPhysics.Hosting.Tests.Storage;

/// <summary>The machine's file system, with fsyncs that can fail.</summary>
internal sealed class FaultyPhysicalDisk : IDisk
{
    private static readonly PhysicalDisk Real = PhysicalDisk.Instance;

    public bool SyncFails { get; set; }

    public IDiskFile Open(string path, DiskAccess access) => new FaultyFile(this, Real.Open(path, access));

    public bool Exists(string path) => Real.Exists(path);

    public void CreateFolder(string path) => Real.CreateFolder(path);

    public IReadOnlyList<string> List(string folder) => Real.List(folder);

    public void Rename(string path, string newPath) => Real.Rename(path, newPath);

    public void Delete(string path) => Real.Delete(path);

    public void SyncFolder(string folder) => Real.SyncFolder(folder);

    public IDisposable Lock(string path) => Real.Lock(path);

    public long AvailableBytes(string folder) => Real.AvailableBytes(folder);

    private sealed class FaultyFile(FaultyPhysicalDisk disk, IDiskFile real) : IDiskFile
    {
        public long LengthBytes => real.LengthBytes;

        public int Read(Span<byte> destination, long offsetBytes) => real.Read(destination, offsetBytes);

        public void Write(ReadOnlySpan<byte> source, long offsetBytes) => real.Write(source, offsetBytes);

        public void SetLength(long lengthBytes) => real.SetLength(lengthBytes);

        public void Sync()
        {
            if (disk.SyncFails)
            {
                throw new IOException("Input/output error", 5);
            }

            real.Sync();
        }

        public void Dispose() => real.Dispose();
    }
}
