using System.CommandLine;

namespace ActorPhysics.Cli.Mutants;

/// <summary>The part of the <c>simulate</c> command line that is about mutants.</summary>
internal sealed class MutantOptions
{
    private readonly Option<bool> _all = new("--mutants") { Description = "Hunt every bug of tests/mutants in a test build of its own, and write docs/MUTANTS.md." };
    private readonly Option<string?> _one = new("--mutant") { Description = "Hunt the mutants whose name holds this text, and tell what was found." };

    private readonly Option<int> _baseSeeds = new("--base-seeds")
    {
        Description = "From how many places in the seeds each mutant is hunted.",
        DefaultValueFactory = _ => 10,
    };

    private readonly Option<int?> _budget = new("--budget") { Description = "Try at most so many seeds from each place, also where the mutant's own budget is larger." };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _all, _one, _baseSeeds, _budget })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>What was asked for; null when the command line is not about mutants.</summary>
    /// <param name="threads">How many mutants at once.</param>
    public MutantPlan? PlanOf(ParseResult parsed, int threads)
    {
        string? name = parsed.GetValue(_one);
        return name is null && !parsed.GetValue(_all) ? null : new MutantPlan(name, parsed.GetValue(_baseSeeds), parsed.GetValue(_budget), threads);
    }
}
