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
        return Attempt(name, () => FileSnapshotWriter.Create(_disk, _folder, name, header.Span, _chunkBytes));
    }

    public ISnapshotWriter Resume(SnapshotName name, ReadOnlyMemory<byte> header)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(header.Length, SnapshotFormat.MaxHeaderBytes, nameof(header));
        return Attempt(name, () =>
            FileSnapshotWriter.TryResume(_disk, _folder, name, header.Span, _chunkBytes)
            ?? FileSnapshotWriter.Create(_disk, _folder, name, header.Span, _chunkBytes));
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

    public void Delete(SnapshotName name) => Attempt(name, () =>
    {
        _disk.Delete(PathOf(name));
        _disk.Delete(PathOf(name) + SnapshotFormat.UnfinishedSuffix);
        _disk.SyncFolder(_folder);
        return true;
    });

    public IReadOnlyList<SnapshotName> KeepNewest(GroupId group, ReplicaId replica, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var deleted = new List<SnapshotName>();
        SnapshotName? newest = null;
        int sound = 0;
        foreach (SnapshotName name in List(group, replica))
        {
            if (sound == count)
            {
                Delete(name);
                deleted.Add(name);
                continue;
            }

            using FileSnapshotReader? reader = TryOpen(name, out _);
            if (reader is not null)
            {
                sound++;
                newest ??= name;
            }
        }

        foreach (SnapshotName name in ListUnfinished(group, replica).Where(name => newest is { } sure && SnapshotOrder.Compare(name, sure) < 0))
        {
            Delete(name);
            deleted.Add(name);
        }

        return deleted;
    }

    /// <summary>Turns what the medium refuses into a <see cref="StorageException"/> that names the snapshot.</summary>
    internal static T Attempt<T>(SnapshotName name, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception fault) when (DiskErrors.IsEnvironmental(fault))
        {
            StorageFaultKind kind = DiskErrors.IsFull(fault) ? StorageFaultKind.Full : StorageFaultKind.Medium;
            throw new StorageException(kind, $"{(name == default ? "The snapshots" : $"Snapshot {name}")}: {fault.Message}", fault);
        }
    }

    private FileSnapshotReader? TryOpen(SnapshotName name, out SnapshotNotice? notice)
    {
        string path = PathOf(name);
        string? damage = null;
        FileSnapshotReader? reader = Attempt(name, () =>
        {
            if (_disk.Exists(path))
            {
                return FileSnapshotReader.TryOpen(_disk, path, name, out damage);
            }

            damage = "there is no such snapshot";
            return null;
        });
        notice = damage is null ? null : new SnapshotNotice(name, $"'{path}': {damage}.");
        if (damage is not null)
        {
            _logger.Damaged(name.ToString(), notice!.Detail);
        }

        return reader;
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
}
