using System.Globalization;

namespace ActorPhysics.Core.Time;

/// <summary>
/// A wall-clock reading that a leader wrote into an entry, in milliseconds since 1970-01-01 UTC: the only clock that replicated state may
/// see, because every replica reads the same value from the same entry. It orders events of one log; it measures nothing between logs.
/// <c>default</c> precedes every reading.
/// </summary>
public readonly record struct LogTime(ulong UnixMilliseconds) : IComparable<LogTime>
{
    public static LogTime Max(LogTime a, LogTime b) => a.UnixMilliseconds >= b.UnixMilliseconds ? a : b;

    /// <summary>How much later this reading is than <paramref name="earlier"/>, in whole milliseconds; 0 when it is not later.</summary>
    public ulong MillisecondsSince(LogTime earlier) =>
        UnixMilliseconds > earlier.UnixMilliseconds ? UnixMilliseconds - earlier.UnixMilliseconds : 0;

    public int CompareTo(LogTime other) => UnixMilliseconds.CompareTo(other.UnixMilliseconds);
    public static bool operator <(LogTime a, LogTime b) => a.UnixMilliseconds < b.UnixMilliseconds;
    public static bool operator >(LogTime a, LogTime b) => a.UnixMilliseconds > b.UnixMilliseconds;
    public static bool operator <=(LogTime a, LogTime b) => a.UnixMilliseconds <= b.UnixMilliseconds;
    public static bool operator >=(LogTime a, LogTime b) => a.UnixMilliseconds >= b.UnixMilliseconds;
    public override string ToString() => $"{UnixMilliseconds.ToString(CultureInfo.InvariantCulture)} ms";
}
