using System.Globalization;

namespace ActorPhysics.Core.Time;

/// <summary>
/// A reading of a clock that never goes back: microseconds since an arbitrary start that is fixed for one process run. Readings of
/// different processes cannot be compared. <c>default</c> is that start. Pure code receives it with its inputs and never reads a clock.
/// </summary>
public readonly record struct MonotonicTime(long Microseconds) : IComparable<MonotonicTime>
{
    /// <summary>Later than every reading: the due time of what is never due.</summary>
    public static MonotonicTime Never => new(long.MaxValue);

    public static MonotonicTime Max(MonotonicTime a, MonotonicTime b) => a.Microseconds >= b.Microseconds ? a : b;
    public static MonotonicTime Min(MonotonicTime a, MonotonicTime b) => a.Microseconds <= b.Microseconds ? a : b;

    /// <summary>Rounds toward zero to whole microseconds; a sum past <see cref="Never"/> throws <see cref="OverflowException"/>.</summary>
    public static MonotonicTime operator +(MonotonicTime time, TimeSpan span) => new(checked(time.Microseconds + ToMicroseconds(span)));
    public static MonotonicTime operator -(MonotonicTime time, TimeSpan span) => new(checked(time.Microseconds - ToMicroseconds(span)));
    public static TimeSpan operator -(MonotonicTime later, MonotonicTime earlier) =>
        new(checked((later.Microseconds - earlier.Microseconds) * TimeSpan.TicksPerMicrosecond));

    public int CompareTo(MonotonicTime other) => Microseconds.CompareTo(other.Microseconds);
    public static bool operator <(MonotonicTime a, MonotonicTime b) => a.Microseconds < b.Microseconds;
    public static bool operator >(MonotonicTime a, MonotonicTime b) => a.Microseconds > b.Microseconds;
    public static bool operator <=(MonotonicTime a, MonotonicTime b) => a.Microseconds <= b.Microseconds;
    public static bool operator >=(MonotonicTime a, MonotonicTime b) => a.Microseconds >= b.Microseconds;
    public override string ToString() => $"{Microseconds.ToString(CultureInfo.InvariantCulture)} µs";

    private static long ToMicroseconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}
