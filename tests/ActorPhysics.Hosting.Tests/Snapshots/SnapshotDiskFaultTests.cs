using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Snapshots;
using ActorPhysics.Hosting.Storage;
using ActorPhysics.Hosting.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using static ActorPhysics.Hosting.Tests.Snapshots.SnapshotStoreConformance;

namespace ActorPhysics.Hosting.Tests.Snapshots;

/// <summary>A disk that refuses one thing, or is cut off before it.</summary>
public sealed class SnapshotDiskFaultTests
{
    private const int ContentBytes = (4 * ChunkBytes) + 10;

    private readonly MemoryDisk _memory = new();
    private readonly HookedDisk _disk;
    private readonly FileSnapshotStore _store;

    public SnapshotDiskFaultTests()
    {
        _disk = new HookedDisk(_memory);
        _store = Open(_disk);
        Store(_store, Name(40), Content(ContentBytes, 40));
    }

    [Theory]
    [Trait("Pitfall", "28")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_power_cut_that_tears_what_was_not_fsynced_leaves_whole_snapshots_only(int seed)
    {
        var random = new Random(seed);
        var images = new List<(string Before, Dictionary<string, byte[]> Files)>();
        _disk.Before = operation =>
        {
            for (int i = 0; i < 4; i++)
            {
                images.Add((operation, _memory.TornFiles(random)));
            }
        };
        Store(_store, Name(50), Content(ContentBytes, 50));
        _store.KeepNewest(Group, Replica, 1);
        _disk.Before = _ => { };

        Assert.Superset(
            new HashSet<string> { "create", "write", "sync", "rename", "sync-folder", "delete" },
            images.Select(image => image.Before).ToHashSet());
        foreach ((string before, Dictionary<string, byte[]> files) in images)
        {
            SnapshotOpening opening = Open(MemoryDisk.With(files)).OpenNewest(Group, Replica);
            Assert.Empty(opening.Notices);
            Assert.NotNull(opening.Reader);
            using ISnapshotReader reader = opening.Reader;
            Assert.Equal(Content(ContentBytes, (int)reader.Name.Position.Index.Value), ReadAll(reader));
            Assert.True(before != "delete" || reader.Name == Name(50));
        }
    }

    [Fact]
    [Trait("Pitfall", "32")]
    public void A_disk_that_fills_up_at_any_byte_says_so_harms_no_snapshot_and_gets_its_room_back()
    {
        int used = UsedBytes();
        for (int room = 0; room < used; room += 7)
        {
            _memory.CapacityBytes = used + room;

            Assert.Equal(StorageFaultKind.Full, Assert.Throws<StorageException>(() => Store(_store, Name(50), Content(ContentBytes, 50))).Kind);

            Assert.Equal([Name(40)], _store.List(Group, Replica));
            AssertHolds(40, 40);
            Assert.Equal(used, UsedBytes());
        }

        _memory.CapacityBytes = 2 * used;
        Store(_store, Name(50), Content(ContentBytes, 50));
        AssertHolds(50, 50);
    }

    [Fact]
    public void A_writer_that_failed_once_completes_nothing()
    {
        using ISnapshotWriter writer = _store.Create(Name(40), Header);
        FailOnce("write");
        Assert.Throws<StorageException>(() => writer.Write(Content(ContentBytes, 41)));

        Assert.Throws<ObjectDisposedException>(() => writer.Write([1]));
        Assert.Throws<ObjectDisposedException>(() => writer.Complete());
        AssertHolds(40, 40);
    }

    [Theory]
    [Trait("Pitfall", "27")]
    [InlineData(false)]
    [InlineData(true)]
    public void After_a_failed_fsync_nothing_of_the_part_is_gone_on_with(bool deletionFails)
    {
        using ISnapshotWriter writer = _store.Create(Name(50), Header);
        writer.Write(Content(ContentBytes, 50));
        FailOnce("sync", deletionFails ? "delete" : "");

        Assert.Throws<StorageException>(writer.Flush);

        Assert.Throws<ObjectDisposedException>(() => writer.Complete());
        Assert.Equal(deletionFails ? [Name(50)] : [], _store.ListUnfinished(Group, Replica));
        using ISnapshotWriter next = _store.Resume(Name(50), Header);
        Assert.Equal(0, next.LengthBytes);
        next.Write(Content(ContentBytes, 50));
        next.Complete();
        AssertHolds(50, 50);
    }

    [Theory]
    [InlineData("create")]
    [InlineData("write")]
    [InlineData("sync")]
    [InlineData("rename")]
    public void A_snapshot_that_fails_before_it_has_its_name_leaves_nothing_behind(string operation)
    {
        FailOnce(operation);

        Assert.Throws<StorageException>(() => Store(_store, Name(50), Content(ContentBytes, 50)));

        Assert.Equal([Name(40)], _store.List(Group, Replica));
        Assert.Empty(_store.ListUnfinished(Group, Replica));
        Store(_store, Name(50), Content(ContentBytes, 50));
        AssertHolds(50, 50);
    }

    [Fact]
    [Trait("Pitfall", "28")]
    public void A_name_whose_fsync_failed_is_shown_to_nobody_before_it_is_durable()
    {
        _disk.Before = operation =>
        {
            if (operation == "sync-folder")
            {
                throw HookedDisk.Broken();
            }
        };
        Assert.Throws<StorageException>(() => Store(_store, Name(50), Content(ContentBytes, 50)));

        Assert.Throws<StorageException>(() => _store.OpenNewest(Group, Replica));
        _disk.Before = _ => { };
        AssertHolds(50, 50);
        Assert.Contains(SnapshotFormat.FileNameOf(Name(50)), _memory.DurableFiles().Keys.Select(Path.GetFileName));
    }

    [Fact]
    [Trait("Pitfall", "28")]
    public void A_name_that_a_killed_process_left_is_durable_once_the_store_is_open_again()
    {
        FailOnce("sync-folder");
        Assert.Throws<StorageException>(() => Store(_store, Name(50), Content(ContentBytes, 50)));
        Assert.DoesNotContain(SnapshotFormat.FileNameOf(Name(50)), _memory.DurableFiles().Keys.Select(Path.GetFileName));

        _ = Open(_memory);

        Assert.Contains(SnapshotFormat.FileNameOf(Name(50)), _memory.DurableFiles().Keys.Select(Path.GetFileName));
    }

    [Fact]
    public void A_snapshot_that_cannot_be_read_is_named_and_an_older_one_is_opened()
    {
        Store(_store, Name(50), Content(ContentBytes, 50));
        FailOnce("read");

        SnapshotOpening opening = _store.OpenNewest(Group, Replica);

        using ISnapshotReader? reader = opening.Reader;
        Assert.Equal(Name(40), reader?.Name);
        Assert.Equal(Name(50), Assert.Single(opening.Notices).Name);
    }

    [Fact]
    public void What_follows_the_sound_chunks_of_a_part_is_cut_off()
    {
        using (ISnapshotWriter writer = _store.Create(Name(50), Header))
        {
            writer.Write(Content(ContentBytes, 50));
        }

        // Chunk 1 is torn, chunk 2 is not: what is resumed behind chunk 0 may be shorter than that.
        string part = Path.Combine(Folder, SnapshotFormat.FileNameOf(Name(50)) + SnapshotFormat.UnfinishedSuffix);
        using (IDiskFile file = _memory.Open(part, DiskAccess.ReadWrite))
        {
            file.Write([0xEE, 0xEE], SnapshotFormat.OffsetOfChunk(1, Header.Length, ChunkBytes) + 10);
        }

        using ISnapshotWriter resumed = _store.Resume(Name(50), Header);
        Assert.Equal(ChunkBytes, resumed.LengthBytes);
        resumed.Complete();

        using ISnapshotReader reader = _store.Open(Name(50)).Reader!;
        Assert.Equal(Content(ContentBytes, 50)[..ChunkBytes], ReadAll(reader));
    }

    [Fact]
    [Trait("Pitfall", "26")]
    public void Retention_keeps_damaged_snapshots_only_when_no_sound_one_is_newer()
    {
        foreach (ulong index in (ulong[])[50, 60, 70])
        {
            Store(_store, Name(index), Content(ContentBytes, (int)index));
        }

        foreach (ulong index in (ulong[])[50, 70])
        {
            using IDiskFile file = _memory.Open(Path.Combine(Folder, SnapshotFormat.FileNameOf(Name(index))), DiskAccess.ReadWrite);
            file.Write([0xEE, 0xEE], 90);
        }

        Assert.Equal([Name(50)], _store.KeepNewest(Group, Replica, 2));
        Assert.Equal([Name(70), Name(60), Name(40)], _store.List(Group, Replica));
    }

    private static FileSnapshotStore Open(IDisk disk) => new(disk, Folder, ChunkBytes, NullLogger.Instance);

    private void AssertHolds(ulong index, int seed)
    {
        using ISnapshotReader? reader = _store.Open(Name(index)).Reader;
        Assert.NotNull(reader);
        Assert.Equal(Content(ContentBytes, seed), ReadAll(reader));
    }

    private int UsedBytes() => _memory.Files().Values.Sum(file => file.Length);

    /// <summary>Each of these operations fails the next time.</summary>
    private void FailOnce(params string[] operations)
    {
        var left = new HashSet<string>(operations);
        _disk.Before = operation =>
        {
            if (left.Remove(operation))
            {
                throw HookedDisk.Broken();
            }
        };
    }
}
