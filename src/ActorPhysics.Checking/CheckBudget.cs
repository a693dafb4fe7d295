namespace ActorPhysics.Checking;

/// <summary>
/// Bounds on a check, in units that do not depend on the machine, so that the verdict is the same everywhere. What would exceed them is
/// undecided.
/// </summary>
/// <param name="MemoryBytes">Of what the checker makes: its own tables of the history, graphs, queues. An estimate from counts, the same on every
/// machine; what the operations that were handed in take is not counted.</param>
/// <param name="Steps">Configurations visited, or edges followed.</param>
public readonly record struct CheckBudget(long MemoryBytes, long Steps)
{
    public static CheckBudget Default { get; } = new(MemoryBytes: 2L << 30, Steps: long.MaxValue);
}
