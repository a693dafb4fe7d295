using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Journal;
using ActorPhysics.Hosting.Tests.Storage;
using static ActorPhysics.Hosting.Tests.Journal.StreamUser;
using static ActorPhysics.Hosting.Tests.Journal.WriteAheadDisk;

namespace ActorPhysics.Hosting.Tests.Journal;

/// <summary>Group commit, recycling, compaction and room.</summary>
public sealed class WriteAheadSegmentTests
{
    private readonly MemoryDisk _disk = new();

    [Fact]
    public void What_gathers_during_an_fsync_becomes_one_write_and_one_fsync()
    {
        using var isHeld = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        using WriteAheadJournal journal = Open(_disk, WriteAheadHarness.Options with { SegmentBytes = 1024 * 1024 });
        StreamUser[] users = [.. Enumerable.Range(1, 64).Select(group => new StreamUser(journal, Id((ulong)group)))];
        foreach (StreamUser user in users)
        {
            user.Persist("first");
        }

        _disk.BeforeSync = path =>
        {
            if (path == Segment(1))
            {
                isHeld.Set();
                mayGoOn.Wait(TimeSpan.FromSeconds(30));
            }
        };
        users[0].Append("holds the log thread");
        isHeld.Wait(TimeSpan.FromSeconds(30));
        int before = _disk.Journal.Count;
        JournalStatistics statistics = journal.Statistics;
        foreach (StreamUser user in users)
        {
            user.Append(Long(300, 1));
        }

        mayGoOn.Set();
        Assert.Null(users[^1].Outcomes.WaitFor(2));

        Assert.Equal(2, journal.Statistics.Batches - statistics.Batches);
        Assert.Equal(65, journal.Statistics.Records - statistics.Records);
        string[] done = [.. _disk.Journal.Skip(before).Where(line => line.Contains(Segment(1), StringComparison.Ordinal))];
        Assert.Collection(
            done,
            line => Assert.StartsWith("sync", line, StringComparison.Ordinal),
            line => Assert.EndsWith($" {6 * PageBytes}", line, StringComparison.Ordinal),
            line => Assert.StartsWith("sync", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Deleted_segments_are_recycled_and_the_log_stays_bounded()
    {
        using (WriteAheadJournal journal = Open(_disk))
        {
            var user = new StreamUser(journal, Id(1));
            for (int i = 0; i < 400; i++)
            {
                user.Persist(Long(3000, i));
                user.DeleteThrough((ulong)Math.Max(0, i - 5));
            }

            user.Barrier();
            Eventually(() => Segments(_disk).Length <= 4, $"{Segments(_disk).Length} segments are left.");
        }

        JournalReplay replay = Read(_disk, 1)[0];
        Assert.IsType<JournalVerdict.Clean>(replay.Verdict);
        Assert.Equal(Enumerable.Range(394, 6).Select(i => Long(3000, i)), Texts(replay));
    }

    [Fact]
    public void An_idle_stream_does_not_hold_the_log_for_ever()
    {
        using (WriteAheadJournal journal = Open(_disk))
        {
            var idle = new StreamUser(journal, Id(1));
            idle.Persist("!idle promise", "idle a", "idle b");
            var busy = new StreamUser(journal, Id(2));
            for (int i = 0; i < 400; i++)
            {
                busy.Persist(Long(3000, i));
                busy.DeleteThrough((ulong)i);
            }

            busy.Barrier();
            Eventually(() => Segments(_disk).Length <= 5, $"{Segments(_disk).Length} segments are left.");
            Assert.DoesNotContain(Segment(1), Segments(_disk));
            Assert.Equal(["!idle promise", "idle a", "idle b"], Texts(journal.Replay(Id(1))));
            idle.Persist("idle c");
        }

        JournalReplay[] replays = Read(_disk, 1, 2);
        Assert.Equal(["!idle promise", "idle a", "idle b", "idle c"], Texts(replays[0]));
        Assert.Equal("!idle promise", GuardedText(replays[0]));
        Assert.All(replays, replay => Assert.IsType<JournalVerdict.Clean>(replay.Verdict));
    }

    [Fact]
    [Trait("Pitfall", "60")]
    public void A_listener_that_throws_does_not_stop_the_others()
    {
        using WriteAheadJournal journal = Open(_disk);
        var user = new StreamUser(journal, Id(1));
        var other = new StreamUser(journal, Id(2));

        journal.Append(Id(1), user.Next, [new JournalRecord(new byte[10], false)], default, new Thrower());
        other.Persist("served");

        Assert.Null(journal.Fault);
    }

    [Fact]
    public void The_last_batch_is_written_and_fsynced_again_before_anything_is_replayed()
    {
        Write(_disk, journal =>
        {
            var user = new StreamUser(journal, Id(1));
            user.Persist("a");
            user.Persist("b");
        });
        _disk.Journal.Clear();

        using WriteAheadJournal reopened = Open(_disk);

        string[] done = [.. _disk.Journal];
        int write = Array.IndexOf(done, $"write {Segment(1)} {2 * PageBytes} {PageBytes}");
        Assert.True(write >= 0);
        Assert.True(Array.IndexOf(done, $"sync {Segment(1)}", write) > write);
        Assert.Contains("sync-folder", done.Skip(write));
    }

    [Fact]
    [Trait("Pitfall", "27")]
    public void A_write_that_fails_half_way_poisons_and_leaves_a_torn_tail()
    {
        using (WriteAheadJournal journal = Open(_disk))
        {
            var user = new StreamUser(journal, Id(1));
            user.Persist("a");
            _disk.WriteFailsAfterBytes = (path, _, _) => path == Segment(1) ? 700 : null;
            Assert.Equal(JournalFaultKind.Poisoned, user.AppendAndWait(Long(2000, 1))?.Kind);
            Assert.Equal(JournalFaultKind.Poisoned, journal.Fault?.Kind);
            _disk.WriteFailsAfterBytes = (_, _, _) => null;
        }

        JournalReplay replay = Read(_disk, 1)[0];
        Assert.IsType<JournalVerdict.TornTailCut>(replay.Verdict);
        Assert.Equal(["a"], Texts(replay));
    }

    [Fact]
    [Trait("Pitfall", "32")]
    public void Deleting_gives_room_back_on_a_full_disk()
    {
        // Without compaction, which would find room by itself.
        using (WriteAheadJournal journal = Open(_disk, WriteAheadHarness.Options with { CompactBelowLiveFraction = 0 }))
        {
            var user = new StreamUser(journal, Id(1));
            user.Persist("start");
            string reserve = Path.Combine(WriteAheadHarness.Folder, SegmentNames.Reserve);
            Eventually(
                () => Segments(_disk).Length == 2 && _disk.Files().GetValueOrDefault(reserve)?.Length == WriteAheadHarness.Options.ReserveBytes,
                "The shelf was not stocked.");
            _disk.CapacityBytes = _disk.Files().Values.Sum(file => (long)file.Length) + (2 * WriteAheadHarness.Options.SegmentBytes);
            int appended = 0;
            while (user.AppendAndWait(Long(3000, appended)) is null)
            {
                appended++;
            }

            Assert.Equal(JournalFaultKind.DiskFull, journal.Fault?.Kind);
            Assert.False(_disk.Exists(reserve));
            user.Next = user.Next.Previous;
            user.DeleteThrough((ulong)appended);
            Eventually(() => journal.Fault is null, "The journal did not recover.");
            user.Persist("room again");
        }

        JournalReplay replay = Read(_disk, 1)[0];
        Assert.IsType<JournalVerdict.Clean>(replay.Verdict);
        Assert.Equal("room again", Texts(replay)[^1]);
        Assert.Equal(2, replay.Records.Count);
    }

    [Fact]
    [Trait("Pitfall", "32")]
    public void A_write_refused_for_room_leaves_no_trace()
    {
        using (WriteAheadJournal journal = Open(_disk))
        {
            var user = new StreamUser(journal, Id(1));
            user.Persist("a");
            var full = new FullOnce();
            _disk.RoomForWrite = full.Check;
            full.IsArmed = true;
            user.Append(Long(9000, 1));
            user.Append("follows the refused one");
            Assert.Equal(JournalFaultKind.DiskFull, user.Outcomes.WaitFor(2)?.Kind);
            Assert.Equal(JournalFaultKind.DiskFull, user.Outcomes.WaitFor(3)?.Kind);
            Eventually(() => journal.Fault is null, "The journal did not recover.");
            user.Next = new JournalSequence(2);
            user.Persist("b");
        }

        JournalReplay replay = Read(_disk, 1)[0];
        Assert.IsType<JournalVerdict.Clean>(replay.Verdict);
        Assert.Equal(["a", "b"], Texts(replay));
    }

    [Fact]
    public void Streams_of_many_threads_are_kept_apart()
    {
        using (WriteAheadJournal journal = Open(_disk, WriteAheadHarness.Options with { SpinIterations = 10 }))
        {
            Thread[] threads = [.. Enumerable.Range(1, 4).Select(group => new Thread(() =>
            {
                var user = new StreamUser(journal, Id((ulong)group));
                for (int i = 0; i < 300; i++)
                {
                    user.Append($"{group}-{i}", Long(100 + i, i));
                }

                user.Outcomes.WaitFor(300);
            }))];
            foreach (Thread thread in threads)
            {
                thread.Start();
            }

            foreach (Thread thread in threads)
            {
                thread.Join();
            }
        }

        JournalReplay[] replays = Read(_disk, 1, 2, 3, 4);
        for (int group = 1; group <= 4; group++)
        {
            Assert.Equal(
                Enumerable.Range(0, 300).SelectMany(i => new[] { $"{group}-{i}", Long(100 + i, i) }), Texts(replays[group - 1]));
        }
    }

    [Fact]
    public void The_largest_append_fits_behind_the_opening_of_a_segment()
    {
        using (WriteAheadJournal journal = Open(_disk))
        {
            for (ulong group = 2; group <= 200; group++)
            {
                new StreamUser(journal, Id(group)).Append("one of many streams");
            }

            var user = new StreamUser(journal, Id(1));
            for (int i = 0; i < 6; i++)
            {
                user.Persist(Long(journal.MaxAppendBytes - 64, i));
            }
        }

        Assert.Equal(6, Read(_disk, 1)[0].Records.Count);
    }

    [Fact]
    public void More_streams_than_a_segment_can_list_are_refused_with_the_reason()
    {
        using WriteAheadJournal journal = Open(_disk);
        StreamUser[] users = [.. Enumerable.Range(1, 600).Select(group => new StreamUser(journal, Id((ulong)group)))];
        foreach (StreamUser stream in users)
        {
            stream.Append("one of too many streams");
        }

        JournalFault? fault = null;
        for (int i = 0; fault is null && i < 100; i++)
        {
            fault = users[0].AppendAndWait(Long(3000, i));
        }

        Assert.Equal(JournalFaultKind.Poisoned, fault?.Kind);
        Assert.Contains("segments must be larger", fault!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_smaller_segment_size_applies_to_new_segments_only()
    {
        Write(_disk, journal => new StreamUser(journal, Id(1)).Persist("a"));
        WriteAheadJournalOptions smaller = WriteAheadHarness.Options with { SegmentBytes = WriteAheadJournalOptions.MinSegmentBytes };

        using (WriteAheadJournal journal = Open(_disk, smaller))
        {
            var user = new StreamUser(journal, Id(1));
            for (int i = 0; i < 60; i++)
            {
                user.Persist(Long(3500, i));
            }
        }

        JournalReplay replay = Read(_disk, 1)[0];
        Assert.IsType<JournalVerdict.Clean>(replay.Verdict);
        Assert.Equal(61, replay.Records.Count);
        Assert.Equal(WriteAheadJournalOptions.MinSegmentBytes, _disk.Files()[Segment(3)].Length);
    }

    private sealed class Thrower : IJournalCallback
    {
        public void Durable(PersistTicket ticket) => throw new InvalidOperationException("A listener's mistake.");

        public void Failed(PersistTicket ticket, JournalFault fault) => throw new InvalidOperationException("A listener's mistake.");
    }

    /// <summary>Lets one write to a segment fail for lack of room after some of it has arrived.</summary>
    private sealed class FullOnce
    {
        public bool IsArmed { get; set; }

        public int? Check(string path, int length)
        {
            if (!IsArmed || !path.EndsWith(".segment", StringComparison.Ordinal))
            {
                return null;
            }

            IsArmed = false;
            return length / 2;
        }
    }
}
