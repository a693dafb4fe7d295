namespace ActorPhysics.Client.Routing;

/// <summary>
/// Pauses that double up to a bound, each drawn at random from its upper half: clients that failed together do not come back together.
/// One thread at a time.
/// </summary>
internal sealed class Backoff(TimeSpan shortest, TimeSpan longest, Random random)
{
    private const int MostDoublings = 16;

    /// <summary>The pause before retry <paramref name="retry"/>, counted from 0.</summary>
    public TimeSpan Pause(int retry)
    {
        double whole = Math.Min(longest.TotalMilliseconds, shortest.TotalMilliseconds * (1 << Math.Min(retry, MostDoublings)));
        return TimeSpan.FromMilliseconds(whole * (0.5 + (random.NextDouble() / 2)));
    }

    /// <summary>The pause that a node advised, stretched by up to half at random.</summary>
    public TimeSpan Stretch(TimeSpan advised) => advised * (1 + (random.NextDouble() / 2));
}
