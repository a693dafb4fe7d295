using System.Text;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Snapshots;
using ActorPhysics.Hosting.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorPhysics.Hosting.Tests.Snapshots;

/// <summary>What every snapshot store does.</summary>
public abstract class SnapshotStoreConformance
{
    internal const string Folder = "/snapshots";
    internal const int ChunkBytes = 64;

    internal static readonly GroupId Group = new(7);
    internal static readonly ReplicaId Replica = new(3);
    internal static readonly byte[] Header = Encoding.UTF8.GetBytes("header");

    protected abstract ISnapshotStore CreateStore();

    internal static SnapshotName Name(ulong index, ulong epoch = 1) =>
        new(Group, Replica, new LogPosition(new LeaderEpoch(epoch), new LogIndex(index)));

    internal static byte[] Content(int bytes, int seed) => [.. Enumerable.Range(0, bytes).Select(i => (byte)((i * 31) + seed))];

    internal static SnapshotChecksum Store(ISnapshotStore store, SnapshotName name, byte[] content)
    {
        using ISnapshotWriter writer = store.Create(name, Header);
        foreach (byte[] piece in content.Chunk(50))
        {
            writer.Write(piece);
        }

        return writer.Complete();
    }

    internal static byte[] ReadAll(ISnapshotReader reader, int pieceBytes = 37)
    {
        var content = new List<byte>();
        var piece = new byte[pieceBytes];
        int read;
        while ((read = reader.Read(content.Count, piece)) > 0)
        {
            content.AddRange(piece.AsSpan(0, read));
        }

        return [.. content];
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(ChunkBytes)]
    [InlineData(ChunkBytes + 1)]
    [InlineData(10 * ChunkBytes)]
    [InlineData(1000)]
    public void A_snapshot_comes_back_as_it_was(int bytes)
    {
        ISnapshotStore store = CreateStore();
        SnapshotChecksum checksum = Store(store, Name(10), Content(bytes, 1));

        SnapshotOpening opening = store.Open(Name(10));

        Assert.Empty(opening.Notices);
        using ISnapshotReader reader = opening.Reader!;
        Assert.Equal(Header, reader.Header.ToArray());
        Assert.Equal(bytes, reader.LengthBytes);
        Assert.Equal(checksum, reader.Checksum);
        Assert.Equal(Content(bytes, 1), ReadAll(reader));
    }

    [Fact]
    public void Any_offset_can_be_read()
    {
        ISnapshotStore store = CreateStore();
        byte[] content = Content(300, 1);
        Store(store, Name(10), content);
        using ISnapshotReader reader = store.Open(Name(10)).Reader!;
        var piece = new byte[100];

        for (int offset = 0; offset <= 300; offset++)
        {
            int read = reader.Read(offset, piece);
            Assert.Equal(content.Skip(offset).Take(100), piece.Take(read));
        }

        Assert.Equal(0, reader.Read(5000, piece));
    }

    [Fact]
    public void Equal_content_has_equal_checksums_and_other_content_or_header_has_others()
    {
        ISnapshotStore store = CreateStore();
        SnapshotChecksum one = Store(store, Name(10), Content(100, 1));
        SnapshotChecksum same = Store(store, Name(11), Content(100, 1));
        SnapshotChecksum other = Store(store, Name(12), Content(100, 2));
        using ISnapshotWriter writer = store.Create(Name(13), Encoding.UTF8.GetBytes("heade"));
        writer.Write(Encoding.UTF8.GetBytes("r"));
        writer.Write(Content(100, 1));

        Assert.Equal(one, same);
        Assert.NotEqual(one, other);
        Assert.NotEqual(one, writer.Complete());
    }

    [Fact]
    public void An_unfinished_snapshot_is_not_listed_and_not_opened()
    {
        ISnapshotStore store = CreateStore();
        using ISnapshotWriter writer = store.Create(Name(10), Header);
        writer.Write(Content(200, 1));
        writer.Flush();

        Assert.Empty(store.List(Group, Replica));
        Assert.Equal([Name(10)], store.ListUnfinished(Group, Replica));
        Assert.Null(store.Open(Name(10)).Reader);
        Assert.Null(store.OpenNewest(Group, Replica).Reader);
    }

    [Fact]
    public void A_received_snapshot_is_resumed_where_it_stopped()
    {
        ISnapshotStore store = CreateStore();
        byte[] content = Content(500, 1);
        using (ISnapshotWriter writer = store.Create(Name(10), Header))
        {
            writer.Write(content.AsSpan(0, 300));
        }

        using ISnapshotWriter resumed = store.Resume(Name(10), Header);
        Assert.InRange(resumed.LengthBytes, 300 - ChunkBytes, 300);
        resumed.Write(content.AsSpan((int)resumed.LengthBytes));
        SnapshotChecksum checksum = resumed.Complete();

        Assert.Equal(Store(CreateStore(), Name(10), content), checksum);
        using ISnapshotReader reader = store.Open(Name(10)).Reader!;
        Assert.Equal(content, ReadAll(reader));
    }

