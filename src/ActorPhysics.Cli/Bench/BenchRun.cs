using System.Diagnostics;
using System.Text;
using ActorPhysics.Client;
using ActorPhysics.Client.Spaces;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Cli.Bench;

/// <summary>What to measure.</summary>
internal sealed record BenchPlan(
    bool Reads, string Level, int Clients, int Connections, TimeSpan WarmUp, TimeSpan Duration, int ValueBytes, int Keys, GroupId Group, string? Space);

/// <summary>What was measured. Latencies in milliseconds, from before the call to after its await.</summary>
internal sealed record BenchReport(
    string Kind, int Clients, int Connections, int ValueBytes, long Operations, long Errors, string? FirstError, double Seconds, double PerSecond,
    double P50Ms, double P99Ms, double P999Ms, double MaxMs);

/// <summary>
/// A closed loop: each client has one request under way and sends the next when it is answered. Only requests that began after the warm-up
/// and ended before the end are counted.
/// </summary>
internal static class BenchRun
{
    public static async Task<BenchReport> RunAsync(BenchPlan plan, ClientOptions options, Action<double>? progress, CancellationToken cancellation)
    {
        int connections = Math.Clamp(plan.Connections, 1, plan.Clients);
        var clients = new ActorPhysicsClient[connections];
        try
        {
            for (int i = 0; i < connections; i++)
            {
                clients[i] = await ActorPhysicsClient.ConnectAsync(options with { InlineContinuations = true, Name = $"bench-{i}" }, cancellation).ConfigureAwait(false);
            }

            long start = Stopwatch.GetTimestamp();
            var window = new Window(start + Ticks(plan.WarmUp), start + Ticks(plan.WarmUp + plan.Duration));
            var loops = new ClientLoop[plan.Clients];
            var running = new Task[plan.Clients];
            for (int i = 0; i < loops.Length; i++)
            {
                loops[i] = new ClientLoop(plan, clients[i % connections], window, seed: i);
                running[i] = Task.Run(loops[i].RunAsync, cancellation);
            }

            Task all = Task.WhenAll(running);
            while (progress is not null && !all.IsCompleted)
            {
                progress(Math.Clamp((double)(Stopwatch.GetTimestamp() - window.Begin) / (window.End - window.Begin), 0, 1));
                await Task.WhenAny(all, Task.Delay(100, cancellation)).ConfigureAwait(false);
            }

            await all.WaitAsync(cancellation).ConfigureAwait(false);
            return Report(plan, connections, loops);
        }
        finally
        {
            foreach (ActorPhysicsClient client in clients.Where(client => client is not null))
            {
                await client.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static BenchReport Report(BenchPlan plan, int connections, ClientLoop[] loops)
    {
        long[] latencies = [.. loops.SelectMany(loop => loop.Latencies).Order()];
        double seconds = plan.Duration.TotalSeconds;
        return new BenchReport(
            plan.Reads ? $"read ({plan.Level})" : "write", plan.Clients, connections, plan.ValueBytes, latencies.Length, loops.Sum(loop => loop.Errors),
            loops.Select(loop => loop.FirstError).FirstOrDefault(error => error is not null), seconds, latencies.Length / seconds,
            Percentile(latencies, 0.5), Percentile(latencies, 0.99), Percentile(latencies, 0.999), Percentile(latencies, 1));
    }

    private static double Percentile(long[] sorted, double part) => sorted.Length == 0
        ? 0
        : Stopwatch.GetElapsedTime(0, sorted[Math.Min(sorted.Length - 1, (int)(part * sorted.Length))]).TotalMilliseconds;

    private static long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * Stopwatch.Frequency);

    private readonly record struct Window(long Begin, long End);

    private sealed class ClientLoop(BenchPlan plan, ActorPhysicsClient client, Window window, int seed)
    {
        private readonly Random _random = new(seed);
        private readonly SpaceClient? _space = plan.Space is { } name ? new SpaceClient(client, name) : null;
        private readonly byte[] _value = new byte[plan.ValueBytes];

        public List<long> Latencies { get; } = new(1 << 12);
        public long Errors { get; private set; }
        public string? FirstError { get; private set; }

        public async Task RunAsync()
        {
            _random.NextBytes(_value);
            while (true)
            {
                long before = Stopwatch.GetTimestamp();
                if (before >= window.End)
                {
                    return;
                }

                bool done = await OnceAsync().ConfigureAwait(false);
                long after = Stopwatch.GetTimestamp();
                if (done && before >= window.Begin && after < window.End)
                {
                    Latencies.Add(after - before);
                }
            }
        }

        private async ValueTask<bool> OnceAsync()
        {
            string key = $"bench-{_random.Next(plan.Keys)}";
            try
            {
                if (_space is not null)
                {
                    byte[] bytes = Encoding.UTF8.GetBytes(key);
                    await (plan.Reads ? _space.ReadAsync(bytes, KvQueries.Get(key), LevelOf(plan.Level)) : _space.WriteAsync(bytes, KvCommands.Put(key, _value))).ConfigureAwait(false);
                }
                else if (plan.Reads)
                {
                    await client.ReadAsync(plan.Group, KvQueries.Get(key), LevelOf(plan.Level)).ConfigureAwait(false);
                }
                else
                {
                    await client.WriteAsync(plan.Group, KvCommands.Put(key, _value)).ConfigureAwait(false);
                }

                return true;
            }
            catch (RequestException failure)
            {
                Errors++;
                FirstError ??= failure.Message;
                return false;
            }
        }

        private static ReadLevel LevelOf(string level) => level switch
        {
            "lease" => ReadLevel.Lease,
            "follower" => ReadLevel.Follower,
            _ => ReadLevel.Strong,
        };
    }
}
