using System.Collections.Immutable;
using System.Globalization;
using ActorPhysics.Simulation.Runs;

namespace ActorPhysics.Simulation.TestKit;

/// <summary>How much was tried, all seeds together, without finding anything wrong.</summary>
/// <param name="FaultKinds">The kinds of faults that came to pass, with how often.</param>
public sealed record SimulationSummary(
    int Seeds, TimeSpan SimulatedTime, long Answered, long Unknown, long Committed, long Elections, ImmutableSortedDictionary<string, int> FaultKinds)
{
    internal static SimulationSummary Nothing { get; } = new(0, TimeSpan.Zero, 0, 0, 0, 0, ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal));

    internal SimulationSummary With(SimulationResult result) => new(
        Seeds + 1,
        SimulatedTime + result.SimulatedTime,
        Answered + result.Counts.Ok,
        Unknown + result.Counts.Unknown,
        Committed + result.Counts.Committed,
        Elections + result.Counts.Elections,
        FaultKinds.SetItems(result.Counts.FaultKinds.Select(kind => KeyValuePair.Create(kind.Key, kind.Value + FaultKinds.GetValueOrDefault(kind.Key)))));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Seeds} seeds, {SimulatedTime.TotalMinutes:0.0} simulated minutes, {Answered} operations answered, {Unknown} with unknown outcome, {Elections} elections, {FaultKinds.Values.Sum()} faults of {FaultKinds.Count} kinds");
}
