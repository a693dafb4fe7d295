using System.Collections.Immutable;
using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.Monitors;
using ActorPhysics.Simulation.Plans;

namespace ActorPhysics.Simulation.Runs;

/// <summary>What came of a run.</summary>
public sealed class SimulationResult
{
    public required SimulationPlan Plan { get; init; }

    /// <summary>Equal for equal plans and equal code, on every machine.</summary>
    public required ulong TraceHash { get; init; }

    /// <summary>What went wrong, and the failure class that it points to; null when nothing did.</summary>
    public required Diagnosis? Diagnosis { get; init; }
    public required TimeSpan SimulatedTime { get; init; }
    public required SimulationCounts Counts { get; init; }
    public required CoverageMarks Marks { get; init; }
    public required ClientHistory History { get; init; }

    /// <summary>What a check of the history could not decide, and why; null when everything was decided.</summary>
    public string? Undecided { get; init; }

    /// <summary>Everything was decided, and nothing was wrong.</summary>
    public bool IsClean => Diagnosis is null && Undecided is null;
}

/// <summary>How much happened.</summary>
/// <param name="FaultKinds">The kinds of faults that came to pass, with how often.</param>
public sealed record SimulationCounts(
    long Events, int MessagesSent, int MessagesDropped, int MessagesDuplicated, int Committed, int Elections, int Ok, int Failed, int Unknown, ImmutableSortedDictionary<string, int> FaultKinds);
