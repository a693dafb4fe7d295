using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Storage;
using static ActorPhysics.Hosting.Tests.Journal.StreamUser;

namespace ActorPhysics.Hosting.Tests.Journal;

/// <summary>What every journal does that keeps its records over the end of its process.</summary>
public abstract class DurableJournalConformance<THarness> : JournalConformance<THarness>
    where THarness : DurableJournalHarness, new()
{
    private static readonly string[] FirstTexts = ["!promise 1", "a", "b"];

    [Fact]
    public void Records_survive_closing_and_opening()
    {
        IJournal journal = Harness.Open();
        new StreamUser(journal, Id(1)).Persist(FirstTexts);
        new StreamUser(journal, Id(2)).Persist("other");
        JournalHarness.Close(journal);

        IJournal reopened = Harness.Open();
        var user = new StreamUser(reopened, Id(1));
        Assert.Equal(FirstTexts, Texts(user.Found));
        Assert.Equal("!promise 1", GuardedText(user.Found));
        user.Persist("c");
        JournalHarness.Close(reopened);

        IJournal again = Harness.Open();
        Assert.Equal([.. FirstTexts, "c"], Texts(again.Replay(Id(1))));
        Assert.Equal(["other"], Texts(again.Replay(Id(2))));
        JournalHarness.Close(again);
    }

    [Fact]
    public void What_is_queued_when_the_journal_is_closed_is_written_first()
    {
        IJournal journal = Harness.Open();
        var user = new StreamUser(journal, Id(1));
        for (int i = 0; i < 100; i++)
        {
            user.Append($"record {i}");
        }

        JournalHarness.Close(journal);

        Assert.Equal(100, user.Outcomes.Heard.Count(heard => heard.Fault is null));
        IJournal reopened = Harness.Open();
        Assert.Equal(100, reopened.Replay(Id(1)).Records.Count);
        JournalHarness.Close(reopened);
    }

    [Fact]
    public void Deletions_survive_closing_and_opening()
    {
        IJournal journal = Harness.Open();
        var user = new StreamUser(journal, Id(1));
        user.Persist("!promise", "a", "b");
        user.DeleteThrough(2);
        user.Barrier();
        JournalHarness.Close(journal);

        IJournal reopened = Harness.Open();
        JournalReplay replay = reopened.Replay(Id(1));
        Assert.Equal(["b"], Texts(replay));
        Assert.Equal(new JournalSequence(2), replay.DeletedThrough);
        Assert.Equal("!promise", GuardedText(replay));
        Assert.IsType<JournalVerdict.Clean>(replay.Verdict);
        JournalHarness.Close(reopened);
    }

    [Fact]
    [Trait("Pitfall", "29")]
    public void A_crash_at_any_byte_of_the_last_write_loses_nothing_that_was_acknowledged()
    {
        (Dictionary<string, byte[]> before, Dictionary<string, byte[]> after) = FilesAroundLastAppend(["c", "!promise 2", Long(5000, 1)]);
        IReadOnlyList<string> order = Harness.WriteOrder(after.Keys);
        string[] all = [.. FirstTexts, "c", "!promise 2", Long(5000, 1)];
        foreach (string name in order)
        {
            foreach (int cut in CutsOf(before.GetValueOrDefault(name) ?? [], after[name]).Where((_, i) => i % Harness.Stride == 0))
            {
                Dictionary<string, byte[]> files = Interrupted(before, after, order, name, cut);
                Harness.WriteFiles(files);
                IJournal journal = Harness.Open();
                var user = new StreamUser(journal, Id(1));
                string where = $"{name} cut at byte {cut}";
                Assert.False(user.Found.Verdict is JournalVerdict.Corrupt, $"{where}: {user.Found.Verdict}");
                Assert.True(all.AsSpan().StartsWith(Texts(user.Found)) && user.Found.Records.Count >= FirstTexts.Length, where);
                Assert.Equal(user.Found.Records.Count == all.Length ? "!promise 2" : "!promise 1", GuardedText(user.Found));
                user.Persist("after the crash");
                JournalHarness.Close(journal);
                IJournal again = Harness.Open();
                Assert.Equal([.. Texts(user.Found), "after the crash"], Texts(again.Replay(Id(1))));
                JournalHarness.Close(again);
            }
        }
    }

    [Theory]
    [Trait("Pitfall", "M16")]
    [InlineData(false)]
    [InlineData(true)]
    public void A_flipped_bit_anywhere_is_never_silently_wrong(bool afterClosing)
    {
        (_, Dictionary<string, byte[]> files) = FilesAroundLastAppend(["c", "!promise 2", Long(5000, 1)]);
        files = afterClosing ? Harness.ReadFiles() : files;
        string[] all = [.. FirstTexts, "c", "!promise 2", Long(5000, 1)];
        int corrupt = 0;
        foreach ((string name, byte[] content) in files)
        {
            foreach (int position in FlipsOf(content).Where((_, i) => i % Harness.Stride == 0))
            {
                var damaged = new Dictionary<string, byte[]>(files) { [name] = [.. content] };
                damaged[name][position] ^= (byte)(1 << (position % 8));
                Harness.WriteFiles(damaged);
                if (Harness.TryOpen() is not { } journal)
                {
                    corrupt++;
                    continue;
                }

                corrupt += JudgeDamaged(journal, all, $"{name} flipped at byte {position}") ? 1 : 0;
                JournalHarness.Close(journal);
            }
        }

        Assert.True(corrupt > 0);
    }

    [Fact]
    [Trait("Pitfall", "27")]
    public void A_failed_fsync_poisons_the_journal()
    {
        IJournal journal = Harness.Open();
        var user = new StreamUser(journal, Id(1));
        var other = new StreamUser(journal, Id(2));
        user.Persist("a");
        Harness.LetSyncFail(true);

        Assert.Equal(JournalFaultKind.Poisoned, user.AppendAndWait("b")?.Kind);
        Harness.LetSyncFail(false);
        Assert.Equal(JournalFaultKind.Poisoned, user.AppendAndWait("c")?.Kind);
        Assert.Equal(JournalFaultKind.Poisoned, other.AppendAndWait("d")?.Kind);
        Assert.False(user.Outcomes.Heard[^1].Fault!.IsRecoverable);
        Assert.Equal(StorageFaultKind.Poisoned, Assert.Throws<StorageException>(() => journal.Replay(Id(1))).Kind);
        JournalHarness.Close(journal);

        IJournal reopened = Harness.Open();
        var survivor = new StreamUser(reopened, Id(1));
        Assert.Equal("a", Texts(survivor.Found)[0]);
        Assert.False(survivor.Found.Verdict is JournalVerdict.Corrupt);
        survivor.Persist("e");
        JournalHarness.Close(reopened);
    }

    [Fact]
    [Trait("Pitfall", "32")]
    public void A_full_disk_refuses_appends_keeps_what_it_has_and_recovers_by_itself()
    {
        IJournal journal = Harness.Open();
        var user = new StreamUser(journal, Id(1));
        var acknowledged = new List<string>();
        JournalFault? fault = null;
        Harness.FillDisk(true);
        for (int i = 0; fault is null; i++)
        {
            string text = Long(3000, i);
            fault = user.AppendAndWait(text);
            if (fault is null)
            {
                acknowledged.Add(text);
            }
        }

        Assert.Equal(JournalFaultKind.DiskFull, fault.Kind);
        Assert.True(fault.IsRecoverable);
        user.Next = user.Next.Previous;
        Assert.Equal(acknowledged, Texts(journal.Replay(Id(1))));

        Harness.FillDisk(false);
        acknowledged.Add("room again");
        PersistWhenThereIsRoom(user, "room again");
        JournalHarness.Close(journal);

        IJournal reopened = Harness.Open();
        JournalReplay replay = reopened.Replay(Id(1));
        Assert.Equal(acknowledged, Texts(replay));
        Assert.IsType<JournalVerdict.Clean>(replay.Verdict);
        JournalHarness.Close(reopened);
    }

    [Fact]
    [Trait("Pitfall", "33")]
    public void A_second_handle_is_refused()
    {
        IJournal journal = Harness.Open();

        Assert.Equal(StorageFaultKind.InUse, Assert.Throws<StorageException>(() => Harness.Open()).Kind);

        new StreamUser(journal, Id(1)).Persist("still works");
        JournalHarness.Close(journal);
    }

    private static void PersistWhenThereIsRoom(StreamUser user, string text)
    {
        DateTime end = DateTime.UtcNow.AddSeconds(30);
        while (user.AppendAndWait(text) is { } fault)
        {
            Assert.Equal(JournalFaultKind.DiskFull, fault.Kind);
            Assert.True(DateTime.UtcNow < end, "The room did not return.");
            user.Next = user.Next.Previous;
            Thread.Yield();
        }
    }

    /// <summary>Whether corruption was reported; asserts that otherwise everything is as it was.</summary>
    private static bool JudgeDamaged(IJournal journal, string[] all, string where)
    {
        JournalReplay replay = journal.Replay(Id(1));
        if (replay.Guarded is not LatestGuarded.Damaged)
        {
            Assert.True(GuardedText(replay) == "!promise 2", $"{where}: {replay.Guarded} {replay.Verdict}");
        }

        if (replay.Verdict is not JournalVerdict.Corrupt corrupt)
        {
            Assert.True(all.SequenceEqual(Texts(replay)), $"{where}: {replay.Verdict}, {replay.Records.Count} records");
            return false;
        }

        Assert.True(all.AsSpan().StartsWith(Texts(replay)), where);
        Assert.Equal(replay.Next, corrupt.LostFrom);
        return true;
    }

    /// <summary>The files before and after one append of a journal that holds something already.</summary>
    private (Dictionary<string, byte[]> Before, Dictionary<string, byte[]> After) FilesAroundLastAppend(string[] texts)
    {
        IJournal journal = Harness.Open();
        var user = new StreamUser(journal, Id(1));
        user.Persist(FirstTexts);
        new StreamUser(journal, Id(2)).Persist("!other promise", "x");
        Dictionary<string, byte[]> before = Harness.ReadFiles();
        user.Persist(texts);
        Dictionary<string, byte[]> after = Harness.ReadFiles();
        JournalHarness.Close(journal);
        return (before, after);
    }

    private static Dictionary<string, byte[]> Interrupted(
        Dictionary<string, byte[]> before, Dictionary<string, byte[]> after, IReadOnlyList<string> order, string name, int cut)
    {
        var files = new Dictionary<string, byte[]>(before);
        foreach (string written in order.TakeWhile(written => written != name))
        {
            files[written] = after[written];
        }

        byte[] old = before.GetValueOrDefault(name) ?? [];
        files[name] = [.. after[name].AsSpan(0, cut), .. old.AsSpan(Math.Min(cut, old.Length))];
        return files;
    }

    /// <summary>Every place in what the append changed; further apart in long runs of filler, to keep the suite quick.</summary>
    private static IEnumerable<int> CutsOf(byte[] before, byte[] after)
    {
        int first = before.AsSpan().CommonPrefixLength(after);
        int last = after.Length;
        while (last > first && last <= before.Length && before[last - 1] == after[last - 1])
        {
            last--;
        }

        for (int cut = first; cut <= last; cut += cut - first < 300 || last - cut < 32 || cut % 4096 is < 44 or > 4084 ? 1 : 31)
        {
            yield return Math.Min(cut, after.Length);
        }
    }

    private static IEnumerable<int> FlipsOf(byte[] content)
    {
        for (int position = 0; position < content.Length; position++)
        {
            if (content[position] != 0 ? position % 4096 < 80 || position % 41 == 0 : position % 1021 == 0)
            {
                yield return position;
            }
        }
    }
}
