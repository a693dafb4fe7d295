using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Hosting.Storage;
using ActorPhysics.Hosting.Tests.Storage;
using ActorPhysics.Protocol.ControlPlane;

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
        Written(disk, Hosted, Retired);
        Written(disk, Retired with { State = HostingState.Discarded });

        HostingBook book = HostingBook.Open(MemoryDisk.With(disk.DurableFiles()), Folder, Owner);

        Assert.Equal([Retired with { State = HostingState.Discarded }, Hosted], book.Entries);
        Assert.Equal(Hosted, book.Find(Hosted.Replica));
        Assert.Null(book.Find(new JournalStreamId(new GroupId(2), new ReplicaId(9))));
        Assert.Same(GroupPage.Empty, book.Of(new GroupId(2)));
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
        Written(disk, Hosted);
        Written(disk, Retired);

        Flip(disk, slot);

        Assert.Equal([Retired, Hosted], HostingBook.Open(disk, Folder, Owner).Entries);
    }

    [Fact]
    [Trait("Pitfall", "29")]
    public void A_book_that_is_damaged_in_both_slots_is_refused_and_not_taken_for_an_empty_one()
    {
        var disk = new MemoryDisk();
        Written(disk, Hosted);

        Flip(disk, ".a");
        Flip(disk, ".b");

        Assert.Equal(StorageFaultKind.Damaged, Assert.Throws<StorageException>(() => HostingBook.Open(disk, Folder, Owner)).Kind);
    }

    [Fact]
    public void The_book_of_another_cluster_is_not_believed()
    {
        var disk = new MemoryDisk();
        Written(disk, Hosted);

        Assert.Throws<StorageException>(() => HostingBook.Open(disk, Folder, Owner + 1));
    }

    [Fact]
    public void A_charter_is_known_again_after_a_restart()
    {
        var disk = new MemoryDisk();
        GroupCharter charter = Charters.Of(GroupCharter.FirstMadeGroup, 1, 2, 3);
        var founder = new HostingEntry(new JournalStreamId(charter.Group, new ReplicaId(2)), HostingState.Hosted, "");
        Written(disk, new CharterItem(charter), founder);

        GroupPage page = HostingBook.Open(disk, Folder, Owner).Of(charter.Group);

        Assert.Equal(charter.Founding.Members.AsEnumerable(), page.Charter!.Founding.Members);
        Assert.Equal(founder, page.Resident);
    }

    [Fact]
    public void Of_a_group_that_is_over_and_discarded_only_that_is_remembered()
    {
        var disk = new MemoryDisk();
        GroupCharter charter = Charters.Of(GroupCharter.FirstMadeGroup, 1, 2, 3);
        var entry = new HostingEntry(new JournalStreamId(charter.Group, new ReplicaId(2)), HostingState.Retired, "merged");
        var end = new GroupEnd(charter.Group, charter.Incarnation, "merged");
        Written(disk, new CharterItem(charter), entry, end);
        Assert.Equal(entry, Assert.Single(HostingBook.Open(disk, Folder, Owner).Of(charter.Group).Entries));
        Written(disk, entry with { State = HostingState.Discarded });

        GroupPage page = HostingBook.Open(disk, Folder, Owner).Of(charter.Group);

        Assert.Equal(end, page.End);
        Assert.Null(page.Charter);
        Assert.Empty(page.Entries);
    }

    [Fact]
    public void Founding_many_groups_writes_each_a_few_times_and_not_the_whole_book_each_time()
    {
        const int Groups = 2_000;
        var disk = new MemoryDisk();
        long written = 0;
        disk.WriteFailsAfterBytes = (_, _, length) =>
        {
            written += length;
            return null;
        };
        using HostingBook book = HostingBook.Open(disk, Folder, Owner);
        for (ulong i = 0; i < Groups; i++)
        {
            GroupCharter charter = Charters.Of(new GroupId(GroupCharter.FirstMadeGroup.Value + i), 1, 2, 3);
            book.Write(new CharterItem(charter), new HostingEntry(new JournalStreamId(charter.Group, new ReplicaId(1)), HostingState.Hosted, ""));
        }

        HostingBook again = HostingBook.Open(MemoryDisk.With(disk.DurableFiles()), Folder, Owner);
        Assert.Equal(Groups, again.Pages.Count);
        Assert.True(written < Groups * 2 * 1024L, $"{written} bytes were written");

        // What is out of date is left behind once it outweighs the rest.
        foreach (HostingEntry entry in book.Entries)
        {
            book.Write(entry with { State = HostingState.Retired, Reason = new string('x', 300) });
            book.Write(entry with { State = HostingState.Discarded }, new GroupEnd(entry.Replica.Group, new GroupIncarnation(1), ""));
        }

        long length = disk.DurableFiles()[Path.Combine(Folder, "hosting.a")].Length;
        Assert.True(length < 900L * 1024, $"the book has {length} bytes");
        Assert.Equal(Groups, HostingBook.Open(MemoryDisk.With(disk.DurableFiles()), Folder, Owner).Pages.Count);
    }

    private static void Written(MemoryDisk disk, params HostingItem[] items)
    {
        using HostingBook book = HostingBook.Open(disk, Folder, Owner);
        book.Write(items);
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
