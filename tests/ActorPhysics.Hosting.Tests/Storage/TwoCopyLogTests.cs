using System.Text;
using ActorPhysics.Hosting.Storage;

namespace ActorPhysics.Hosting.Tests.Storage;

/// <summary>A log in two copies, through crashes at every step and damage to either file.</summary>
public sealed class TwoCopyLogTests
{
    private const string Folder = "/log";
    private const ulong Owner = 3;

    [Fact]
    [Trait("Pitfall", "28")]
    public void What_was_appended_is_there_after_a_power_cut_at_any_moment_and_nothing_else()
    {
        var random = new Random(5);
        for (int round = 0; round < 200; round++)
        {
            var disk = new MemoryDisk();
            int stopAt = random.Next(1, 60);
            int changes = 0;
            int acknowledged = 0;
            Dictionary<string, byte[]>? torn = null;
            int acknowledgedAtCut = 0;
            disk.AfterChange = () =>
            {
                if (++changes == stopAt)
                {
                    torn = disk.TornFiles(random);
                    acknowledgedAtCut = acknowledged;
                }
            };
            using TwoCopyLog log = Open(disk, out _);
            for (int i = 0; i < 8; i++)
            {
                Add(log, [.. Enumerable.Range(0, i + 1).Select(Text)]);
                acknowledged = i + 1;
            }

            if (torn is null)
            {
                continue;
            }

            using TwoCopyLog after = Open(MemoryDisk.With(torn), out List<string> found);
            Assert.InRange(found.Count, acknowledgedAtCut, acknowledgedAtCut + 1);
            Assert.Equal(Enumerable.Range(0, found.Count).Select(Text), found);
        }
    }

    [Fact]
    [Trait("Pitfall", "29")]
    public void Any_damage_to_one_file_loses_nothing()
    {
        var disk = new MemoryDisk();
        using (TwoCopyLog log = Open(disk, out _))
        {
            log.Rewrite([Encoding.UTF8.GetBytes("one")]);
            log.Append("two"u8);
            log.Append("three"u8);
        }

        Dictionary<string, byte[]> files = disk.DurableFiles();
        foreach (string path in files.Keys)
        {
            // Every byte up to the end of the last record.
            for (int at = 0; at < 32 + (3 * 16) + 11; at++)
            {
                var damaged = files.ToDictionary(file => file.Key, file => file.Value.ToArray());
                damaged[path][at] ^= 0x10;
                MemoryDisk other = MemoryDisk.With(damaged);
                using TwoCopyLog log = Open(other, out List<string> found);
                Assert.Equal(["one", "two", "three"], found);
                Assert.True(log.NeedsRewrite);
            }

            var lost = files.ToDictionary(file => file.Key, file => file.Value.ToArray());
            lost.Remove(path);
            using TwoCopyLog half = Open(MemoryDisk.With(lost), out List<string> kept);
            Assert.Equal(["one", "two", "three"], kept);
        }
    }

    [Fact]
    [Trait("Pitfall", "29")]
    public void Damage_to_the_same_record_in_both_files_is_said_and_not_taken_for_the_end()
    {
        var disk = new MemoryDisk();
        using (TwoCopyLog log = Open(disk, out _))
        {
            log.Rewrite([Encoding.UTF8.GetBytes("one")]);
            log.Append("two"u8);
        }

        Dictionary<string, byte[]> files = disk.DurableFiles();
        foreach (byte[] bytes in files.Values)
        {
            bytes[32 + 16 + 3 + 16] ^= 1;
        }

        using TwoCopyLog damaged = TwoCopyLog.Open(MemoryDisk.With(files), Folder, "log", Owner, [], out bool isDamaged);
        Assert.True(isDamaged);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [Trait("Pitfall", "32")]
    public void After_an_append_that_failed_half_way_the_log_is_rewritten_and_goes_on(int failingWrite)
    {
        var disk = new MemoryDisk();
        using TwoCopyLog log = Open(disk, out _);
        log.Rewrite([Encoding.UTF8.GetBytes("one")]);
        log.Append("two"u8);
        int writes = 0;
        disk.WriteFailsAfterBytes = (_, _, _) => ++writes == failingWrite ? 5 : null;

        Assert.Throws<IOException>(() => log.Append("lost"u8));

        Assert.True(log.NeedsRewrite);
        Assert.Throws<InvalidOperationException>(() => log.Append("never"u8));
        log.Rewrite([Encoding.UTF8.GetBytes("one"), Encoding.UTF8.GetBytes("two")]);
        log.Append("three"u8);
        using TwoCopyLog again = Open(MemoryDisk.With(disk.DurableFiles()), out List<string> found);
        Assert.Equal(["one", "two", "three"], found);
        Assert.False(again.NeedsRewrite);
    }

    [Fact]
    public void The_log_of_another_owner_is_not_believed()
    {
        var disk = new MemoryDisk();
        using (TwoCopyLog log = Open(disk, out _))
        {
            log.Rewrite([Encoding.UTF8.GetBytes("one")]);
        }

        using TwoCopyLog other = TwoCopyLog.Open(disk, Folder, "log", Owner + 1, [], out bool isDamaged);
        Assert.True(isDamaged);
    }

    private static string Text(int number) => new((char)('a' + number), 1 + (number * 40));

    private static void Add(TwoCopyLog log, string[] all)
    {
        // Every third time as a rewrite.
        if (log.NeedsRewrite || all.Length % 3 == 0)
        {
            log.Rewrite([.. all.Select(Encoding.UTF8.GetBytes)]);
        }
        else
        {
            log.Append(Encoding.UTF8.GetBytes(all[^1]));
        }
    }

    private static TwoCopyLog Open(MemoryDisk disk, out List<string> found)
    {
        List<byte[]> records = [];
        TwoCopyLog log = TwoCopyLog.Open(disk, Folder, "log", Owner, records, out bool isDamaged);
        Assert.False(isDamaged);
        found = [.. records.Select(Encoding.UTF8.GetString)];
        return log;
    }
}
