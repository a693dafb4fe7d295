using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Hosting.Snapshots;
using ActorPhysics.Hosting.Storage;
using ActorPhysics.Hosting.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using static ActorPhysics.Hosting.Tests.Snapshots.SnapshotStoreConformance;

namespace ActorPhysics.Hosting.Tests.Snapshots;

/// <summary>Crashes, damage and faults of the disk below a snapshot store.</summary>
public sealed class FileSnapshotStoreTests
{
    private readonly MemoryDisk _disk = new();

    [Fact]
    [Trait("Pitfall", "28")]
    public void A_crash_at_any_moment_leaves_the_old_snapshot_or_the_whole_new_one()
    {
        byte[] older = Content(300, 1);
        byte[] newer = Content(500, 2);
        Store(Open(_disk), Name(10), older);
        var images = new List<Dictionary<string, byte[]>>();
        _disk.AfterChange = () =>
        {
            images.Add(_disk.Files());
            images.Add(_disk.DurableFiles());
        };
        Store(Open(_disk), Name(20), newer);

        Assert.True(images.Count > 20);
        bool isNew = false;
        foreach (Dictionary<string, byte[]> image in images)
        {
            SnapshotOpening opening = Open(MemoryDisk.With(image)).OpenNewest(Group, Replica);
            Assert.Empty(opening.Notices);
            using ISnapshotReader reader = opening.Reader!;
            Assert.Equal(reader.Name == Name(20) ? newer : older, ReadAll(reader));
            isNew = reader.Name == Name(20);
        }

        Assert.True(isNew);
    }

    [Fact]
    public void An_unfinished_file_cut_at_any_byte_is_resumed_and_completed()
    {
        byte[] content = Content(300, 1);
        var images = new List<Dictionary<string, byte[]>>();
        FileSnapshotStore first = Open(_disk);
        _disk.AfterChange = () => images.Add(_disk.Files());
        SnapshotChecksum checksum = Store(first, Name(10), content);
        byte[] complete = images.Last(image => image.Keys.Single().EndsWith(".part", StringComparison.Ordinal)).Values.Single();
        string path = images[0].Keys.Single();

        for (int cut = 0; cut <= complete.Length; cut++)
        {
            var disk = MemoryDisk.With(new Dictionary<string, byte[]> { [path] = complete[..cut] });
            FileSnapshotStore store = Open(disk);
            using ISnapshotWriter writer = store.Resume(Name(10), Header);
            Assert.Equal(0, writer.LengthBytes % ChunkBytes);
            writer.Write(content.AsSpan((int)writer.LengthBytes));
            Assert.Equal(checksum, writer.Complete());
            using ISnapshotReader reader = store.Open(Name(10)).Reader!;
            Assert.Equal(content, ReadAll(reader));
        }
    }

    [Fact]
    [Trait("Pitfall", "M14")]
    public void A_damaged_newest_snapshot_is_skipped_with_a_notice_whatever_bit_it_is()
    {
        Store(Open(_disk), Name(10), Content(100, 1));
        Store(Open(_disk), Name(20), Content(300, 2));
        Dictionary<string, byte[]> files = _disk.Files();
        string newest = files.Keys.Order(StringComparer.Ordinal).Last();
        for (int position = 0; position < files[newest].Length; position++)
        {
            var damaged = new Dictionary<string, byte[]>(files) { [newest] = [.. files[newest]] };
            damaged[newest][position] ^= (byte)(1 << (position % 8));

            SnapshotOpening opening = Open(MemoryDisk.With(damaged)).OpenNewest(Group, Replica);

            Assert.Equal(Name(20), Assert.Single(opening.Notices).Name);
            Assert.Equal(Name(10), opening.Reader?.Name);
        }
    }

    [Fact]
    public void A_snapshot_cut_at_any_byte_is_never_opened()
    {
        Store(Open(_disk), Name(10), Content(200, 1));
        (string path, byte[] content) = _disk.Files().Single();

        for (int cut = 0; cut < content.Length; cut++)
        {
            SnapshotOpening opening = Open(MemoryDisk.With(new Dictionary<string, byte[]> { [path] = content[..cut] })).OpenNewest(Group, Replica);
            Assert.Null(opening.Reader);
            Assert.Single(opening.Notices);
        }
    }

