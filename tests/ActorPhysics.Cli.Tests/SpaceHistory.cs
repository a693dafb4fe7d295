using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ActorPhysics.Client;
using ActorPhysics.Client.Spaces;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Cli.Tests;

/// <summary>
/// Clients that write and read the keys of a space without a pause, each operation noted when it begins and when it ends, as a history that
/// <c>check</c> reads. Weak reads may be old, so they are no part of it: of them it is only asked that they show what somebody wrote to that key.
/// </summary>
internal sealed class SpaceHistory : IAsyncDisposable
{
    private static readonly TimeSpan Remarkable = TimeSpan.FromSeconds(2);

    private readonly ActorPhysicsClient[] _clients;
    private readonly Lock _gate = new();
    private readonly List<string> _events = [];
    private readonly ConcurrentBag<string> _complaints = [];
    private readonly ConcurrentDictionary<string, long> _slowest = new();
    private readonly ConcurrentBag<string> _slow = [];
    private readonly Task _work;
    private volatile bool _closing;
    private int _lastProcess;
    private int _acknowledged;
    private int _unknown;
    private int _weakReads;

    private SpaceHistory(ActorPhysicsClient[] clients, string space, int keys)
    {
        _clients = clients;
        _work = Task.WhenAll(Enumerable.Range(0, keys).Select(number =>
            Task.Run(new Caller(this, new KvSpaceClient(clients[number % clients.Length], space), string.Create(CultureInfo.InvariantCulture, $"key-{number}"), number).WorkAsync)));
    }

    public int Acknowledged => _acknowledged;

    public int Unknown => _unknown;

    public int WeakReads => _weakReads;

    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>Operations that took remarkably long, for people.</summary>
    public IReadOnlyCollection<string> Slow => _slow;

    /// <param name="addresses">Of the cluster.</param>
    /// <param name="space">The space's name.</param>
    /// <param name="keys">How many keys; each has two callers of its own at work all the time, so that nobody's silence hides a key's.</param>
    public static async Task<SpaceHistory> StartAsync(IEnumerable<NodeAddress> addresses, string space, int keys)
    {
        const int Connections = 2;
        var clients = new ActorPhysicsClient[Connections];
        for (int i = 0; i < clients.Length; i++)
        {
            clients[i] = await ActorPhysicsClient.ConnectAsync(new ClientOptions { Nodes = [.. addresses], Name = "test", RequestTimeout = TimeSpan.FromSeconds(30) });
        }

        return new SpaceHistory(clients, space, keys);
    }

    /// <summary>The longest that one operation on each key took since the last call, in milliseconds: how long the key was not there for its callers.</summary>
    public double[] TakeUnavailability()
    {
        double[] longest = [.. _slowest.Values.Select(ticks => Stopwatch.GetElapsedTime(0, ticks).TotalMilliseconds).Order()];
        _slowest.Clear();
        return longest;
    }

    public Task ProgressAsync(int operations)
    {
        int goal = _acknowledged + operations;
        return Eventually.HoldsAsync(() => Task.FromResult(_acknowledged >= goal || _work.IsFaulted), () => $"only {_acknowledged} of {goal} operations were acknowledged");
    }

    public async Task StopAsync()
    {
        _closing = true;
        await _work.WaitAsync(Cli.Patience);
    }

    public void WriteTo(string path)
    {
        lock (_gate)
        {
            File.WriteAllLines(path, _events);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _closing = true;
        foreach (ActorPhysicsClient client in _clients)
        {
            await client.DisposeAsync();
        }
    }

    private void Note(int process, string type, string function, string key, string? value)
    {
        string line = JsonSerializer.Serialize(new { process, type, f = function, key, value });
        lock (_gate)
        {
            _events.Add(line);
        }
    }

    private void Failed(string key, RequestException failure) => _slow.Add($"{DateTime.UtcNow:HH:mm:ss.fff} {key} failed: {failure.Message}");

    private void Took(string key, string what, long ticks)
    {
        _slowest.AddOrUpdate(key, ticks, (_, before) => Math.Max(before, ticks));
        TimeSpan time = Stopwatch.GetElapsedTime(0, ticks);
        if (time > Remarkable)
        {
            _slow.Add($"{DateTime.UtcNow:HH:mm:ss.fff} {what} {key} took {time.TotalMilliseconds:N0} ms");
        }
    }

    /// <summary>Writes and reads one key in turns; both see each other's values.</summary>
    private sealed class Caller(SpaceHistory history, KvSpaceClient kv, string key, int number)
    {
        private readonly Random _random = new(number);
        private readonly ConcurrentDictionary<string, bool> _written = [];
        private int _count;

        public Task WorkAsync() => Task.WhenAll(LoopAsync(), LoopAsync());

        private async Task LoopAsync()
        {
            int process = Interlocked.Increment(ref history._lastProcess);
            while (!history._closing)
            {
                long began = Stopwatch.GetTimestamp();
                (string what, bool isSure) = _random.Next(3) switch
                {
                    0 => ("write", await PutAsync(process)),
                    1 => ("strong read", await GetAsync(process, ReadLevel.Strong)),
                    _ => ("lease read", await GetAsync(process, ReadLevel.Lease)),
                };
                history.Took(key, what, Stopwatch.GetTimestamp() - began);

                // After an outcome that nobody knows the caller is another one: the operation may still be under way.
                process = isSure ? process : Interlocked.Increment(ref history._lastProcess);
                await WeakAsync();
            }
        }

        private async Task<bool> PutAsync(int process)
        {
            string value = string.Create(CultureInfo.InvariantCulture, $"{number}.{Interlocked.Increment(ref _count)}");
            _written[value] = true;
            history.Note(process, "invoke", "put", key, value);
            try
            {
                await kv.PutAsync(key, Encoding.UTF8.GetBytes(value));
                history.Note(process, "ok", "put", key, value);
                Interlocked.Increment(ref history._acknowledged);
                return true;
            }
            catch (RequestException failure)
            {
                history.Failed(key, failure);
                history.Note(process, failure.MayHaveTakenEffect ? "info" : "fail", "put", key, value);
                Interlocked.Add(ref history._unknown, failure.MayHaveTakenEffect ? 1 : 0);
                return !failure.MayHaveTakenEffect;
            }
        }

        private async Task<bool> GetAsync(int process, ReadLevel level)
        {
            history.Note(process, "invoke", "get", key, null);
            try
            {
                KvResult result = (await kv.GetAsync(key, level)).Result;
                history.Note(process, "ok", "get", key, TextOf(result));
                Interlocked.Increment(ref history._acknowledged);
            }
            catch (RequestException failure)
            {
                history.Failed(key, failure);
                history.Note(process, "fail", "get", key, null);
            }

            return true;
        }

        private async Task WeakAsync()
        {
            try
            {
                ReadLevel level = _random.Next(2) == 0 ? ReadLevel.Follower : ReadLevel.WithinEntries(1_000_000);
                string? seen = TextOf((await kv.GetAsync(key, level)).Result);
                Interlocked.Increment(ref history._weakReads);
                if (seen is not null && !_written.ContainsKey(seen))
                {
                    history._complaints.Add($"{key} showed '{seen}', which nobody wrote to it");
                }
            }
            catch (RequestException)
            {
                // A read that was not served says nothing.
            }
        }

        private static string? TextOf(KvResult result) => result.Value is { } value ? Encoding.UTF8.GetString(value.Span) : null;
    }
}
