using ActorPhysics.Checking.Models;

namespace ActorPhysics.Checking.Linearizability;

/// <summary>Bounds of a search and the means it may use.</summary>
public sealed record SearchOptions
{
    public static SearchOptions Default { get; } = new();

    /// <summary>Memory is for the whole search, steps for each part of the history that is searched by itself.</summary>
    public CheckBudget Budget { get; init; } = CheckBudget.Default;

    /// <summary>Asked now and then, perhaps by several threads; true ends the search as undecided.</summary>
    public Func<bool> IsCancelled { get; init; } = static () => false;

    public RunParts Parts { get; init; } = CheckParts.InOrder;

    /// <summary>How many parts <see cref="Parts"/> runs at once, at most: each may take its share of the memory.</summary>
    public int PartsAtOnce { get; init; } = 1;
}