    [Fact]
    public void A_snapshot_with_another_header_is_not_resumed()
    {
        ISnapshotStore store = CreateStore();
        using (ISnapshotWriter writer = store.Create(Name(10), Header))
        {
            writer.Write(Content(300, 1));
        }

        using ISnapshotWriter resumed = store.Resume(Name(10), Encoding.UTF8.GetBytes("HEADER"));

        Assert.Equal(0, resumed.LengthBytes);
    }

    [Fact]
    public void Snapshots_are_listed_newest_first_and_per_replica()
    {
        ISnapshotStore store = CreateStore();
        Store(store, Name(9, epoch: 9), Content(10, 1));
        Store(store, Name(100), Content(10, 1));
        Store(store, Name(20), Content(10, 1));
        Store(store, Name(20) with { Replica = new ReplicaId(4) }, Content(10, 1));

        Assert.Equal([Name(100), Name(20), Name(9, epoch: 9)], store.List(Group, Replica));
        using ISnapshotReader newest = store.OpenNewest(Group, Replica).Reader!;
        Assert.Equal(Name(100), newest.Name);
    }

    [Fact]
    public void Only_the_newest_are_kept()
    {
        ISnapshotStore store = CreateStore();
        for (ulong index = 1; index <= 5; index++)
        {
            Store(store, Name(index), Content(100, (int)index));
        }

        store.Create(new SnapshotName(Group, Replica, Name(2).Position), Header).Dispose();
        store.Create(Name(9), Header).Dispose();

        IReadOnlyList<SnapshotName> deleted = store.KeepNewest(Group, Replica, 2);

        Assert.Equal([Name(5), Name(4)], store.List(Group, Replica));
        Assert.Equal([Name(9)], store.ListUnfinished(Group, Replica));
        Assert.Contains(Name(1), deleted);
    }

    [Fact]
    [Trait("Pitfall", "26")]
    public void A_snapshot_that_is_kept_stays_although_an_unfinished_one_of_its_name_goes()
    {
        ISnapshotStore store = CreateStore();
        Store(store, Name(1), Content(100, 1));
        Store(store, Name(2), Content(100, 2));
        store.Create(Name(1), Header).Dispose();

        Assert.Equal([Name(1)], store.KeepNewest(Group, Replica, 2));

        Assert.Equal([Name(2), Name(1)], store.List(Group, Replica));
        Assert.Empty(store.ListUnfinished(Group, Replica));
        using ISnapshotReader reader = store.Open(Name(1)).Reader!;
        Assert.Equal(Content(100, 1), ReadAll(reader));
    }

    [Fact]
    public void A_snapshot_stays_until_another_of_its_name_is_complete()
    {
        ISnapshotStore store = CreateStore();
        Store(store, Name(10), Content(300, 1));
        using ISnapshotReader old = store.Open(Name(10)).Reader!;
        using ISnapshotWriter writer = store.Create(Name(10), Header);
        writer.Write(Content(200, 2));
        using (ISnapshotReader before = store.Open(Name(10)).Reader!)
        {
            Assert.Equal(Content(300, 1), ReadAll(before));
        }

        writer.Complete();

        using ISnapshotReader after = store.Open(Name(10)).Reader!;
        Assert.Equal(Content(200, 2), ReadAll(after));
        Assert.Equal(Content(300, 1), ReadAll(old));
    }

    [Fact]
    public void Several_threads_read_one_snapshot()
    {
        ISnapshotStore store = CreateStore();
        byte[] content = Content(2000, 1);
        Store(store, Name(10), content);
        using ISnapshotReader reader = store.Open(Name(10)).Reader!;

        Parallel.For(0, 8, seed =>
        {
            var random = new Random(seed);
            byte[] buffer = new byte[300];
            for (int i = 0; i < 50; i++)
            {
                int offset = random.Next(content.Length);
                int read = reader.Read(offset, buffer);
                Assert.Equal(content[offset..(offset + read)], buffer[..read]);
            }
        });
    }

    [Fact]
    public void A_deleted_snapshot_is_gone_and_deleting_it_again_does_no_harm()
    {
        ISnapshotStore store = CreateStore();
        Store(store, Name(1), Content(100, 1));

        store.Delete(Name(1));
        store.Delete(Name(1));

        Assert.Empty(store.List(Group, Replica));
    }

    [Fact]
    public void A_completed_snapshot_takes_no_more_content()
    {
        using ISnapshotWriter writer = CreateStore().Create(Name(1), Header);
        writer.Complete();

        Assert.Throws<ObjectDisposedException>(() => writer.Write([1]));
    }

    [Fact]
    public void A_header_beyond_the_limit_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => CreateStore().Create(Name(1), new byte[(1024 * 1024) + 1]));
}

public sealed class MemorySnapshotStoreConformance : SnapshotStoreConformance
{
    protected override ISnapshotStore CreateStore() => new MemorySnapshotStore();
}

public sealed class FileSnapshotStoreConformance : SnapshotStoreConformance
{
    protected override ISnapshotStore CreateStore() => new FileSnapshotStore(new MemoryDisk(), Folder, ChunkBytes, NullLogger.Instance);
}

public sealed class PhysicalSnapshotStoreConformance : SnapshotStoreConformance, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private int _stores;

    public void Dispose() => _folder.Dispose();

    protected override ISnapshotStore CreateStore() => new FileSnapshotStore(_folder.Of($"store {_stores++}"), ChunkBytes);
}
