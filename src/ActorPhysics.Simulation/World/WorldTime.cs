using System.Globalization;

namespace ActorPhysics.Simulation.World;

/// <summary>The one true time of a simulated world, which no process in it can read. <c>default</c> is its beginning.</summary>
public readonly record struct WorldTime(long Microseconds) : IComparable<WorldTime>
{
    public static WorldTime Never => new(long.MaxValue);
    public TimeSpan SinceBeginning => TimeSpan.FromMicroseconds(Microseconds);
    public static WorldTime Max(WorldTime a, WorldTime b) => a.Microseconds >= b.Microseconds ? a : b;
    public static WorldTime operator +(WorldTime time, TimeSpan duration) => new(time.Microseconds + (long)duration.TotalMicroseconds);
    public static TimeSpan operator -(WorldTime a, WorldTime b) => TimeSpan.FromMicroseconds(a.Microseconds - b.Microseconds);
    public int CompareTo(WorldTime other) => Microseconds.CompareTo(other.Microseconds);
    public static bool operator <(WorldTime a, WorldTime b) => a.Microseconds < b.Microseconds;
    public static bool operator >(WorldTime a, WorldTime b) => a.Microseconds > b.Microseconds;
    public static bool operator <=(WorldTime a, WorldTime b) => a.Microseconds <= b.Microseconds;
    public static bool operator >=(WorldTime a, WorldTime b) => a.Microseconds >= b.Microseconds;
    public override string ToString() => (Microseconds / 1e6).ToString("0.000000", CultureInfo.InvariantCulture);
}
