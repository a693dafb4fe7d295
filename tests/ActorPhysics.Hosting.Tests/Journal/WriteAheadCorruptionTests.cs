using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Journal;
using ActorPhysics.Hosting.Storage;
using ActorPhysics.Hosting.Tests.Storage;
using static ActorPhysics.Hosting.Tests.Journal.StreamUser;
using static ActorPhysics.Hosting.Tests.Journal.WriteAheadDisk;

namespace ActorPhysics.Hosting.Tests.Journal;

/// <summary>
/// What the write-ahead journal makes of a damaged disk. A batch of a few short records takes one page, so page n of the first segment
/// holds batch n + 1; page 0 is the segment's opening.
/// </summary>
public sealed class WriteAheadCorruptionTests
{
    private readonly MemoryDisk _disk = new();

    [Fact]
    [Trait("Pitfall", "29")]
    public void A_bad_batch_with_a_later_one_is_corruption_of_the_streams_that_miss_a_record()
    {
        Write(_disk, journal =>
        {
            var hit = new StreamUser(journal, Id(1));
            var spared = new StreamUser(journal, Id(2));
            hit.Persist("page 1");
            hit.Persist("page 2");
            hit.Persist("page 3");
            spared.Persist("page 4");
        });

        JournalReplay[] replays = Read(Changed(_disk, Segment(1), bytes => bytes[(2 * PageBytes) + 100] ^= 1), 1, 2);

        var verdict = Assert.IsType<JournalVerdict.Corrupt>(replays[0].Verdict);
        Assert.Equal(new JournalSequence(2), verdict.LostFrom);
        Assert.Contains("pages 2–2", verdict.Detail, StringComparison.Ordinal);
        Assert.Equal(["page 1"], Texts(replays[0]));
        Assert.IsType<JournalVerdict.Clean>(replays[1].Verdict);
        Assert.Equal(["page 4"], Texts(replays[1]));
    }

    [Fact]
    [Trait("Pitfall", "29")]
    public void Zeros_in_the_middle_are_corruption_and_zeros_at_the_end_are_a_torn_write()
    {
        Write(_disk, journal =>
        {
            var user = new StreamUser(journal, Id(1));
            user.Persist("page 1");
            user.Persist("page 2");
            user.Persist("page 3");
        });

        MemoryDisk middle = Changed(_disk, Segment(1), bytes => bytes.AsSpan(2 * PageBytes, PageBytes).Clear());
        MemoryDisk end = Changed(_disk, Segment(1), bytes => bytes.AsSpan((3 * PageBytes) + 10, PageBytes - 10).Clear());

        Assert.IsType<JournalVerdict.Corrupt>(Read(middle, 1)[0].Verdict);
        JournalReplay torn = Read(end, 1)[0];
        Assert.IsType<JournalVerdict.TornTailCut>(torn.Verdict);
        Assert.Equal(["page 1", "page 2"], Texts(torn));
        Assert.IsType<JournalVerdict.Clean>(Read(end, 1)[0].Verdict);
    }

    [Fact]
    [Trait("Pitfall", "M16")]
    public void A_damaged_last_batch_is_corruption_and_not_the_end_of_the_log()
    {
        Write(_disk, journal => new StreamUser(journal, Id(1)).Persist("acknowledged"));

        JournalReplay replay = Read(Changed(_disk, Segment(1), bytes => bytes[PageBytes + 60] ^= 4), 1)[0];

        Assert.Equal(JournalSequence.First, Assert.IsType<JournalVerdict.Corrupt>(replay.Verdict).LostFrom);
        Assert.Empty(replay.Records);
    }

    [Fact]
    public void Corruption_stays_until_the_owner_appends()
    {
        Write(_disk, journal =>
        {
            var user = new StreamUser(journal, Id(1));
            user.Persist("!promise");
            user.Persist("lost");
            user.Persist("after the loss");
        });
        MemoryDisk damaged = Changed(_disk, Segment(1), bytes => bytes[(2 * PageBytes) + 60] ^= 4);

        for (int opening = 0; opening < 3; opening++)
        {
            JournalReplay replay = Read(damaged, 1)[0];
            Assert.Equal(new JournalSequence(2), Assert.IsType<JournalVerdict.Corrupt>(replay.Verdict).LostFrom);
            Assert.Equal("!promise", GuardedText(replay));
        }

        Write(damaged, journal => new StreamUser(journal, Id(1)).Persist("being repaired"));
        JournalReplay repaired = Read(damaged, 1)[0];
        Assert.IsType<JournalVerdict.Clean>(repaired.Verdict);
        Assert.Equal(["!promise", "being repaired"], Texts(repaired));
        Assert.Equal("!promise", GuardedText(repaired));
    }

