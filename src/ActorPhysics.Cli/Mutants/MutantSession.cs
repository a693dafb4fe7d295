using System.Globalization;
using ActorPhysics.Hosting.Nodes;

namespace ActorPhysics.Cli.Mutants;

/// <summary>What <c>simulate --mutants</c> was asked for.</summary>
/// <param name="Name">A part of the names of the mutants to run; null for all, whose table is then written to the documentation.</param>
/// <param name="MostSeeds">From each base seed, also where a mutant's own budget is larger; null: each has its own.</param>
/// <param name="Threads">How many mutants at once.</param>
internal sealed record MutantPlan(string? Name, int BaseSeeds, int? MostSeeds, int Threads);

/// <summary>Runs mutants from a terminal.</summary>
internal static class MutantSession
{
    private const string Page = "docs/MUTANTS.md";

    /// <returns>Done when every mutant was killed within its budget each time and named rightly.</returns>
    public static async Task<int> RunAsync(MutantPlan plan, HuntSeeds hunt, TextWriter output, CancellationToken cancellation)
    {
        if (Checkout.Around(AppContext.BaseDirectory) is not { } checkout)
        {
            throw new ArgumentException("mutants are compiled from the sources: run the command out of its repository");
        }

        IReadOnlyList<Mutant> mutants = [.. checkout.Mutants().Where(mutant => plan.Name is null || mutant.Name.Contains(plan.Name, StringComparison.Ordinal))];
        if (mutants.Count == 0)
        {
            throw new ArgumentException($"there is no mutant '{plan.Name}' in tests/mutants");
        }

        var run = new MutantRun(checkout, hunt, plan);
        IReadOnlyList<MutantReport> reports = await run.RunAsync(mutants, report => Print(report, output, detailed: plan.Name is not null), cancellation);
        if (plan.Name is null)
        {
            await File.WriteAllTextAsync(checkout.PathOf(Page), MutantTable.Markdown(reports, plan.BaseSeeds, plan.MostSeeds), cancellation);
        }

        int passed = reports.Count(report => report.Passes);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{passed} of {reports.Count} mutants killed each time and named rightly"));
        return passed == reports.Count ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static void Print(MutantReport report, TextWriter output, bool detailed)
    {
        output.WriteLine(MutantTable.Line(report));
        foreach (Hunt hunt in report.Hunts.Where(hunt => detailed && hunt.Kill is not null))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"     seed {hunt.Kill!.Seed}: {hunt.Kill.Named?.ToString() ?? "none"}: {hunt.Kill.Evidence}"));
        }
    }
}
