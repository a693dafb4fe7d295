using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorPhysics.Hosting.Snapshots;

/// <summary>
/// Snapshots in a folder, a file each. A snapshot is written aside, fsynced, renamed, and its folder fsynced: a crash at any moment
/// leaves the old ones and at most an unfinished new one. docs/design/journal.md tells the format.
/// </summary>
public sealed class FileSnapshotStore : ISnapshotStore
{
    /// <summary>The default size of a chunk: what one checksum covers and what is in memory at a time.</summary>
    public const int DefaultChunkBytes = 256 * 1024;

    private readonly IDisk _disk;
    private readonly string _folder;
    private readonly int _chunkBytes;
    private readonly ILogger _logger;
    private readonly Lock _namesGate = new();

    // Parts that a failed writer left and that could not be deleted: what can be read of them need not be on the medium.
    private readonly HashSet<SnapshotName> _distrusted = [];
    private bool _hasUnsyncedNames;

    internal FileSnapshotStore(IDisk disk, string folder, int chunkBytes, ILogger logger)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(chunkBytes, SnapshotFormat.MinChunkBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(chunkBytes, SnapshotFormat.MaxChunkBytes);
        _disk = disk;
        _folder = folder;
        _chunkBytes = chunkBytes;
        _logger = logger;
        Attempt(default, () =>
        {
            _disk.CreateFolder(folder);

            // A process that was killed between a rename and its fsync left a name that can be read and is not durable.
            SyncNames();
            return true;
        });
    }

    /// <summary>Opens the store in a folder of its own, creating it when it is missing.</summary>
    /// <param name="folder">The folder; a data folder's lock keeps other processes out.</param>
    /// <param name="chunkBytes">The chunk size of new snapshots, in bytes, from 16 to 16 MiB.</param>
    /// <param name="logger">Hears of damaged snapshots.</param>
    /// <exception cref="StorageException">The folder cannot be created.</exception>
    public FileSnapshotStore(string folder, int chunkBytes = DefaultChunkBytes, ILogger? logger = null)
        : this(PhysicalDisk.Instance, folder, chunkBytes, logger ?? NullLogger.Instance)
    {
    }

