using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Journal;
using ActorPhysics.Hosting.Snapshots;
using ActorPhysics.Hosting.Storage;
using ActorPhysics.Protocol.Membership;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>A node's data folder, taken for this process alone, with its journal and its snapshots.</summary>
internal sealed class NodeStorage : IDisposable
{
    private const string JournalFolder = "journal";
    private const string SnapshotFolder = "snapshots";
    private const string BirthFolder = "births";
    private const string HostingFolder = "hosting";

    private readonly DataFolder _folder;

    private NodeStorage(DataFolder folder, HostingBook hosting, IJournal journal, ISnapshotStore snapshots)
    {
        _folder = folder;
        Hosting = hosting;
        Journal = journal;
        Snapshots = snapshots;
    }

    /// <summary>Which replicas were ordered here, what their groups are, and which are retired.</summary>
    public HostingBook Hosting { get; }

    public IJournal Journal { get; }
    public ISnapshotStore Snapshots { get; }

    /// <exception cref="StorageException">The folder is in use, another node's, or damaged; the message says which.</exception>
    public static NodeStorage Open(NodeOptions options, ILogger logger)
    {
        DataFolder folder = DataFolder.Open(options.Node.DataDir, options.Cluster.Id, options.Node.Id);
        try
        {
            HostingBook hosting = HostingBook.Open(PhysicalDisk.Instance, folder.Subfolder(HostingFolder), GroupPlan.ClusterOf(options.Cluster).Value);
            return options.Journal.Kind switch
            {
                JournalKind.Memory => new NodeStorage(folder, hosting, new MemoryJournal(), new MemorySnapshotStore()),
                JournalKind.Sqlite => new NodeStorage(
                    folder, hosting, SqliteJournal.Open(folder.Subfolder(JournalFolder), logger: logger), NewSnapshots(folder, logger)),
                _ => new NodeStorage(
                    folder, hosting, WriteAheadJournal.Open(folder.Subfolder(JournalFolder), OptionsOf(options.Journal), logger), NewSnapshots(folder, logger)),
            };
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Reads the journal of a stopped node without changing it.</summary>
    /// <exception cref="StorageException">The folder holds no journal that can be read, or a live process uses it.</exception>
    public static IReadOnlyList<JournalReplay> Inspect(string dataFolder)
    {
        string journal = Path.Combine(dataFolder, JournalFolder);
        if (!Directory.Exists(journal))
        {
            throw new StorageException(StorageFaultKind.Missing, $"'{dataFolder}' is no node's data folder: it has no journal");
        }

        if (!File.Exists(Path.Combine(journal, SqliteJournal.FileName)))
        {
            return WriteAheadJournal.Inspect(journal);
        }

        using SqliteJournal database = SqliteJournal.Open(journal);
        return [.. database.Streams.Select(database.Replay)];
    }

    /// <summary>The recoveries that the list of replicas of a stopped node knows of: of each group the last.</summary>
    /// <exception cref="StorageException">The list cannot be read.</exception>
    public static IReadOnlyList<GroupRecovery> InspectRecoveries(string dataFolder)
    {
        string hosting = Path.Combine(dataFolder, HostingFolder);
        if (!Directory.Exists(hosting))
        {
            return [];
        }

        using HostingBook book = HostingBook.Inspect(PhysicalDisk.Instance, hosting);
        return [.. book.Pages.Values.Select(page => page.Recovery).OfType<GroupRecovery>()];
    }

    /// <summary>Whether the replica is known to have run from this folder.</summary>
    public bool HasRun(JournalStreamId replica) => File.Exists(MarkOf(replica));

    /// <summary>
    /// Notes, durably, that replicas have run from this folder: in crash-stop that alone tells a restarted replica, whose memory is gone, from a
    /// new one; in crash-recovery it tells a journal that was lost from one that never was.
    /// </summary>
    public void NoteRuns(params IReadOnlyCollection<JournalStreamId> replicas)
    {
        bool isNews = false;
        foreach (JournalStreamId replica in replicas)
        {
            string mark = MarkOf(replica);
            if (!File.Exists(mark))
            {
                // It is empty: its name is all that it says, and that is the folder's.
                new FileStream(mark, FileMode.OpenOrCreate, FileAccess.Write).Dispose();
                isNews = true;
            }
        }

        if (isNews)
        {
            FolderSync.Sync(_folder.Subfolder(BirthFolder));
        }
    }

    /// <summary>Deletes what is kept of a replica that will never run again; that it promised something stays known. It blocks.</summary>
    public void Discard(JournalStreamId replica)
    {
        JournalReplay replay = Journal.Replay(replica);
        if (replay.Next > JournalSequence.First)
        {
            Journal.DeleteThrough(replica, new JournalSequence(replay.Next.Value - 1));
        }

        foreach (SnapshotName name in Snapshots.List(replica.Group, replica.Replica).Concat(Snapshots.ListUnfinished(replica.Group, replica.Replica)).ToArray())
        {
            Snapshots.Delete(name);
        }
    }

    private string MarkOf(JournalStreamId replica) => Path.Combine(_folder.Subfolder(BirthFolder), $"{replica.Group}-{replica.Replica}");

    public void Dispose()
    {
        (Journal as IDisposable)?.Dispose();
        (Snapshots as IDisposable)?.Dispose();
        Hosting.Dispose();
        _folder.Dispose();
    }

    private static FileSnapshotStore NewSnapshots(DataFolder folder, ILogger logger) => new(folder.Subfolder(SnapshotFolder), logger: logger);

    private static WriteAheadJournalOptions OptionsOf(JournalSettings settings) => new()
    {
        SegmentBytes = settings.SegmentBytes,
        ReserveBytes = settings.DiskReserveBytes,
        SpinIterations = settings.SpinIterations,
        DiskFullRetry = settings.DiskFullRetry,
    };
}
