namespace ActorPhysics.Core.Time;

/// <summary>
/// A reading of one process's monotonic clock, in microseconds since an arbitrary start. It is given to steppers with their
/// inputs; readings of different processes, or of two runs of one process, are not comparable. <c>default</c> is the arbitrary start.
/// </summary>
/// <remarks>
/// Arithmetic saturates instead of overflowing: a deadline that is infinitely far away is <see cref="Never"/>, and whatever is
/// added to or taken from <see cref="Never"/> stays <see cref="Never"/>.
/// </remarks>
public readonly record struct MonotonicTime(long Microseconds) : IComparable<MonotonicTime>
{
    /// <summary>Later than every reading: the deadline of a timer that is not set.</summary>
    public static MonotonicTime Never => new(long.MaxValue);

    public bool IsNever => Microseconds == long.MaxValue;

    public static MonotonicTime FromMilliseconds(long milliseconds) => new(checked(milliseconds * 1_000));

    public static MonotonicTime Min(MonotonicTime a, MonotonicTime b) => a.Microseconds <= b.Microseconds ? a : b;

    public static MonotonicTime Max(MonotonicTime a, MonotonicTime b) => a.Microseconds >= b.Microseconds ? a : b;

    /// <summary>The time that passed from <paramref name="earlier"/> to this reading; zero when it is not earlier.</summary>
    public TimeSpan Since(MonotonicTime earlier) => this > earlier ? this - earlier : TimeSpan.Zero;

    /// <summary>Rounds down to whole microseconds, so that a promise is never taken for longer than it was given.</summary>
    public static MonotonicTime operator +(MonotonicTime time, TimeSpan duration) => time.Shifted(Floor(duration));

    public static MonotonicTime operator -(MonotonicTime time, TimeSpan duration) => time.Shifted(-Floor(duration));

    public static TimeSpan operator -(MonotonicTime later, MonotonicTime earlier)
    {
        Int128 ticks = ((Int128)later.Microseconds - earlier.Microseconds) * TimeSpan.TicksPerMicrosecond;
        return new TimeSpan((long)Int128.Clamp(ticks, long.MinValue, long.MaxValue));
    }

    /// <summary>The multiple of <paramref name="step"/> that is nearest to this reading; of two, the later one.</summary>
    public MonotonicTime Nearest(TimeSpan step)
    {
        long micros = Math.Max(1, Floor(step));
        long into = ((Microseconds % micros) + micros) % micros;
        return Shifted(into * 2 >= micros ? micros - into : -into);
    }

    public int CompareTo(MonotonicTime other) => Microseconds.CompareTo(other.Microseconds);
    public static bool operator <(MonotonicTime a, MonotonicTime b) => a.Microseconds < b.Microseconds;
    public static bool operator >(MonotonicTime a, MonotonicTime b) => a.Microseconds > b.Microseconds;
    public static bool operator <=(MonotonicTime a, MonotonicTime b) => a.Microseconds <= b.Microseconds;
    public static bool operator >=(MonotonicTime a, MonotonicTime b) => a.Microseconds >= b.Microseconds;

    public override string ToString() =>
        IsNever ? "never" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Microseconds / 1e6:0.000000}s");

    private static long Floor(TimeSpan duration) => (long)Math.Floor(duration.Ticks / (decimal)TimeSpan.TicksPerMicrosecond);

    private MonotonicTime Shifted(long byMicroseconds)
    {
        if (IsNever)
        {
            return this;
        }

        Int128 shifted = (Int128)Microseconds + byMicroseconds;
        return new MonotonicTime((long)Int128.Clamp(shifted, long.MinValue, long.MaxValue));
    }
}
