using System.Collections.Immutable;
using ActorPhysics.Core;

namespace ActorPhysics.Simulation.Exploration;

/// <summary>How a search ended.</summary>
public enum ExplorationVerdict
{
    /// <summary>Every state of the scope was visited, and no invariant is broken in any.</summary>
    Exhausted,

    /// <summary>An invariant is broken.</summary>
    Violated,

    /// <summary>A limit was reached first; what was visited is clean.</summary>
    BoundReached,
}

/// <summary>How far a search has come.</summary>
/// <param name="Depth">How many actions lie between the beginning and the states that are being expanded.</param>
/// <param name="Frontier">How many states were found and not yet expanded.</param>
/// <param name="Distinct">How many states were found, those that differ by a renaming counted once.</param>
/// <param name="Transitions">How many ways from one state to another were followed.</param>
/// <param name="Duplicates">How many of those led to a state that was known.</param>
/// <param name="ReplicaStates">Of how many states of single replicas all those of the group are made: for each the shipped stepper ran.</param>
/// <param name="Messages">How many distinct messages were sent.</param>
/// <param name="Bytes">What states and table take.</param>
public sealed record ExplorationProgress(
    int Depth, long Frontier, long Distinct, long Transitions, long Duplicates, int ReplicaStates, int Messages, long Bytes);

/// <summary>What a search found.</summary>
/// <param name="Bound">Which limit was reached, when one was.</param>
/// <param name="Violation">The broken invariant, when one is.</param>
/// <param name="Trace">A shortest way to the violation; empty without one.</param>
public sealed record ExplorationReport(
    ExplorationScope Scope,
    ExplorationVerdict Verdict,
    ExplorationProgress Progress,
    string? Bound,
    InvariantViolationException? Violation,
    ImmutableArray<TraceStep> Trace);
