namespace ActorPhysics.Cli.Mutants;

/// <summary>Runs the <c>explore</c> command of a test build in a process of its own: a search must find in small scopes what breaks there.</summary>
internal static class ExploreProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    /// <param name="arguments">The command line, the command first, without the mutant.</param>
    /// <returns>The exit code of the search.</returns>
    /// <exception cref="ArgumentException">There are no sources around this command, or no such mutant.</exception>
    public static async Task<int> RunAsync(string name, IEnumerable<string> arguments, TextWriter output, CancellationToken cancellation)
    {
        Checkout checkout = Checkout.Around(AppContext.BaseDirectory)
            ?? throw new ArgumentException("mutants are compiled from the sources: run the command out of its repository");
        Mutant mutant = checkout.Mutants().SingleOrDefault(mutant => mutant.Name == name) ?? throw new ArgumentException($"there is no mutant '{name}' in tests/mutants");
        using TestBuild build = await TestBuild.CreateAsync(checkout, mutant, AppContext.BaseDirectory, cancellation);
        ChildOutcome outcome = await ChildProcess.RunAsync(build.PathOf(SimulateProcess.Command), arguments, Patience, cancellation);
        await output.WriteAsync(outcome.Output + outcome.Errors);
        return outcome.ExitCode;
    }
}
