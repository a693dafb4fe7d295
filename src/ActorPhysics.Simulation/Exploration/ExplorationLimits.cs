namespace ActorPhysics.Simulation.Exploration;

/// <summary>What a search may cost. Results do not depend on the number of workers.</summary>
public sealed record ExplorationLimits
{
    /// <summary>For states and the table of what was visited; what replicas and messages cost comes on top and is small.</summary>
    public long MemoryBytes { get; init; } = 4L << 30;

    /// <summary>The search ends, unfinished, when it has found so many distinct states.</summary>
    public long MaximumStates { get; init; } = long.MaxValue;

    public int Workers { get; init; } = Math.Max(1, Environment.ProcessorCount);
}
