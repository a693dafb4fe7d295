using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Journal;
using ActorPhysics.Hosting.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorPhysics.Hosting.Tests.Journal;

public sealed class SqliteHarness : DurableJournalHarness
{
    private readonly TemporaryFolder _folder = new();
    private readonly FaultyPhysicalDisk _disk = new();
    private SqliteJournal? _journal;

    public override int Stride => 7;

    public override IJournal Open() => _journal = SqliteJournal.Open(_disk, _folder.Path, NullLogger.Instance);

    public override Dictionary<string, byte[]> ReadFiles() => Directory.EnumerateFiles(_folder.Path)
        .Where(path => !path.EndsWith(".lock", StringComparison.Ordinal))
        .ToDictionary(path => Path.GetFileName(path), ReadShared);

    public override void WriteFiles(IReadOnlyDictionary<string, byte[]> files)
    {
        foreach (string path in Directory.EnumerateFiles(_folder.Path))
        {
            File.Delete(path);
        }

        foreach ((string name, byte[] content) in files)
        {
            File.WriteAllBytes(_folder.Of(name), content);
        }
    }

    public override IReadOnlyList<string> WriteOrder(IEnumerable<string> names) =>
        [.. names.Where(name => name.Contains("sqlite", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            .. names.Where(name => name.Contains("frontier", StringComparison.Ordinal))];

    public override void LetSyncFail(bool fails) => _disk.SyncFails = fails;

    public override void FillDisk(bool isFull) => _journal!.LimitPages(isFull ? 1 : 1 << 30);

    public override void Dispose() => _folder.Dispose();

    private static byte[] ReadShared(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}

public sealed class SqliteJournalConformance : DurableJournalConformance<SqliteHarness>;
