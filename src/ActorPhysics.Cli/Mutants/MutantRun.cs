namespace ActorPhysics.Cli.Mutants;

/// <summary>Lets the simulator look for a mutant's bug: seeds from <paramref name="firstSeed"/> on, at most <paramref name="budgetSeeds"/>, until one shows a violation.</summary>
internal delegate Task<Hunt> HuntSeeds(TestBuild build, ulong firstSeed, int budgetSeeds, CancellationToken cancellation);

/// <summary>Builds mutants and has each hunted from several base seeds; those that live where no simulation reaches are given to their tests.</summary>
internal sealed class MutantRun(Checkout checkout, HuntSeeds hunt, MutantPlan plan)
{
    // Far enough apart that no two base seeds share a seed.
    private const ulong BaseSeedDistance = 1_000_000;

    private static readonly TimeSpan TestPatience = TimeSpan.FromMinutes(5);

    /// <param name="done">Called after each mutant, in the order of completion, from one thread at a time.</param>
    /// <returns>One report per mutant, in the order given.</returns>
    public async Task<IReadOnlyList<MutantReport>> RunAsync(IReadOnlyList<Mutant> mutants, Action<MutantReport> done, CancellationToken cancellation)
    {
        var reports = new MutantReport?[mutants.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = plan.Threads, CancellationToken = cancellation };
        await Parallel.ForAsync(0, mutants.Count, options, async (i, token) =>
        {
            MutantReport report = await RunAsync(mutants[i], token);
            lock (reports)
            {
                reports[i] = report;
                done(report);
            }
        });
        return [.. reports.Select(report => report!)];
    }

    private async Task<MutantReport> RunAsync(Mutant mutant, CancellationToken cancellation)
    {
        if (mutant.KilledBy is { } tests)
        {
            return new MutantReport(mutant, [await TestAsync(mutant, tests, cancellation)]);
        }

        using TestBuild build = await TestBuild.CreateAsync(checkout, mutant, AppContext.BaseDirectory, cancellation);
        int budget = Math.Min(mutant.BudgetSeeds, plan.MostSeeds ?? int.MaxValue);
        var hunts = new List<Hunt>(plan.BaseSeeds);
        for (ulong i = 0; i < (ulong)plan.BaseSeeds; i++)
        {
            hunts.Add(await hunt(build, (i * BaseSeedDistance) + 1, budget, cancellation));
        }

        return new MutantReport(mutant, hunts);
    }

    private async Task<Hunt> TestAsync(Mutant mutant, TestSelection tests, CancellationToken cancellation)
    {
        using TestBuild build = await TestBuild.CreateAsync(checkout, mutant, OutputOf(tests.Project), cancellation);
        ChildOutcome outcome = await ChildProcess.RunAsync(
            "vstest", [build.PathOf(tests.Project + ".dll"), "--TestCaseFilter:" + tests.Filter], TestPatience, cancellation);
        bool ran = outcome.Output.Contains("Passed!", StringComparison.Ordinal) || outcome.Output.Contains("Failed!", StringComparison.Ordinal)
            || outcome.ExitCode != 0 && outcome.Output.Contains("Failed", StringComparison.Ordinal);
        if (!ran)
        {
            throw new MutantException($"{mutant.Name}: the tests '{tests.Filter}' of {tests.Project} did not run: {outcome.Output} {outcome.Errors}");
        }

        return new Hunt(0, TimeSpan.Zero, outcome.ExitCode == 0 ? null : new Kill(0, mutant.Class, $"{tests.Project}: {tests.Filter}"));
    }

    /// <summary>Where a test project was built to: beside this command's own configuration if it was built so, else wherever it was built last.</summary>
    private string OutputOf(string project)
    {
        string binaries = checkout.PathOf($"tests/{project}/bin");
        return Directory.Exists(binaries) && Directory.EnumerateFiles(binaries, project + ".dll", SearchOption.AllDirectories)
            .OrderByDescending(File.GetLastWriteTimeUtc).FirstOrDefault() is { } built
            ? Path.GetDirectoryName(built)!
            : throw new MutantException($"{project} was never built");
    }
}