    public ISnapshotWriter Create(SnapshotName name, ReadOnlyMemory<byte> header)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(header.Length, SnapshotFormat.MaxHeaderBytes, nameof(header));
        return Begin(name, header, mayContinue: false);
    }

    public ISnapshotWriter Resume(SnapshotName name, ReadOnlyMemory<byte> header)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(header.Length, SnapshotFormat.MaxHeaderBytes, nameof(header));
        return Begin(name, header, mayContinue: true);
    }

    public SnapshotOpening Open(SnapshotName name)
    {
        FileSnapshotReader? reader = TryOpen(name, out SnapshotNotice? notice);
        return new SnapshotOpening(reader, notice is null ? [] : [notice]);
    }

    public SnapshotOpening OpenNewest(GroupId group, ReplicaId replica)
    {
        var notices = new List<SnapshotNotice>();
        foreach (SnapshotName name in List(group, replica))
        {
            if (TryOpen(name, out SnapshotNotice? notice) is { } reader)
            {
                return new SnapshotOpening(reader, notices);
            }

            notices.Add(notice!);
        }

        return new SnapshotOpening(null, notices);
    }

    public IReadOnlyList<SnapshotName> List(GroupId group, ReplicaId replica) => Find(group, replica, "");

    public IReadOnlyList<SnapshotName> ListUnfinished(GroupId group, ReplicaId replica) => Find(group, replica, SnapshotFormat.UnfinishedSuffix);

    public void Delete(SnapshotName name) => DeleteFiles([name], [name]);

    public IReadOnlyList<SnapshotName> KeepNewest(GroupId group, ReplicaId replica, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var overtaken = new List<SnapshotName>();
        SnapshotName? newest = null;
        int sound = 0;
        foreach (SnapshotName name in List(group, replica))
        {
            if (sound < count && Verifies(name))
            {
                sound++;
                newest ??= name;
            }
            else if (newest is not null)
            {
                overtaken.Add(name);
            }
        }

        // Of a position that is kept, only the unfinished file goes.
        SnapshotName[] unfinished = [.. ListUnfinished(group, replica).Where(name => newest is { } sure && SnapshotOrder.Compare(name, sure) < 0)];
        if (overtaken.Count + unfinished.Length > 0)
        {
            DeleteFiles(overtaken, unfinished);
        }

        return [.. overtaken.Union(unfinished)];
    }

    /// <summary>Makes the names in the folder durable.</summary>
    internal void SyncNames()
    {
        lock (_namesGate)
        {
            _hasUnsyncedNames = true;
            _disk.SyncFolder(_folder);
            _hasUnsyncedNames = false;
        }
    }

    /// <summary>Gives a file that is whole and durable its final name, durably.</summary>
    internal void Publish(SnapshotName name)
    {
        lock (_namesGate)
        {
            _disk.Rename(PathAside(name), PathOf(name));
            SyncNames();
        }
    }

    /// <summary>Throws away what a failed writer left.</summary>
    internal void Discard(SnapshotName name)
    {
        lock (_namesGate)
        {
            try
            {
                _disk.Delete(PathAside(name));
            }
            catch (Exception fault) when (DiskErrors.IsEnvironmental(fault))
            {
                // The writer's own fault is on its way to the caller; what matters here is that nobody goes on with this part.
                _distrusted.Add(name);
            }
        }
    }

    internal static StorageException Fault(SnapshotName name, Exception fault) => new(
        DiskErrors.IsFull(fault) ? StorageFaultKind.Full : StorageFaultKind.Medium,
        $"{(name == default ? "The snapshots" : $"Snapshot {name}")}: {fault.Message}",
        fault);

    /// <summary>Turns what the medium refuses into a <see cref="StorageException"/> that names the snapshot.</summary>
    internal static T Attempt<T>(SnapshotName name, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception fault) when (DiskErrors.IsEnvironmental(fault))
        {
            throw Fault(name, fault);
        }
    }

    private FileSnapshotWriter Begin(SnapshotName name, ReadOnlyMemory<byte> header, bool mayContinue)
    {
        lock (_namesGate)
        {
            mayContinue &= !_distrusted.Remove(name);
        }

        try
        {
            string path = PathAside(name);
            return (mayContinue ? FileSnapshotWriter.TryResume(this, _disk, path, name, header.Span, _chunkBytes) : null)
                ?? FileSnapshotWriter.Create(this, _disk, path, name, header.Span, _chunkBytes);
        }
        catch (Exception fault) when (DiskErrors.IsEnvironmental(fault))
        {
            Discard(name);
            throw Fault(name, fault);
        }
    }

    private void DeleteFiles(IReadOnlyList<SnapshotName> complete, IReadOnlyList<SnapshotName> unfinished) =>
        Attempt(complete.Concat(unfinished).First(), () =>
        {
            foreach (SnapshotName name in unfinished)
            {
                _disk.Delete(PathAside(name));
            }

            foreach (SnapshotName name in complete)
            {
                _disk.Delete(PathOf(name));
            }

            SyncNames();
            return true;
        });

    private bool Verifies(SnapshotName name)
    {
        using FileSnapshotReader? reader = TryOpen(name, out _);
        return reader is not null;
    }

    private FileSnapshotReader? TryOpen(SnapshotName name, out SnapshotNotice? notice)
    {
        string path = PathOf(name);
        string? damage = null;
        FileSnapshotReader? reader = null;
        if (Attempt(name, () => OpenFile(path)) is { } file)
        {
            reader = FileSnapshotReader.TryOpen(file, name, out damage);
        }
        else
        {
            damage = "there is no such snapshot";
        }

        notice = damage is null ? null : new SnapshotNotice(name, $"'{path}': {damage}.");
        if (damage is not null)
        {
            _logger.Damaged(name.ToString(), notice!.Detail);
        }

        return reader;
    }

    /// <summary>A name whose fsync failed, or is under way, is shown to nobody before it is durable: a power cut may take it back.</summary>
    private IDiskFile? OpenFile(string path)
    {
        lock (_namesGate)
        {
            if (_hasUnsyncedNames)
            {
                SyncNames();
            }

            return _disk.Exists(path) ? _disk.Open(path, DiskAccess.Read) : null;
        }
    }

    private List<SnapshotName> Find(GroupId group, ReplicaId replica, string suffix) => Attempt(default, () =>
    {
        var names = new List<SnapshotName>();
        foreach (string file in _disk.List(_folder))
        {
            if (file.EndsWith(SnapshotFormat.Suffix + suffix, StringComparison.Ordinal)
                && SnapshotFormat.TryParseFileName(file[..^suffix.Length], out SnapshotName name)
                && name.Group == group && name.Replica == replica)
            {
                names.Add(name);
            }
        }

        names.Sort((a, b) => SnapshotOrder.Compare(b, a));
        return names;
    });

    private string PathOf(SnapshotName name) => Path.Combine(_folder, SnapshotFormat.FileNameOf(name));

    private string PathAside(SnapshotName name) => PathOf(name) + SnapshotFormat.UnfinishedSuffix;
}
