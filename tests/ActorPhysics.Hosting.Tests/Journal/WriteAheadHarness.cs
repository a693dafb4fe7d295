using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Journal;
using ActorPhysics.Hosting.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorPhysics.Hosting.Tests.Journal;

/// <summary>The write-ahead journal on a disk in memory, with small segments.</summary>
public sealed class WriteAheadHarness : DurableJournalHarness
{
    internal const string Folder = "/journal";

    internal static readonly WriteAheadJournalOptions Options = new()
    {
        SegmentBytes = 128 * 1024,
        ReserveBytes = 64 * 1024,
        SpinIterations = 0,
        DiskFullRetry = TimeSpan.FromMilliseconds(1),
    };

    internal MemoryDisk Disk { get; private set; } = new();

    public override IJournal Open() => WriteAheadJournal.Open(Disk, Folder, Options, NullLogger.Instance);

    public override Dictionary<string, byte[]> ReadFiles() => Disk.Files();

    public override void WriteFiles(IReadOnlyDictionary<string, byte[]> files) => Disk = MemoryDisk.With(files);

    public override IReadOnlyList<string> WriteOrder(IEnumerable<string> names) =>
        [.. names.Where(name => name.EndsWith(".segment", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            .. names.Where(name => name.Contains("promises", StringComparison.Ordinal))];

    public override void LetSyncFail(bool fails) => Disk.SyncFails = path => fails && path.EndsWith(".segment", StringComparison.Ordinal);

    public override void FillDisk(bool isFull) => Disk.CapacityBytes = isFull ? 0 : long.MaxValue;
}

public sealed class WriteAheadJournalConformance : DurableJournalConformance<WriteAheadHarness>;
