using ActorPhysics.Hosting.Configuration.Binding;

namespace ActorPhysics.Hosting.Configuration;

public enum JournalKind
{
    /// <summary>Write-ahead files shared by all groups of the node, one fsync for all that wrote meanwhile.</summary>
    WriteAhead,

    /// <summary>One SQLite database.</summary>
    Sqlite,

    /// <summary>Nothing survives the process: for crash-stop groups only.</summary>
    Memory,
}

/// <summary>Where the history log is kept.</summary>
public sealed record JournalSettings
{
    public required JournalKind Kind { get; init; }

    /// <summary>The size of one write-ahead file.</summary>
    [Within("64 KiB", "1 GiB")]
    public required int SegmentBytes { get; init; }

    /// <summary>Space kept back on disk: when the rest is used up, writes are refused while trimming goes on.</summary>
    [Within("0 B", "1 TiB")]
    public required long DiskReserveBytes { get; init; }

    /// <summary>How often a full disk is looked at again.</summary>
    [Within("1 ms", "1 h")]
    public required TimeSpan DiskFullRetry { get; init; }

    /// <summary>How often the log thread looks for more work before it sleeps: shorter waits for some processor time. 0 sleeps at once.</summary>
    [Within("0", "1000000")]
    public required int SpinIterations { get; init; }
}

/// <summary>When state snapshots are taken, how many are kept, and how they travel.</summary>
public sealed record SnapshotSettings
{
    /// <summary>A snapshot is due when this much log was applied since the last one.</summary>
    [Within("1 KiB", "1 TiB")]
    public required long EveryLogBytes { get; init; }

    /// <summary>A snapshot is also due when this many entries were applied since the last one; null means that their number is no reason.</summary>
    [Within("1", "9223372036854775807")]
    public required long? EveryEntries { get; init; }

    /// <summary>How many snapshots of a replica stay on disk; two at least, because the log is trimmed to the one before the newest.</summary>
    [Within("2", "100")]
    public required int Keep { get; init; }

    /// <summary>The piece in which a snapshot is sent to a replica that fell behind the log.</summary>
    [Within("4 KiB", "64 MiB")]
    public required int ChunkBytes { get; init; }
}
