namespace ActorPhysics.Core.Space;

/// <summary>Names a space: a keyspace with one specification. <c>default</c> is space 0, which no shard map may use.</summary>
public readonly record struct SpaceId(ulong Value) : IComparable<SpaceId>
{
    public int CompareTo(SpaceId other) => Value.CompareTo(other.Value);
    public override string ToString() => $"sp{Value}";
}

/// <summary>Names a shard of a space. It is never used again within its space. <c>default</c> is shard 0, which no shard map may use.</summary>
public readonly record struct ShardId(ulong Value) : IComparable<ShardId>
{
    public ShardId Next => new(checked(Value + 1));
    public int CompareTo(ShardId other) => Value.CompareTo(other.Value);
    public static bool operator <(ShardId a, ShardId b) => a.Value < b.Value;
    public static bool operator >(ShardId a, ShardId b) => a.Value > b.Value;
    public static bool operator <=(ShardId a, ShardId b) => a.Value <= b.Value;
    public static bool operator >=(ShardId a, ShardId b) => a.Value >= b.Value;
    public override string ToString() => $"sh{Value}";
}

/// <summary>
/// Counts the versions of one space's shard map; requests carry it, so that a group can tell a router that its map is old.
/// <c>default</c> precedes the founding map, which is 1.
/// </summary>
public readonly record struct ShardMapVersion(ulong Value) : IComparable<ShardMapVersion>
{
    public static ShardMapVersion Founding => new(1);
    public ShardMapVersion Next => new(checked(Value + 1));
    public int CompareTo(ShardMapVersion other) => Value.CompareTo(other.Value);
    public static bool operator <(ShardMapVersion a, ShardMapVersion b) => a.Value < b.Value;
    public static bool operator >(ShardMapVersion a, ShardMapVersion b) => a.Value > b.Value;
    public static bool operator <=(ShardMapVersion a, ShardMapVersion b) => a.Value <= b.Value;
    public static bool operator >=(ShardMapVersion a, ShardMapVersion b) => a.Value >= b.Value;
    public override string ToString() => $"sm{Value}";
}
