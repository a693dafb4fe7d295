namespace ActorPhysics.Core.Time;

/// <summary>
/// How far the rate of any member's monotonic clock may be from real time, in parts per million, in either direction. It is an
/// assumption that an operator states; leases are safe only as long as it holds. <c>default</c> says that clocks do not drift.
/// </summary>
/// <remarks>Gray and Cheriton, "Leases: an efficient fault-tolerant mechanism for distributed file cache consistency" (SOSP 1989), section 5.</remarks>
public readonly record struct ClockDriftBound(uint PartsPerMillion)
{
    private const long Million = 1_000_000;

    /// <summary>
    /// How long, on its own clock, a holder may rely on a promise that the promiser keeps for <paramref name="promise"/> on another
    /// clock: with both clocks wrong by the bound in opposite directions, <c>promise × (1 − ρ) / (1 + ρ)</c>, rounded down.
    /// A bound of one million or more leaves nothing.
    /// </summary>
    public TimeSpan Shorten(TimeSpan promise)
    {
        if (PartsPerMillion == 0)
        {
            return promise;
        }

        long kept = Math.Max(0, Million - PartsPerMillion);
        return new TimeSpan((long)((Int128)promise.Ticks * kept / (Million + PartsPerMillion)));
    }

    public override string ToString() => $"{PartsPerMillion} ppm";
}
