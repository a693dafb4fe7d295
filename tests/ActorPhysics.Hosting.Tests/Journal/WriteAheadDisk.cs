using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Journal;
using ActorPhysics.Hosting.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorPhysics.Hosting.Tests.Journal;

/// <summary>Short ways to do things to a write-ahead journal's files.</summary>
internal static class WriteAheadDisk
{
    public const int PageBytes = 4096;

    public static WriteAheadJournal Open(MemoryDisk disk, WriteAheadJournalOptions? options = null) =>
        WriteAheadJournal.Open(disk, WriteAheadHarness.Folder, options ?? WriteAheadHarness.Options, NullLogger.Instance);

    public static string Segment(ulong number) => Path.Combine(WriteAheadHarness.Folder, SegmentNames.Of(number));

    public static string[] Segments(MemoryDisk disk) => [.. disk.Files().Keys.Where(name => name.EndsWith(".segment", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>The disk with one file changed.</summary>
    public static MemoryDisk Changed(MemoryDisk disk, string path, Action<byte[]> change)
    {
        Dictionary<string, byte[]> files = disk.Files();
        change(files[path]);
        return MemoryDisk.With(files);
    }

    /// <summary>Writes a journal with one call and closes it.</summary>
    public static void Write(MemoryDisk disk, Action<WriteAheadJournal> use)
    {
        using WriteAheadJournal journal = Open(disk);
        use(journal);
    }

    /// <summary>Opens the journal and reads some streams.</summary>
    public static JournalReplay[] Read(MemoryDisk disk, params ulong[] groups)
    {
        using WriteAheadJournal journal = Open(disk);
        return [.. groups.Select(group => journal.Replay(StreamUser.Id(group)))];
    }

    /// <summary>Waits for something that another thread brings about.</summary>
    public static void Eventually(Func<bool> condition, string what)
    {
        DateTime end = DateTime.UtcNow.AddSeconds(30);
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < end, what);
            Thread.Yield();
        }
    }
}
