using ActorPhysics.Checking.Diagnosis;

namespace ActorPhysics.Cli.Mutants;

/// <summary>
/// One deliberate bug: which guard is taken out of the sources, and what somebody who sees only the consequences should say about it. The
/// shipped sources hold no switches; a mutant exists as text and is compiled into a test build when it is needed.
/// </summary>
/// <param name="Name">As the file is called.</param>
/// <param name="Origin">Where the bug was found, or the rule of the design that it breaks.</param>
/// <param name="Class">What the diagnosis must name.</param>
/// <param name="OtherClass">Admissible too, where the consequences alone cannot tell the two apart.</param>
/// <param name="BudgetSeeds">Within how many seeds the simulator must find it.</param>
/// <param name="Needs">The faults and features that expose it; a hint for readers and for tuning.</param>
/// <param name="KilledBy">The tests that find it, when it lives where the simulator does not reach; otherwise null.</param>
/// <param name="About">Which guard is gone and what goes wrong.</param>
internal sealed record Mutant(
    string Name,
    string Origin,
    FailureClass Class,
    FailureClass? OtherClass,
    int BudgetSeeds,
    string Needs,
    TestSelection? KilledBy,
    string About,
    IReadOnlyList<Hunk> Hunks)
{
    /// <summary>It shows where keys change their group: it is hunted among runs of sharded spaces.</summary>
    public bool InSpaces { get; init; }

    public bool Admits(FailureClass named) => named == Class || named == OtherClass;
}

/// <summary>One replacement.</summary>
/// <param name="File">From the root of the repository.</param>
/// <param name="Find">Occurs exactly once in the file.</param>
/// <param name="LineNumber">Of the hunk, in the mutant's file.</param>
internal sealed record Hunk(string File, string Find, string With, int LineNumber);

/// <summary>Tests of one project.</summary>
/// <param name="Project">The test project's name.</param>
/// <param name="Filter">As test runners take it.</param>
internal sealed record TestSelection(string Project, string Filter);

/// <summary>A mutant that cannot be read, applied or compiled: it has gone stale, or never was right.</summary>
internal sealed class MutantException(string message) : Exception(message);
