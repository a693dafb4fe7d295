using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Journal;
using ActorPhysics.Hosting.Tests.Storage;
using static ActorPhysics.Hosting.Tests.Journal.StreamUser;
using static ActorPhysics.Hosting.Tests.Journal.WriteAheadDisk;

namespace ActorPhysics.Hosting.Tests.Journal;

/// <summary>Random work, cut off at random places, against a model of what was acknowledged.</summary>
public sealed class WriteAheadCrashTests
{
    private const int Streams = 3;
    private const int Lives = 12;

    private readonly List<string>[] _appended = [.. Enumerable.Range(0, Streams).Select(_ => new List<string>())];
    private readonly ulong[] _deleted = new ulong[Streams];
    private int _counter;

    [Theory]
    [Trait("Pitfall", "2")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void A_killed_process_loses_nothing_that_was_acknowledged(int seed) => Live(seed, (disk, _) => disk.Files(), mayDamage: false);

    [Theory]
    [Trait("Pitfall", "28")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void A_power_cut_loses_nothing_that_was_acknowledged(int seed) => Live(seed, (disk, _) => disk.DurableFiles(), mayDamage: false);

    [Theory]
    [Trait("Pitfall", "29")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void A_power_cut_that_tears_the_last_write_loses_nothing_without_saying_so(int seed) =>
        Live(seed, (disk, random) => disk.TornFiles(random), mayDamage: true);

    [Fact]
    [Trait("Pitfall", "27")]
    public void A_disk_that_lies_about_fsync_is_found_out_where_a_promise_was_made()
    {
        var disk = new MemoryDisk();
        Write(disk, journal => new StreamUser(journal, Id(1)).Persist("!vote in epoch 1"));
        using (WriteAheadJournal journal = Open(disk))
        {
            var user = new StreamUser(journal, Id(1));
            Dictionary<string, byte[]> before = disk.Files();
            user.Persist("!vote in epoch 2");
            Dictionary<string, byte[]> after = disk.Files();
            foreach (string segment in Segments(disk))
            {
                after[segment] = before[segment];
            }

            disk = MemoryDisk.With(after);
        }

        JournalReplay replay = Read(disk, 1)[0];
        Assert.IsType<JournalVerdict.Corrupt>(replay.Verdict);
        Assert.Equal("!vote in epoch 2", GuardedText(replay));
    }

    private void Live(int seed, Func<MemoryDisk, Random, Dictionary<string, byte[]>> crash, bool mayDamage)
    {
        var random = new Random(seed);
        var disk = new MemoryDisk();
        for (int life = 0; life < Lives; life++)
        {
            WriteAheadJournal journal = Open(disk);
            StreamUser[] users = [.. Enumerable.Range(0, Streams).Select(stream => OpenStream(journal, stream, mayDamage, $"seed {seed}, life {life}"))];
            ulong[] before = [.. users.Select(user => user.Next.Value - 1)];
            for (int step = random.Next(5, 60); step > 0; step--)
            {
                int stream = random.Next(Streams);
                Step(users[stream], stream, random);
            }

            if (random.Next(3) == 0)
            {
                users[0].Barrier();
            }

            ulong[] acknowledged = [.. users.Select((user, stream) => before[stream] + user.AcknowledgedRecords)];
            Dictionary<string, byte[]> files = crash(disk, random);
            journal.Dispose();
            disk = MemoryDisk.With(files);
            Forget(disk, acknowledged);
        }
    }

    /// <summary>One random thing that a replica does.</summary>
    private void Step(StreamUser user, int stream, Random random)
    {
        if (random.Next(6) == 0 && user.Next > JournalSequence.First)
        {
            ulong through = (ulong)random.NextInt64((long)user.Next.Value);
            user.DeleteThrough(through);
            _deleted[stream] = Math.Max(_deleted[stream], through);
            return;
        }

        string text = (random.Next(5) == 0 ? "!" : "") + Long(random.Next(10, 6000), _counter++);
        user.Append(text);
        _appended[stream].Add(text);
    }

    private StreamUser OpenStream(WriteAheadJournal journal, int stream, bool mayDamage, string where)
    {
        var user = new StreamUser(journal, Id((ulong)stream + 1));
        JournalReplay found = user.Found;
        Assert.True(mayDamage || found.Verdict is not JournalVerdict.Corrupt, $"{where}: {found.Verdict}");
        Assert.True(found.DeletedThrough.Value <= _deleted[stream], where);
        Assert.Equal(_appended[stream].Skip((int)found.DeletedThrough.Value).Take(found.Records.Count), Texts(found));
        int count = (int)found.Next.Value - 1;
        if (found.Verdict is JournalVerdict.Corrupt)
        {
            string? guarded = GuardedText(found);
            Assert.True(guarded is null || _appended[stream].Contains(guarded), where);
        }
        else
        {
            Assert.Equal(_appended[stream].Take(count).LastOrDefault(text => text.StartsWith('!')), GuardedText(found));
        }

        _appended[stream].RemoveRange(count, _appended[stream].Count - count);
        _deleted[stream] = Math.Min(_deleted[stream], (ulong)count);
        return user;
    }

    /// <summary>Asserts, on a copy, that nothing acknowledged is missing; or, where the disk was torn, that the loss is reported.</summary>
    private static void Forget(MemoryDisk disk, ulong[] acknowledged)
    {
        MemoryDisk copy = MemoryDisk.With(disk.Files());
        JournalReplay[] replays = Read(copy, [.. Enumerable.Range(1, Streams).Select(group => (ulong)group)]);
        for (int stream = 0; stream < Streams; stream++)
        {
            Assert.True(
                replays[stream].Verdict is JournalVerdict.Corrupt || replays[stream].Next.Value > acknowledged[stream],
                $"stream {stream + 1} ends before {replays[stream].Next}; {acknowledged[stream]} were acknowledged");
        }
    }
}
