namespace ActorPhysics.Simulation.Shrinking;

/// <summary>How much work shrinking may be.</summary>
/// <param name="MostRuns">Of the simulation, all told.</param>
/// <param name="SeedsPerCandidate">
/// A smaller plan is tried under its own seed and then under a few others: whatever is taken away shifts every later draw, so that the same
/// failure may be there still and only the dice have to fall anew.
/// </param>
public sealed record ShrinkBudget(int MostRuns = 400, int SeedsPerCandidate = 3)
{
    public static ShrinkBudget Default { get; } = new();
}
