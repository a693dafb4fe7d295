namespace ActorPhysics.Actors.Ports;

/// <summary>
/// Where random bits come from: an operating system's generator, or one seed for a whole simulated run. Not for secrets.
/// An implementation is used from one loop only.
/// </summary>
public interface IRandomSource
{
    /// <summary>64 independent, uniformly distributed bits.</summary>
    ulong NextBits();
}
