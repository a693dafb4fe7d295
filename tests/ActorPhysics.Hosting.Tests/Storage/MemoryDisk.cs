using ActorPhysics.Hosting.Storage;

namespace ActorPhysics.Hosting.Tests.Storage;

/// <summary>
/// A disk in memory that knows what was fsynced, and that can fail: short writes, no room, failing or lying fsyncs, power cuts.
/// </summary>
internal sealed class MemoryDisk : IDisk
{
    private readonly object _gate = new();
    private readonly HashSet<string> _locks = [];
    private Dictionary<string, Node> _names = [];
    private Dictionary<string, Node> _durableNames = [];

    /// <summary>How much fits on the disk.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue;

    /// <summary>Decides whether an fsync of this path fails.</summary>
    public Func<string, bool> SyncFails { get; set; } = _ => false;

    /// <summary>Decides how many bytes of a write arrive before it fails; null lets it succeed.</summary>
    public Func<string, long, int, int?> WriteFailsAfterBytes { get; set; } = (_, _, _) => null;

    /// <summary>Decides how many bytes of a write to a path arrive before there is no room; null lets it succeed.</summary>
    public Func<string, int, int?> RoomForWrite { get; set; } = (_, _) => null;

    /// <summary>An fsync says that all is well and does nothing.</summary>
    public bool SyncLies { get; set; }

    /// <summary>Called before every fsync of a file, outside of the disk's own lock.</summary>
    public Action<string> BeforeSync { get; set; } = _ => { };

    /// <summary>Called after every change, outside of the disk's own lock.</summary>
    public Action AfterChange { get; set; } = () => { };

    /// <summary>The writes and fsyncs so far, as "write path offset length", "sync path", "sync-folder".</summary>
    public List<string> Journal { get; } = [];

    public IDiskFile Open(string path, DiskAccess access)
    {
        lock (_gate)
        {
            if (!_names.TryGetValue(path, out Node? node))
            {
                if (access != DiskAccess.Create)
                {
                    throw new FileNotFoundException($"Could not find file '{path}'.", path);
                }

                _names.Add(path, node = new Node());
            }

            node.Name = path;
            if (access == DiskAccess.Create)
            {
                node.SetLength(0);
            }

            return new OpenFile(this, node);
        }
    }

    public bool Exists(string path)
    {
        lock (_gate)
        {
            return _names.ContainsKey(path);
        }
    }

    public void CreateFolder(string path)
    {
    }

