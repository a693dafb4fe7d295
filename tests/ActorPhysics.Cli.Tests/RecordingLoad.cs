using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using ActorPhysics.Client;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Cli.Tests;

/// <summary>Writers that write as fast as they are answered and note what they were told, until they are stopped.</summary>
internal sealed class RecordingLoad : IAsyncDisposable
{
    private static readonly GroupId Group = new(1);

    private readonly ActorPhysicsClient _client;
    private readonly KvClient _kv;
    private readonly WriteNotes _notes = new();
    private readonly ConcurrentQueue<long> _times = new();
    private readonly Task _work;
    private volatile bool _closing;

    private RecordingLoad(ActorPhysicsClient client, int writers)
    {
        _client = client;
        _kv = new KvClient(client, Group);
        _work = Task.WhenAll(Enumerable.Range(0, writers).Select(number => Task.Run(new Writer(this, number).WorkAsync)));
    }

    public int Acknowledged => _times.Count;

    public int Unknown => _notes.Unknown;

    public static async Task<RecordingLoad> StartAsync(NodeProcesses cluster, int writers) => new(await cluster.ConnectAsync(), writers);

    /// <summary>Waits until so many more writes were acknowledged.</summary>
    public Task ProgressAsync(int writes)
    {
        int goal = Acknowledged + writes;
        return Eventually.HoldsAsync(
            () => Task.FromResult(Acknowledged >= goal || _work.IsFaulted), () => $"only {Acknowledged} of {goal} writes were acknowledged");
    }

    /// <summary>The longest time without an acknowledgement since a time stamp.</summary>
    public TimeSpan LongestSilenceSince(long timestamp)
    {
        long last = timestamp;
        TimeSpan longest = TimeSpan.Zero;
        foreach (long time in _times.Where(time => time > timestamp).Order())
        {
            TimeSpan silence = Stopwatch.GetElapsedTime(last, time);
            longest = silence > longest ? silence : longest;
            last = time;
        }

        return longest;
    }

    public async Task StopAsync()
    {
        _closing = true;
        await _work.WaitAsync(Cli.Patience);
    }

    /// <summary>Compares the notes with what is stored now.</summary>
    public async Task AuditAsync()
    {
        IReadOnlyList<string> complaints = _notes.Audit(await ReadAllAsync());
        Assert.True(complaints.Count == 0, $"{complaints.Count} complaints:\n{string.Join('\n', complaints.Take(20))}");
    }

    public async ValueTask DisposeAsync()
    {
        _closing = true;
        await _client.DisposeAsync();
    }

    private async Task<SortedDictionary<string, KvItem>> ReadAllAsync()
    {
        var stored = new SortedDictionary<string, KvItem>(StringComparer.Ordinal);
        string from = "";
        while (true)
        {
            KvResult page = (await _kv.RangeAsync(from)).Result;
            foreach (KvItem item in page.Items)
            {
                stored.Add(item.Key, item);
            }

            if (!page.More)
            {
                return stored;
            }

            from = page.Items[^1].Key + "\0";
        }
    }

    private sealed class Writer(RecordingLoad load, int number)
    {
        private readonly string _counter = string.Create(CultureInfo.InvariantCulture, $"count/{number}");
        private int _count;
        private bool _countIsSure = true;

        public async Task WorkAsync()
        {
            for (int i = 0; !load._closing; i++)
            {
                await PutAsync(WriteNotes.KeyOf(number, i));

                // A count of unknown outcome may still come: whatever the counter is compared with from then on might be old.
                if (_countIsSure)
                {
                    await CountAsync();
                    load._notes.Counted(_counter, _count, _countIsSure);
                }
            }
        }

        private async Task PutAsync(string key)
        {
            try
            {
                Reply<KvResult> reply = await load._kv.PutAsync(key, Encoding.UTF8.GetBytes(key));
                load._times.Enqueue(Stopwatch.GetTimestamp());
                load._notes.Acknowledged(key, reply.Result.Version);
                if (reply.Result.Version != new ValueVersion(reply.Coordinate.Index, reply.Ordinal))
                {
                    load._notes.Complain($"{key}: the reply says {reply.Coordinate}#{reply.Ordinal}, the machine says {reply.Result.Version}");
                }
            }
            catch (RequestException failure)
            {
                if (failure.MayHaveTakenEffect)
                {
                    load._notes.OutcomeUnknown(key);
                }
            }
        }

        private async Task CountAsync()
        {
            try
            {
                ReadOnlyMemory<byte>? expected = _count == 0 ? default(ReadOnlyMemory<byte>?) : WriteNotes.Bytes(_count);
                Reply<KvResult> reply = await load._kv.CompareAndSetAsync(_counter, expected, WriteNotes.Bytes(_count + 1));
                load._times.Enqueue(Stopwatch.GetTimestamp());
                if (reply.Result.Outcome == KvOutcome.Stored)
                {
                    _count++;
                    return;
                }

                load._notes.Complain($"{_counter}: {_count} to {_count + 1} was answered with {reply.Result.Outcome}: applied twice, or {_count} was lost");
                _countIsSure = false;
            }
            catch (RequestException failure)
            {
                _countIsSure = !failure.MayHaveTakenEffect;
            }
        }
    }
}
