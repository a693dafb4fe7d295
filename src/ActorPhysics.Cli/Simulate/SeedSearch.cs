using System.Diagnostics;
using ActorPhysics.Simulation.Runs;

namespace ActorPhysics.Cli.Simulate;

/// <summary>
/// Runs one seed after the other on several threads, until one is not clean, the seeds end, or the time is up. What it reports of a range that ran
/// to its end, or to its first failure, does not depend on the number of threads.
/// </summary>
/// <param name="simulate">Runs one seed.</param>
internal sealed class SeedSearch(SeedRange seeds, int threads, Func<ulong, SimulationResult> simulate)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<ulong, SimulationResult> _failures = [];
    private readonly SortedDictionary<ulong, (double Seconds, ulong TraceHash)> _finished = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private ulong _next = seeds.First;
    private bool _ended;

    public SearchTotals Totals { get; } = new();

    public TimeSpan Elapsed => _clock.Elapsed;

    public SearchReport Run(TimeSpan? limit, CancellationToken cancellation)
    {
        var workers = new Thread[threads];
        for (int i = 0; i < threads; i++)
        {
            workers[i] = new Thread(() => Work(limit, cancellation)) { Name = $"simulation {i}" };
            workers[i].Start();
        }

        foreach (Thread worker in workers)
        {
            worker.Join();
        }

        ulong? failed = _failures.Count > 0 ? _failures.Keys.First() : null;
        List<(double Seconds, ulong TraceHash)> counted = [.. _finished.Where(pair => failed is null || pair.Key <= failed).Select(pair => pair.Value)];
        return new SearchReport(
            failed is { } seed ? _failures[seed] : null,
            counted.Count,
            counted.Sum(run => run.Seconds),
            counted.Aggregate(0UL, (all, run) => ulong.RotateLeft(all, 1) ^ run.TraceHash),
            _finished.Count == 0 ? seeds.First : _finished.Keys.Last());
    }

    private void Work(TimeSpan? limit, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested && (limit is null || _clock.Elapsed < limit) && TryTake(out ulong seed))
        {
            SimulationResult result = simulate(seed);
            lock (_gate)
            {
                _finished.Add(seed, (result.SimulatedTime.TotalSeconds, result.TraceHash));
                Totals.Add(result);
                if (!result.IsClean)
                {
                    _failures.Add(seed, result);
                }
            }
        }
    }

    private bool TryTake(out ulong seed)
    {
        lock (_gate)
        {
            seed = _next;
            if (_ended || _failures.Count > 0)
            {
                return false;
            }

            _ended = seed == seeds.Last;
            _next++;
            return true;
        }
    }
}

/// <summary>What came of a search.</summary>
/// <param name="Failure">The lowest seed that was not clean, or null.</param>
/// <param name="SeedsTried">Through the failure.</param>
/// <param name="SimulatedSeconds">Of those.</param>
/// <param name="TraceHash">Over everything that happened in those.</param>
/// <param name="LastSeed">The highest that was tried.</param>
internal sealed record SearchReport(SimulationResult? Failure, int SeedsTried, double SimulatedSeconds, ulong TraceHash, ulong LastSeed);
