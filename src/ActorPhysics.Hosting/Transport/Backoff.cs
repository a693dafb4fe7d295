using ActorPhysics.Actors.Ports;

namespace ActorPhysics.Hosting.Transport;

/// <summary>
/// Waits that double with each failure, up to a bound. Each is drawn between half of the current wait and all of it, so that nodes that
/// failed together do not come back together.
/// </summary>
internal sealed class Backoff(TimeSpan shortest, TimeSpan longest, IRandomSource random)
{
    /// <summary>How often the wait has doubled since the last success; it stops at the bound.</summary>
    private int _doublings;

    public TimeSpan Next()
    {
        long current = Math.Min(shortest.Ticks << _doublings, longest.Ticks);
        if (current < longest.Ticks)
        {
            _doublings++;
        }

        long half = current / 2;
        // The modulo's bias is far below what jitter needs.
        return TimeSpan.FromTicks(half + (long)(random.NextBits() % (ulong)(half + 1)));
    }

    public void Reset() => _doublings = 0;
}