    public IReadOnlyList<string> List(string folder)
    {
        lock (_gate)
        {
            return [.. _names.Keys.Where(path => Path.GetDirectoryName(path) == folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        }
    }

    public void Rename(string path, string newPath)
    {
        lock (_gate)
        {
            Node node = _names[path];
            _names.Remove(path);
            _names[newPath] = node;
            node.Name = newPath;
        }

        AfterChange();
    }

    public void Delete(string path)
    {
        lock (_gate)
        {
            _names.Remove(path);
        }

        AfterChange();
    }

    public void SyncFolder(string folder)
    {
        lock (_gate)
        {
            Journal.Add("sync-folder");
            if (!SyncLies)
            {
                _durableNames = new Dictionary<string, Node>(_names);
            }
        }

        AfterChange();
    }

    public IDisposable Lock(string path)
    {
        lock (_gate)
        {
            if (!_locks.Add(path))
            {
                throw new StorageException(StorageFaultKind.InUse, $"'{path}' is locked.");
            }

            return new HeldLock(this, path);
        }
    }

    public long AvailableBytes(string folder)
    {
        lock (_gate)
        {
            return Available();
        }
    }

    /// <summary>The files as a process that was killed leaves them: everything written is there.</summary>
    public Dictionary<string, byte[]> Files()
    {
        lock (_gate)
        {
            return _names.ToDictionary(entry => entry.Key, entry => entry.Value.Current.ToArray());
        }
    }

    /// <summary>The files as a power cut leaves them: what was not fsynced is gone.</summary>
    public Dictionary<string, byte[]> DurableFiles()
    {
        lock (_gate)
        {
            return _durableNames.ToDictionary(entry => entry.Key, entry => entry.Value.Durable.ToArray());
        }
    }

    /// <summary>
    /// The files as a power cut in the middle of things leaves them: of what was not fsynced, each sector and each name may have arrived.
    /// </summary>
    public Dictionary<string, byte[]> TornFiles(Random random)
    {
        const int SectorBytes = 512;
        lock (_gate)
        {
            var files = new Dictionary<string, byte[]>();
            foreach ((string path, Node node) in random.Next(2) == 0 ? _names : _durableNames)
            {
                byte[] current = node.Current.ToArray();
                byte[] durable = node.Durable;
                var content = new byte[random.Next(2) == 0 ? current.Length : durable.Length];
                for (int sector = 0; sector < content.Length; sector += SectorBytes)
                {
                    byte[] source = random.Next(2) == 0 ? current : durable;
                    int count = Math.Clamp(source.Length - sector, 0, Math.Min(SectorBytes, content.Length - sector));
                    if (count > 0)
                    {
                        source.AsSpan(sector, count).CopyTo(content.AsSpan(sector));
                    }
                }

                files.Add(path, content);
            }

            return files;
        }
    }

    /// <summary>A new disk with these files, all of them durable.</summary>
    public static MemoryDisk With(IReadOnlyDictionary<string, byte[]> files)
    {
        var disk = new MemoryDisk();
        foreach ((string path, byte[] content) in files)
        {
            var node = new Node { Name = path };
            node.SetLength(content.Length);
            content.CopyTo(node.Current);
            node.Sync();
            disk._names.Add(path, node);
        }

        disk._durableNames = new Dictionary<string, Node>(disk._names);
        return disk;
    }

    private long Available() => CapacityBytes - _names.Values.Sum(node => (long)node.Current.Length);

    private sealed class Node
    {
        private byte[] _current = [];
        private int _length;

        public string Name { get; set; } = "";
        public byte[] Durable { get; private set; } = [];
        public Span<byte> Current => _current.AsSpan(0, _length);

        public void SetLength(int length)
        {
            if (length > _current.Length)
            {
                Array.Resize(ref _current, Math.Max(length, _current.Length * 2));
            }

            if (length > _length)
            {
                _current.AsSpan(_length, length - _length).Clear();
            }

            _length = length;
        }

        public void Sync() => Durable = Current.ToArray();
    }

    private sealed class HeldLock(MemoryDisk disk, string path) : IDisposable
    {
        public void Dispose()
        {
            lock (disk._gate)
            {
                disk._locks.Remove(path);
            }
        }
    }

    private sealed class OpenFile(MemoryDisk disk, Node node) : IDiskFile
    {
        public long LengthBytes
        {
            get
            {
                lock (disk._gate)
                {
                    return node.Current.Length;
                }
            }
        }

        public int Read(Span<byte> destination, long offsetBytes)
        {
            lock (disk._gate)
            {
                int count = (int)Math.Clamp(node.Current.Length - offsetBytes, 0, destination.Length);
                if (count > 0)
                {
                    node.Current.Slice((int)offsetBytes, count).CopyTo(destination);
                }

                return count;
            }
        }

        public void Write(ReadOnlySpan<byte> source, long offsetBytes)
        {
            lock (disk._gate)
            {
                disk.Journal.Add($"write {node.Name} {offsetBytes} {source.Length}");
                int? arriving = disk.WriteFailsAfterBytes(node.Name, offsetBytes, source.Length);
                int count = arriving ?? source.Length;
                long growth = Math.Max(0, offsetBytes + count - node.Current.Length);
                bool isFull = growth > 0 && growth > disk.Available();
                if (isFull)
                {
                    count = (int)Math.Max(0, count - (growth - Math.Max(0, disk.Available())));
                }

                if (disk.RoomForWrite(node.Name, source.Length) is { } fitting)
                {
                    count = fitting;
                    isFull = true;
                }

                if (offsetBytes + count > node.Current.Length)
                {
                    node.SetLength((int)(offsetBytes + count));
                }

                source[..count].CopyTo(node.Current[(int)offsetBytes..]);
                if (isFull)
                {
                    throw DiskErrors.Full(node.Name);
                }

                if (arriving is not null)
                {
                    throw new IOException($"Input/output error : '{node.Name}'", 5);
                }
            }

            disk.AfterChange();
        }

        public void SetLength(long lengthBytes)
        {
            lock (disk._gate)
            {
                if (lengthBytes > node.Current.Length && lengthBytes - node.Current.Length > disk.Available())
                {
                    throw DiskErrors.Full(node.Name);
                }

                node.SetLength((int)lengthBytes);
            }
        }

        public void Sync()
        {
            disk.BeforeSync(node.Name);
            lock (disk._gate)
            {
                disk.Journal.Add($"sync {node.Name}");
                if (disk.SyncFails(node.Name))
                {
                    throw new IOException($"Input/output error : '{node.Name}'", 5);
                }

                if (!disk.SyncLies)
                {
                    node.Sync();
                }
            }

            disk.AfterChange();
        }

        public void Dispose()
        {
        }
    }
}
