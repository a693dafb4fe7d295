namespace ActorPhysics.Core.Coordinates;

/// <summary>The membership version of a group (seed §5.1.2). <c>default</c> precedes the founding configuration, which is 1.</summary>
public readonly record struct ConfigEpoch(ulong Value) : IComparable<ConfigEpoch>
{
    public static ConfigEpoch Founding => new(1);
    public ConfigEpoch Next => new(checked(Value + 1));
    public int CompareTo(ConfigEpoch other) => Value.CompareTo(other.Value);
    public static bool operator <(ConfigEpoch a, ConfigEpoch b) => a.Value < b.Value;
    public static bool operator >(ConfigEpoch a, ConfigEpoch b) => a.Value > b.Value;
    public static bool operator <=(ConfigEpoch a, ConfigEpoch b) => a.Value <= b.Value;
    public static bool operator >=(ConfigEpoch a, ConfigEpoch b) => a.Value >= b.Value;
    public override string ToString() => $"ce{Value}";
}

/// <summary>The leadership era of a group: term, view, ballot (seed §4.2). <c>default</c> is the era before any election; nobody leads it.</summary>
public readonly record struct LeaderEpoch(ulong Value) : IComparable<LeaderEpoch>
{
    public static LeaderEpoch None => default;
    public LeaderEpoch Next => new(checked(Value + 1));
    public int CompareTo(LeaderEpoch other) => Value.CompareTo(other.Value);
    public static bool operator <(LeaderEpoch a, LeaderEpoch b) => a.Value < b.Value;
    public static bool operator >(LeaderEpoch a, LeaderEpoch b) => a.Value > b.Value;
    public static bool operator <=(LeaderEpoch a, LeaderEpoch b) => a.Value <= b.Value;
    public static bool operator >=(LeaderEpoch a, LeaderEpoch b) => a.Value >= b.Value;
    public override string ToString() => $"le{Value}";
}
