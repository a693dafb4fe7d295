using System.Globalization;
using System.Text.Json;
using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Hosting.Nodes;

namespace ActorPhysics.Cli.Mutants;

/// <summary>Runs the <c>simulate</c> command of a test build in a process of its own and reads its report.</summary>
internal static class SimulateProcess
{
    /// <summary>The assembly of this command.</summary>
    public const string Command = "actorphysics.dll";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    // A seed takes a fraction of a second; one that takes this long hangs.
    private static readonly TimeSpan PatiencePerSeed = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeastPatience = TimeSpan.FromMinutes(1);

    /// <summary>As a <see cref="HuntSeeds"/>.</summary>
    /// <exception cref="MutantException">The command refused its arguments or printed no report, and did not die of the mutant either.</exception>
    public static async Task<Hunt> HuntAsync(TestBuild build, ulong firstSeed, int budgetSeeds, CancellationToken cancellation)
    {
        string seeds = string.Create(CultureInfo.InvariantCulture, $"{firstSeed}..{firstSeed + (ulong)budgetSeeds - 1}");
        TimeSpan patience = PatiencePerSeed * budgetSeeds > LeastPatience ? PatiencePerSeed * budgetSeeds : LeastPatience;
        ChildOutcome outcome = await ChildProcess.RunAsync(build.PathOf(Command), ["simulate", .. build.Mutant.InSpaces ? (string[])["--spaces"] : [], "--seeds", seeds, "--threads", "1", "--json"], patience, cancellation);
        if (outcome.ExitCode is not (ExitCodes.Done or ExitCodes.Failed))
        {
            return outcome.ExitCode == ExitCodes.Usage
                ? throw new MutantException($"{build.Mutant.Name}: {outcome.Errors.Trim()}")
                : new Hunt(budgetSeeds, TimeSpan.Zero, new Kill(firstSeed, Named: null, $"the process ended with {outcome.ExitCode}: {outcome.Errors.Trim()}"));
        }

        return Read(outcome.Output) ?? throw new MutantException($"{build.Mutant.Name}: the simulator printed no report: {outcome.Output.Trim()} {outcome.Errors.Trim()}");
    }

    /// <returns>Null when the text does not end with a report.</returns>
    public static Hunt? Read(string output)
    {
        string? last = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault(line => line.StartsWith('{'));
        if (last is null || JsonSerializer.Deserialize<Report>(last, Json) is not { } report)
        {
            return null;
        }

        FailureClass? named = Enum.TryParse(report.Class, out FailureClass known) ? known : null;
        return new Hunt(report.SeedsTried, TimeSpan.FromSeconds(report.VirtualSeconds), report.Clean ? null : new Kill(report.Seed ?? 0, named, report.Evidence ?? ""));
    }

    /// <param name="Seed">The first that was not clean.</param>
    /// <param name="VirtualSeconds">Of all seeds tried.</param>
    private sealed record Report(bool Clean, int SeedsTried, double VirtualSeconds, ulong? Seed, string? Class, string? Evidence);
}