    [Fact]
    [Trait("Pitfall", "1")]
    public void A_vote_that_the_log_lost_is_known_from_its_second_place()
    {
        Write(_disk, journal =>
        {
            var user = new StreamUser(journal, Id(1));
            user.Persist("!vote in epoch 1");
            user.Persist("!vote in epoch 2");
            user.Persist("entry");
        });
        MemoryDisk damaged = Changed(_disk, Segment(1), bytes => bytes[(2 * PageBytes) + 60] ^= 4);

        JournalReplay replay = Read(damaged, 1)[0];

        Assert.IsType<JournalVerdict.Corrupt>(replay.Verdict);
        Assert.Equal("!vote in epoch 2", GuardedText(replay));
    }

    [Fact]
    [Trait("Pitfall", "1")]
    public void A_vote_lost_in_both_places_is_reported_as_lost()
    {
        Write(_disk, journal =>
        {
            var user = new StreamUser(journal, Id(1));
            user.Persist("!vote in epoch 1");
            user.Persist("!vote in epoch 2");
            user.Persist("entry");
        });
        Dictionary<string, byte[]> files = _disk.Files();
        files[Segment(1)][(2 * PageBytes) + 60] ^= 4;
        files[Path.Combine(WriteAheadHarness.Folder, "promises.a")][20] ^= 1;

        MemoryDisk damaged = MemoryDisk.With(files);
        Assert.IsType<LatestGuarded.Damaged>(Read(damaged, 1)[0].Guarded);
        Assert.IsType<LatestGuarded.Damaged>(Read(damaged, 1)[0].Guarded);
        Write(damaged, journal => new StreamUser(journal, Id(1)).Persist("being repaired"));
        Assert.IsType<LatestGuarded.Damaged>(Read(damaged, 1)[0].Guarded);
        Write(damaged, journal => new StreamUser(journal, Id(1)).Persist("!vote in epoch 9"));
        Assert.Equal("!vote in epoch 9", GuardedText(Read(damaged, 1)[0]));
    }

    [Fact]
    [Trait("Pitfall", "1")]
    public void A_log_that_ends_before_a_durable_vote_has_lost_its_end()
    {
        Write(_disk, journal =>
        {
            var user = new StreamUser(journal, Id(1));
            user.Persist("!vote in epoch 1");
            user.Persist("!vote in epoch 2");
        });

        JournalReplay replay = Read(Changed(_disk, Segment(1), bytes => bytes.AsSpan(2 * PageBytes, PageBytes).Clear()), 1)[0];

        Assert.Equal(new JournalSequence(2), Assert.IsType<JournalVerdict.Corrupt>(replay.Verdict).LostFrom);
        Assert.Equal("!vote in epoch 2", GuardedText(replay));
    }

    [Fact]
    [Trait("Pitfall", "29")]
    public void A_stream_whose_only_record_was_lost_is_not_taken_for_a_new_one()
    {
        Write(_disk, journal =>
        {
            new StreamUser(journal, Id(1)).Persist("lost");
            new StreamUser(journal, Id(2)).Persist("kept");
        });
        MemoryDisk damaged = Changed(_disk, Segment(1), bytes => bytes[PageBytes + 60] ^= 4);

        JournalReplay[] replays = Read(damaged, 1, 2, 3);

        Assert.Equal(JournalSequence.First, Assert.IsType<JournalVerdict.Corrupt>(replays[0].Verdict).LostFrom);
        Assert.IsType<JournalVerdict.Clean>(replays[1].Verdict);
        Assert.IsType<JournalVerdict.Clean>(replays[2].Verdict);
    }

    [Fact]
    public void Without_the_list_of_streams_an_unknown_stream_is_suspect()
    {
        Write(_disk, journal =>
        {
            new StreamUser(journal, Id(1)).Persist("lost");
            new StreamUser(journal, Id(2)).Persist("kept");
        });
        Dictionary<string, byte[]> files = _disk.Files();
        files[Segment(1)][PageBytes + 60] ^= 4;
        foreach (string slot in files.Keys.Where(name => name.Contains("promises", StringComparison.Ordinal)).ToArray())
        {
            files.Remove(slot);
        }

        MemoryDisk damaged = MemoryDisk.With(files);
        Assert.IsType<JournalVerdict.Corrupt>(Read(damaged, 1)[0].Verdict);
        Assert.IsType<JournalVerdict.Corrupt>(Read(damaged, 1)[0].Verdict);
        Assert.IsType<JournalVerdict.Clean>(Read(damaged, 2)[0].Verdict);
    }

