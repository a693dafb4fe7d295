using System.Collections.Concurrent;
using System.Globalization;
using ActorPhysics.Client;

namespace ActorPhysics.Hosting.Tests.Nodes;

/// <summary>
/// Writers that count up, each under a key of its own, and readers that look at all of them, until they are stopped. With one writer to a key
/// linearizability is easily checked: a strong read must show at least the last value that was acknowledged before it began, and at most the last that
/// was sent before it ended.
/// </summary>
internal sealed class MembershipLoad : IAsyncDisposable
{
    private readonly ActorPhysicsClient _client;
    private readonly Counter[] _counters;
    private readonly ConcurrentQueue<string> _complaints = new();
    private readonly Task _work;
    private volatile bool _closing;

    private MembershipLoad(ActorPhysicsClient client, int writers)
    {
        _client = client;
        _counters = [.. Enumerable.Range(1, writers).Select(number => new Counter(string.Create(CultureInfo.InvariantCulture, $"count-{number}")))];
        _work = Task.WhenAll(_counters.Select(counter => Task.Run(() => WriteAsync(counter))).Append(Task.Run(ReadAsync)));
    }

    public int Acknowledged => _counters.Sum(counter => counter.Acknowledged);

    public static async Task<MembershipLoad> StartAsync(TestCluster cluster, params int[] nodes) => new(await cluster.ConnectAsync(nodes), writers: 3);

    /// <summary>Waits until so many more writes were acknowledged.</summary>
    public Task ProgressAsync(int writes = 60)
    {
        int goal = Acknowledged + writes;
        return TestCluster.UntilAsync(() => Task.FromResult(Acknowledged >= goal || _work.IsFaulted));
    }

    /// <summary>Ends the load and compares what is stored with what was acknowledged.</summary>
    public async Task AuditAsync()
    {
        _closing = true;
        await _work.WaitAsync(TimeSpan.FromSeconds(60));
        foreach (Counter counter in _counters)
        {
            await CheckAsync(counter);
        }

        Assert.True(_complaints.IsEmpty, string.Join('\n', _complaints.Take(10)));
        Assert.All(_counters, counter => Assert.True(counter.Acknowledged > 0, $"{counter.Key} was never written"));
    }

    public async ValueTask DisposeAsync()
    {
        _closing = true;
        await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task WriteAsync(Counter counter)
    {
        while (!_closing)
        {
            int next = ++counter.Sent;
            try
            {
                await _client.PutAsync(counter.Key, next.ToString(CultureInfo.InvariantCulture));
                counter.Acknowledged = next;
            }
            catch (RequestException)
            {
                // Of unknown outcome, or not done: the next value goes beyond it either way.
            }
        }
    }

    private async Task ReadAsync()
    {
        while (!_closing)
        {
            foreach (Counter counter in _counters)
            {
                try
                {
                    await CheckAsync(counter);
                }
                catch (RequestException)
                {
                    // Not served: nothing was claimed.
                }
            }
        }
    }

    private async Task CheckAsync(Counter counter)
    {
        int least = counter.Acknowledged;
        string? text = (await _client.GetAsync(counter.Key)).Result;
        int most = counter.Sent;
        int found = text is null ? 0 : int.Parse(text, CultureInfo.InvariantCulture);
        if (found < least || found > most)
        {
            _complaints.Enqueue($"{counter.Key}: {found} was read, {least} was acknowledged before and {most} was the last that was sent");
        }
    }

    private sealed class Counter(string key)
    {
        private volatile int _sent;
        private volatile int _acknowledged;

        public string Key { get; } = key;

        public int Sent
        {
            get => _sent;
            set => _sent = value;
        }

        public int Acknowledged
        {
            get => _acknowledged;
            set => _acknowledged = value;
        }
    }
}
