using System.Diagnostics;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Hosting.Loops;

/// <summary>The machine's monotonic clock. All loops of a process share its start, so their readings can be compared.</summary>
public static class MonotonicClock
{
    private static readonly long Start = Stopwatch.GetTimestamp();

    public static MonotonicTime Read() => new(Stopwatch.GetElapsedTime(Start).Ticks / TimeSpan.TicksPerMicrosecond);
}