    [Fact]
    public void A_missing_segment_in_the_middle_is_an_error_that_names_it()
    {
        Write(_disk, journal =>
        {
            var user = new StreamUser(journal, Id(1));
            for (int i = 0; i < 120; i++)
            {
                user.Persist(Long(3500, i));
            }
        });
        Dictionary<string, byte[]> files = _disk.Files();
        Assert.True(files.Remove(Segment(2)));

        var thrown = Assert.Throws<StorageException>(() => Open(MemoryDisk.With(files)));

        Assert.Equal(StorageFaultKind.Missing, thrown.Kind);
        Assert.Contains(Segment(2), thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_with_promises_and_no_segments_is_not_taken_for_a_new_one()
    {
        Write(_disk, journal => new StreamUser(journal, Id(1)).Persist("!vote"));
        Dictionary<string, byte[]> files = _disk.Files();
        foreach (string segment in Segments(_disk))
        {
            files.Remove(segment);
        }

        Assert.Equal(StorageFaultKind.Missing, Assert.Throws<StorageException>(() => Open(MemoryDisk.With(files))).Kind);
    }

    [Fact]
    [Trait("Pitfall", "30")]
    public void Pages_of_another_segment_are_never_read_as_new_ones()
    {
        Write(_disk, journal =>
        {
            var user = new StreamUser(journal, Id(1));
            for (int i = 0; i < 60; i++)
            {
                user.Persist(Long(3500, i));
            }
        });
        Dictionary<string, byte[]> files = _disk.Files();
        byte[] old = files[Segment(1)];
        byte[] current = files[Segment(3)];
        Assert.True(current.AsSpan(0, PageBytes).ContainsAnyExcept((byte)0));
        int end = current.AsSpan().LastIndexOfAnyExcept((byte)0) / PageBytes + 1;
        old.AsSpan(end * PageBytes, PageBytes).CopyTo(current.AsSpan(end * PageBytes));

        JournalReplay replay = Read(MemoryDisk.With(files), 1)[0];

        Assert.Equal(Enumerable.Range(0, 60).Select(i => Long(3500, i)), Texts(replay));
        Assert.IsType<JournalVerdict.Corrupt>(replay.Verdict);
    }

    [Fact]
    public void A_segment_of_a_later_format_is_refused()
    {
        Write(_disk, journal => new StreamUser(journal, Id(1)).Persist("a"));
        MemoryDisk later = Changed(_disk, Segment(1), bytes =>
        {
            for (int page = 0; page < 2; page++)
            {
                Span<byte> span = bytes.AsSpan(page * PageBytes, PageBytes);
                span[7] = 2;
                BitConverter.TryWriteBytes(span, Wire.Checksums.Crc32C.Of(span[4..]).Value);
            }
        });

        var thrown = Assert.Throws<StorageException>(() => Open(later));

        Assert.Equal(StorageFaultKind.UnknownFormat, thrown.Kind);
        Assert.Contains("format 2", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Pitfall", "31")]
    public void A_flipped_length_reserves_no_memory()
    {
        var record = new byte[RecordFormat.HeaderBytes + 4];
        RecordFormat.WriteHeader(record, new RecordHeader(RecordKind.Appended, false, Id(1), JournalSequence.First, 4), record.AsSpan(RecordFormat.HeaderBytes));
        Assert.True(RecordFormat.TryRead(record, out _, out _));
        record[3] = 0x7F;

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(RecordFormat.TryRead(record, out _, out _));
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Damage_that_appears_while_the_journal_is_open_is_found_by_the_next_replay()
    {
        using WriteAheadJournal journal = Open(_disk);
        var user = new StreamUser(journal, Id(1));
        user.Persist("page 1");
        user.Persist("page 2");
        using (IDiskFile file = _disk.Open(Segment(1), DiskAccess.ReadWrite))
        {
            file.Write([0xFF], (2 * PageBytes) + 60);
        }

        var again = new StreamUser(journal, Id(1));

        Assert.Equal(new JournalSequence(2), Assert.IsType<JournalVerdict.Corrupt>(again.Found.Verdict).LostFrom);
        again.Persist("being repaired");
        Assert.Equal(["page 1", "being repaired"], Texts(journal.Replay(Id(1))));
    }

    [Fact]
    public void Inspecting_reads_the_same_and_changes_nothing()
    {
        Write(_disk, journal =>
        {
            var user = new StreamUser(journal, Id(1));
            user.Persist("!vote", "a");
            user.Persist("torn");
            new StreamUser(journal, Id(2)).Persist("b");
        });
        MemoryDisk torn = Changed(_disk, Segment(1), bytes => bytes.AsSpan((3 * PageBytes) + 10, PageBytes - 10).Clear());
        Dictionary<string, byte[]> before = torn.Files();

        IReadOnlyList<JournalReplay> replays = WriteAheadJournal.Inspect(torn, WriteAheadHarness.Folder);

        Assert.Equal(before.OrderBy(file => file.Key), torn.Files().OrderBy(file => file.Key));
        Assert.Equal(["!vote", "a", "torn"], Texts(replays[0]));
        Assert.Equal("!vote", GuardedText(replays[0]));
    }
}