    [Fact]
    public void A_snapshot_under_another_name_is_not_taken_for_it()
    {
        FileSnapshotStore store = Open(_disk);
        Store(store, Name(10), Content(100, 1));
        _disk.Rename(PathOf(10), PathOf(11));

        SnapshotOpening opening = store.Open(Name(11));

        Assert.Null(opening.Reader);
        Assert.Contains("another snapshot", Assert.Single(opening.Notices).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_that_appears_while_a_snapshot_is_read_is_an_exception()
    {
        FileSnapshotStore store = Open(_disk);
        Store(store, Name(10), Content(300, 1));
        using ISnapshotReader reader = store.Open(Name(10)).Reader!;
        using (IDiskFile file = _disk.Open(PathOf(10), DiskAccess.ReadWrite))
        {
            file.Write([0xEE], 64 + Header.Length + ChunkBytes + 10);
        }

        var piece = new byte[ChunkBytes];
        Assert.Equal(ChunkBytes, reader.Read(0, piece));
        Assert.Equal(StorageFaultKind.Damaged, Assert.Throws<StorageException>(() => reader.Read(ChunkBytes, piece)).Kind);
    }

    [Fact]
    public void A_damaged_snapshot_does_not_count_among_those_that_are_kept()
    {
        FileSnapshotStore store = Open(_disk);
        for (ulong index = 1; index <= 4; index++)
        {
            Store(store, Name(index), Content(100, (int)index));
        }

        using (IDiskFile file = _disk.Open(PathOf(4), DiskAccess.ReadWrite))
        {
            file.Write([0xEE], 80);
        }

        store.KeepNewest(Group, Replica, 2);

        Assert.Equal([Name(4), Name(3), Name(2)], store.List(Group, Replica));
    }

    [Fact]
    [Trait("Pitfall", "32")]
    public void A_full_disk_fails_the_writing_and_keeps_the_snapshots_there_are()
    {
        FileSnapshotStore store = Open(_disk);
        Store(store, Name(10), Content(300, 1));
        _disk.CapacityBytes = _disk.Files().Values.Sum(file => (long)file.Length) + 300;

        var thrown = Assert.Throws<StorageException>(() => Store(store, Name(20), Content(900, 2)));

        Assert.Equal(StorageFaultKind.Full, thrown.Kind);
        using ISnapshotReader reader = store.OpenNewest(Group, Replica).Reader!;
        Assert.Equal(Name(10), reader.Name);
        _disk.CapacityBytes = long.MaxValue;
        Store(store, Name(20), Content(900, 2));
    }

    [Fact]
    [Trait("Pitfall", "27")]
    public void A_failed_fsync_does_not_make_a_snapshot_visible()
    {
        FileSnapshotStore store = Open(_disk);
        _disk.SyncFails = _ => true;

        Assert.Equal(StorageFaultKind.Medium, Assert.Throws<StorageException>(() => Store(store, Name(10), Content(100, 1))).Kind);

        Assert.Empty(store.List(Group, Replica));
    }

    [Fact]
    public void Files_that_are_no_snapshots_are_left_alone()
    {
        foreach (string name in new[] { "notes.txt", "g1-r1-i1-e1.snapshot", "g99999999999999999999-r3-i00000000000000000001-e00000000000000000001.snapshot" })
        {
            using IDiskFile file = _disk.Open(Path.Combine(Folder, name), DiskAccess.Create);
        }

        Assert.Empty(Open(_disk).List(Group, Replica));
        Assert.Equal(3, _disk.Files().Count);
    }

    private static FileSnapshotStore Open(MemoryDisk disk) => new(disk, Folder, ChunkBytes, NullLogger.Instance);

    private static string PathOf(ulong index) => Path.Combine(Folder, SnapshotFormat.FileNameOf(Name(index)));
}
