using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Cli.Mutants;
using ActorPhysics.Cli.Simulate;
using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Simulation.Monitors;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.Spaces;
using ActorPhysics.Simulation.Workloads;

namespace ActorPhysics.Cli.Commands;

/// <summary>Looks for bugs in simulated worlds, one seed each.</summary>
internal static class SimulateCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static Command Create()
    {
        var seed = new Option<string?>("--seed") { Description = "Run this one seed." };
        var seeds = new Option<string?>("--seeds") { Description = "Run these seeds, A..B, until one is not clean." };
        var minutes = new Option<double?>("--minutes") { Description = "Run fresh seeds for so long, on all cores." };
        var scenario = new Option<string?>("--scenario") { Description = "Run the plan in this .scenario file instead, and hold it to what the file expects." };
        var threads = new Option<int>("--threads") { Description = "How many seeds, or mutants, at once.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var measured = new Option<bool>("--measured") { Description = "Run each seed at one fixed size: five nodes, 60 simulated seconds, every kind of fault." };
        var spaces = new Option<bool>("--spaces") { Description = "Simulate sharded spaces of many groups: shards are split, merged and moved, clients route by key." };
        var trace = new Option<string?>("--trace") { Description = "With --seed or --scenario: write what happens to this file, for people." };
        var shiviz = new Option<bool>("--shiviz") { Description = "Write the trace in the log format of ShiViz, with vector clocks." };
        var shrink = new Option<string?>("--shrink") { Description = "With --seed: make the failing run as small as can be and write it to this .scenario file." };
        var json = new Option<bool>("--json") { Description = "Print one JSON line." };
        var mutants = new MutantOptions();
        var command = new Command("simulate", "Simulate whole groups under faults. Example: actorphysics simulate --minutes 5")
        {
            seed, seeds, minutes, scenario, threads, measured, spaces, trace, shiviz, shrink, json,
        };
        mutants.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            if (mutants.PlanOf(parsed, Math.Max(1, parsed.GetValue(threads))) is { } plan)
            {
                return await MutantSession.RunAsync(plan, SimulateProcess.HuntAsync, Console.Out, cancellation).ConfigureAwait(false);
            }

            Func<ulong, SimulationPlan> draw = parsed.GetValue(measured) ? Swarm.Measured : Swarm.Draw;
            if (parsed.GetValue(scenario) is { } file)
            {
                return SingleRun.OfScenario(file, parsed.GetValue(trace), parsed.GetValue(shiviz));
            }

            if (parsed.GetValue(spaces) && parsed.GetValue(seed) is { } one && parsed.GetValue(trace) is { } story)
            {
                return SingleRun.OfSpace(SpaceSwarm.Draw(SeedRange.Parse(one).Single), story);
            }

            SeedRange range = RangeOf(parsed.GetValue(seed), parsed.GetValue(seeds), parsed.GetValue(minutes));
            if (parsed.GetValue(trace) is not null || parsed.GetValue(shrink) is not null)
            {
                return SingleRun.OfSeed(draw(range.Single), parsed.GetValue(trace), parsed.GetValue(shiviz), parsed.GetValue(shrink));
            }

            if (parsed.GetValue(minutes) is <= 0)
            {
                throw new ArgumentException("--minutes must be more than nothing");
            }

            TimeSpan? limit = parsed.GetValue(minutes) is { } given ? TimeSpan.FromMinutes(given) : null;
            var search = new SeedSearch(range, Math.Max(1, parsed.GetValue(threads)), parsed.GetValue(spaces)
                ? static seed => SpaceRun.Execute(SpaceSwarm.Draw(seed)).Outcome
                : seed => SimulationRun.Execute(draw(seed), KeyValueWorkload.Instance));
            string kind = parsed.GetValue(spaces) ? " --spaces" : parsed.GetValue(measured) ? " --measured" : "";
            return Search(search, range, limit, parsed.GetValue(json), kind, cancellation);
        });
        return command;
    }

    private static SeedRange RangeOf(string? seed, string? seeds, double? minutes) => (seed, seeds, minutes) switch
    {
        ({ } one, null, null) => SeedRange.Of(SeedRange.Parse(one).Single),
        (null, { } many, _) => SeedRange.Parse(many),
        (null, null, not null) => SeedRange.From((ulong)Random.Shared.NextInt64(1L << 40)),
        _ => throw new ArgumentException("say what to run: --seed 7, --seeds 1..1000, --minutes 5 or --scenario FILE"),
    };

    /// <param name="kind">The option without which a seed is another run.</param>
    private static int Search(SeedSearch search, SeedRange range, TimeSpan? limit, bool json, string kind, CancellationToken cancellation)
    {
        SearchReport report;
        using (json ? null : new Timer(_ => Progress(search), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)))
        {
            report = search.Run(limit, cancellation);
        }

        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(ReportOf(report), Json));
        }
        else
        {
            Tell(search, report, range, kind);
        }

        // Nothing tried is nothing shown.
        return report.Failure is null && report.SeedsTried > 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static object ReportOf(SearchReport report) => new
    {
        Clean = report.Failure is null && report.SeedsTried > 0,
        report.SeedsTried,
        VirtualSeconds = report.SimulatedSeconds,
        Seed = report.Failure?.Plan.Seed,
        Class = report.Failure?.Diagnosis?.Class.ToString(),
        Evidence = report.Failure?.Diagnosis?.Root.ToString(),
        report.Failure?.Undecided,
        TraceHash = report.TraceHash.ToString("x16", CultureInfo.InvariantCulture),
    };

    private static void Progress(SeedSearch search) => Console.Error.WriteLine(Line(search));

    private static string Line(SeedSearch search)
    {
        SearchTotals totals = search.Totals;
        double seconds = Math.Max(search.Elapsed.TotalSeconds, 1e-9);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{totals.Seeds} seeds, {totals.Seeds / seconds:0} a second, {totals.SimulatedSeconds / 3600:0.00} simulated hours ({totals.SimulatedSeconds / seconds:0}x real time), {totals.Messages} messages, {totals.Faults} faults, {totals.Marks.Count} of {CoverageMarks.Total} marks");
    }

    private static void Tell(SeedSearch search, SearchReport report, SeedRange range, string kind)
    {
        Console.WriteLine(Line(search));
        Console.WriteLine("faults: " + string.Join(", ", search.Totals.FaultKinds.Select(kind => $"{kind.Key} {kind.Value}")));
        if (search.Totals.Marks.Missed.ToList() is { Count: > 0 } missed)
        {
            Console.WriteLine("marks not hit: " + string.Join(", ", missed));
        }

        if (report.Failure is not { } failure)
        {
            Console.WriteLine(report.SeedsTried == 0 ? "no seed was tried" : $"clean: seeds {range.First}..{report.LastSeed}, trace hash {report.TraceHash:x16}");
            return;
        }

        // What was not decided did not pass.
        Console.WriteLine($"seed {failure.Plan.Seed}: {failure.Diagnosis?.Class.ToString() ?? $"undecided: {failure.Undecided}"}");
        foreach (Evidence evidence in failure.Diagnosis?.Evidence.Take(5) ?? [])
        {
            Console.WriteLine($"  {evidence}");
        }

        Console.WriteLine($"replay: actorphysics simulate{kind} --seed {failure.Plan.Seed} --trace seed-{failure.Plan.Seed}.txt --shrink seed-{failure.Plan.Seed}.scenario");
    }
}
