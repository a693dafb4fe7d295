namespace ActorPhysics.Protocol.Line.State;

/// <summary>
/// Steele, Lea and Flood's SplitMix64 (OOPSLA 2014): the stepper's only source of chance, part of its state and seeded by the host, so that
/// the same inputs always give the same effects.
/// </summary>
internal sealed class SplitMix64(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A duration drawn evenly between the two bounds.</summary>
    public TimeSpan Between(TimeSpan minimum, TimeSpan maximum)
    {
        ulong range = (ulong)Math.Max(1, (maximum - minimum).Ticks);
        return minimum + TimeSpan.FromTicks((long)(Next() % range));
    }

    public SplitMix64 Fork() => new(_state);
}
