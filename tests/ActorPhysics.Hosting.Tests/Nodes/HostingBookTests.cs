using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Hosting.Storage;
using ActorPhysics.Hosting.Tests.Storage;

namespace ActorPhysics.Hosting.Tests.Nodes;

/// <summary>What a node remembers of the replicas that were ordered to it, through crashes and damage.</summary>
public sealed class HostingBookTests
{
    private const string Folder = "/hosting";
    private const ulong Owner = 7;

    private static readonly HostingEntry Hosted = new(new JournalStreamId(new GroupId(1), new ReplicaId(9)), HostingState.Hosted, "");
    private static readonly HostingEntry Retired = new(new JournalStreamId(new GroupId(1), new ReplicaId(2)), HostingState.Retired, "removed in c4, says r1");

    [Fact]
    public void A_book_that_was_never_written_is_empty()
    {
        Assert.Empty(HostingBook.Open(new MemoryDisk(), Folder, Owner).Entries);
    }

    [Fact]
    [Trait("Pitfall", "28")]
    public void What_was_written_is_there_after_a_power_cut()
    {
        var disk = new MemoryDisk();
        HostingBook.Open(disk, Folder, Owner).Write(Hosted, Retired);
        HostingBook.Open(disk, Folder, Owner).Write(Retired with { State = HostingState.Discarded });

        HostingBook book = HostingBook.Open(MemoryDisk.With(disk.DurableFiles()), Folder, Owner);

        Assert.Equal([Retired with { State = HostingState.Discarded }, Hosted], book.Entries);
        Assert.Equal(Hosted, book.Find(Hosted.Replica));
        Assert.Null(book.Find(new JournalStreamId(new GroupId(2), new ReplicaId(9))));
        Assert.Empty(book.Of(new GroupId(2)));
    }

    [Fact]
    [Trait("Pitfall", "32")]
    public void A_write_that_fails_leaves_the_book_as_it_was()
    {
        var disk = new MemoryDisk();
        HostingBook book = HostingBook.Open(disk, Folder, Owner);
        book.Write(Hosted);
        disk.WriteFailsAfterBytes = (_, _, _) => 10;

        Assert.Throws<StorageException>(() => book.Write(Retired));

        disk.WriteFailsAfterBytes = (_, _, _) => null;
        Assert.Equal([Hosted], book.Entries);
        Assert.Equal([Hosted], HostingBook.Open(disk, Folder, Owner).Entries);
    }

    [Theory]
    [InlineData(".a")]
    [InlineData(".b")]
    public void Damage_to_one_slot_loses_nothing(string slot)
    {
        var disk = new MemoryDisk();
        HostingBook.Open(disk, Folder, Owner).Write(Hosted);
        HostingBook.Open(disk, Folder, Owner).Write(Retired);

        Flip(disk, slot);

        Assert.Equal([Retired, Hosted], HostingBook.Open(disk, Folder, Owner).Entries);
    }

    [Fact]
    [Trait("Pitfall", "29")]
    public void A_book_that_is_damaged_in_both_slots_is_refused_and_not_taken_for_an_empty_one()
    {
        var disk = new MemoryDisk();
        HostingBook.Open(disk, Folder, Owner).Write(Hosted);

        Flip(disk, ".a");
        Flip(disk, ".b");

        Assert.Equal(StorageFaultKind.Damaged, Assert.Throws<StorageException>(() => HostingBook.Open(disk, Folder, Owner)).Kind);
    }

    [Fact]
    public void The_book_of_another_cluster_is_not_believed()
    {
        var disk = new MemoryDisk();
        HostingBook.Open(disk, Folder, Owner).Write(Hosted);

        Assert.Throws<StorageException>(() => HostingBook.Open(disk, Folder, Owner + 1));
    }

    private static void Flip(MemoryDisk disk, string slot)
    {
        using IDiskFile file = disk.Open(Path.Combine(Folder, "hosting" + slot), DiskAccess.ReadWrite);
        byte[] one = new byte[1];
        file.Read(one, 40);
        one[0] ^= 1;
        file.Write(one, 40);
        file.Sync();
    }
}
