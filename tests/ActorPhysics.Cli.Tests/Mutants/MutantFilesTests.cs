using System.Collections.Concurrent;
using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Cli.Mutants;

namespace ActorPhysics.Cli.Tests.Mutants;

/// <summary>Keeps the mutants of <c>tests/mutants</c> from going stale while the sources move on.</summary>
public sealed class MutantFilesTests
{
    private readonly Checkout _checkout = Checkout.Around(AppContext.BaseDirectory) ?? throw new InvalidOperationException("the tests run outside of a checkout");

    [Fact]
    public void Every_mutant_applies_exactly_once_per_hunk()
    {
        IReadOnlyList<Mutant> mutants = _checkout.Mutants();
        Assert.NotEmpty(mutants);
        Assert.All(mutants, mutant => Assert.NotEmpty(_checkout.Apply(mutant)));
    }

    [Fact]
    public async Task Every_mutant_compiles()
    {
        var failures = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(Batches(), async (batch, cancellation) =>
        {
            if (await CompileAsync(Together(batch), cancellation) is not null)
            {
                // Which one it is, if it is one.
                foreach (Mutant mutant in batch)
                {
                    if (await CompileAsync(mutant, cancellation) is { } failure)
                    {
                        failures.Enqueue($"{mutant.Name}: {failure}");
                    }
                }
            }
        });
        Assert.Empty(failures);
    }

    [Theory]
    [InlineData(FailureClass.PhantomCommit)]
    [InlineData(FailureClass.ResurrectedHistory)]
    [InlineData(FailureClass.SplitBrain)]
    [InlineData(FailureClass.ReadAnomaly)]
    [InlineData(FailureClass.DataLossOnRecovery)]
    [InlineData(FailureClass.TrimCliff)]
    [InlineData(FailureClass.NoProgress)]
    [Trait("Seed", "7.2")]
    public void Each_failure_class_has_at_least_two_mutants(FailureClass failure) =>
        Assert.True(_checkout.Mutants().Count(mutant => mutant.Class == failure) >= 2);

    /// <summary>Mutants that touch no file in common compile together; one by one they take a minute for a dozen.</summary>
    private List<List<Mutant>> Batches()
    {
        var batches = new List<List<Mutant>>();
        foreach (Mutant mutant in _checkout.Mutants())
        {
            if (batches.Find(batch => !FilesOf(batch).Overlaps(FilesOf([mutant]))) is { } roomy)
            {
                roomy.Add(mutant);
            }
            else
            {
                batches.Add([mutant]);
            }
        }

        return batches;
    }

    private static HashSet<string> FilesOf(IEnumerable<Mutant> mutants) => [.. mutants.SelectMany(mutant => mutant.Hunks, (_, hunk) => hunk.File)];

    private static Mutant Together(List<Mutant> batch) => batch[0] with { Hunks = [.. batch.SelectMany(mutant => mutant.Hunks)] };

    private async Task<string?> CompileAsync(Mutant mutant, CancellationToken cancellation)
    {
        try
        {
            await TestBuild.CompileOnlyAsync(_checkout, mutant, AppContext.BaseDirectory, cancellation);
            return null;
        }
        catch (MutantException failure)
        {
            return failure.Message;
        }
    }
}
