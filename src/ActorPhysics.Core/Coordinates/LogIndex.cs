namespace ActorPhysics.Core.Coordinates;

/// <summary>
/// A position in a group's log. The first entry is 1; it is group-wide and never resets with an epoch (ruling on seed §2.4).
/// <c>default</c> is 0, the position before the first entry, at which every log agrees.
/// </summary>
public readonly record struct LogIndex(ulong Value) : IComparable<LogIndex>
{
    /// <summary>The position before the first entry.</summary>
    public static LogIndex Zero => default;
    public LogIndex Next => new(checked(Value + 1));
    /// <summary>The position before this one; <see cref="Zero"/> has none and throws <see cref="OverflowException"/>.</summary>
    public LogIndex Previous => new(checked(Value - 1));
    public static LogIndex Min(LogIndex a, LogIndex b) => a.Value <= b.Value ? a : b;
    public static LogIndex Max(LogIndex a, LogIndex b) => a.Value >= b.Value ? a : b;
    public LogIndex Plus(ulong entries) => new(checked(Value + entries));
    /// <summary>How many entries lie after <paramref name="earlier"/> up to and including this one; 0 when this one is not later.</summary>
    public ulong DistanceFrom(LogIndex earlier) => Value > earlier.Value ? Value - earlier.Value : 0;
    public int CompareTo(LogIndex other) => Value.CompareTo(other.Value);
    public static bool operator <(LogIndex a, LogIndex b) => a.Value < b.Value;
    public static bool operator >(LogIndex a, LogIndex b) => a.Value > b.Value;
    public static bool operator <=(LogIndex a, LogIndex b) => a.Value <= b.Value;
    public static bool operator >=(LogIndex a, LogIndex b) => a.Value >= b.Value;
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>
/// An entry's identity inside its group: the epoch whose leader appended it and its index. Two logs that hold the same position
/// agree on everything below it (Log Matching). Ordered by epoch, then index: the comparison that elections use for log tails.
/// <c>default</c> is the empty log's tail.
/// </summary>
public readonly record struct LogPosition(LeaderEpoch Epoch, LogIndex Index) : IComparable<LogPosition>
{
    public int CompareTo(LogPosition other)
    {
        int byEpoch = Epoch.CompareTo(other.Epoch);
        return byEpoch != 0 ? byEpoch : Index.CompareTo(other.Index);
    }

    public static bool operator <(LogPosition a, LogPosition b) => a.CompareTo(b) < 0;
    public static bool operator >(LogPosition a, LogPosition b) => a.CompareTo(b) > 0;
    public static bool operator <=(LogPosition a, LogPosition b) => a.CompareTo(b) <= 0;
    public static bool operator >=(LogPosition a, LogPosition b) => a.CompareTo(b) >= 0;
    public override string ToString() => $"({Epoch.Value}, {Index.Value})";
}

/// <summary>The full coordinate of a history entry (seed §2.4), ordered by configuration epoch, leader epoch, index; groups compare first.</summary>
public readonly record struct Coordinate(GroupId Group, ConfigEpoch ConfigEpoch, LeaderEpoch LeaderEpoch, LogIndex Index) : IComparable<Coordinate>
{
    public LogPosition Position => new(LeaderEpoch, Index);

    public int CompareTo(Coordinate other)
    {
        int order = Group.CompareTo(other.Group);
        order = order != 0 ? order : ConfigEpoch.CompareTo(other.ConfigEpoch);
        order = order != 0 ? order : LeaderEpoch.CompareTo(other.LeaderEpoch);
        return order != 0 ? order : Index.CompareTo(other.Index);
    }

    public static bool operator <(Coordinate a, Coordinate b) => a.CompareTo(b) < 0;
    public static bool operator >(Coordinate a, Coordinate b) => a.CompareTo(b) > 0;
    public static bool operator <=(Coordinate a, Coordinate b) => a.CompareTo(b) <= 0;
    public static bool operator >=(Coordinate a, Coordinate b) => a.CompareTo(b) >= 0;
    public override string ToString() => $"({Group}, ce {ConfigEpoch.Value}, le {LeaderEpoch.Value}, idx {Index.Value})";
}
