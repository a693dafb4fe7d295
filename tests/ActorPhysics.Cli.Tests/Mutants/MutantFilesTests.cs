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
        await Parallel.ForEachAsync(_checkout.Mutants(), async (mutant, cancellation) =>
        {
            try
            {
                await TestBuild.CompileOnlyAsync(_checkout, mutant, AppContext.BaseDirectory, cancellation);
            }
            catch (MutantException failure)
            {
                failures.Enqueue($"{mutant.Name}: {failure.Message}");
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
}
