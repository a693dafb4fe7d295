using ActorPhysics.Checking.Diagnosis;

namespace ActorPhysics.Cli.Mutants;

/// <summary>What the simulator found in a test build, from one base seed on.</summary>
/// <param name="SeedsTried">The last of them showed the bug, if any did.</param>
/// <param name="SimulatedTime">Of all seeds tried, together.</param>
/// <param name="Kill">Null: the budget was spent and all seeds were clean.</param>
internal sealed record Hunt(int SeedsTried, TimeSpan SimulatedTime, Kill? Kill);

/// <summary>A violation.</summary>
/// <param name="Named">What the diagnosis called it; null when it could not tell.</param>
internal sealed record Kill(ulong Seed, FailureClass? Named, string Evidence);

/// <summary>How a mutant fared from several base seeds, so that no lucky seed makes the figure.</summary>
internal sealed record MutantReport(Mutant Mutant, IReadOnlyList<Hunt> Hunts)
{
    public int Killed => Hunts.Count(hunt => hunt.Kill is not null);

    /// <summary>Every hunt within the budget found it, and the right class was named each time.</summary>
    public bool Passes => Hunts.Count > 0 && Hunts.All(hunt => hunt.Kill is { } kill && (Mutant.KilledBy is not null || (kill.Named is { } named && Mutant.Admits(named))));

    public int MedianSeeds => Median(Hunts.Select(hunt => hunt.SeedsTried));

    public TimeSpan MedianSimulatedTime => Median(Hunts.Select(hunt => hunt.SimulatedTime));

    /// <summary>The classes that were named, each with how often, the most frequent first.</summary>
    public IReadOnlyList<(string Name, int Times)> Named =>
    [
        .. Hunts.Where(hunt => hunt.Kill is not null)
            .GroupBy(hunt => hunt.Kill!.Named?.ToString() ?? "none", StringComparer.Ordinal)
            .Select(group => (Name: group.Key, Times: group.Count()))
            .OrderByDescending(named => named.Times)
            .ThenBy(named => named.Name, StringComparer.Ordinal),
    ];

    // The lower of the two in the middle: a figure that was measured.
    private static T Median<T>(IEnumerable<T> values)
    {
        T[] sorted = [.. values.Order()];
        return sorted[(sorted.Length - 1) / 2];
    }
}
