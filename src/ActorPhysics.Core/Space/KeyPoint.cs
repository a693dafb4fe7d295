namespace ActorPhysics.Core.Space;

/// <summary>How a space lays its keys out.</summary>
public enum ShardingKind
{
    /// <summary>By the hash of the key: even load, no scans over neighbouring keys.</summary>
    Hash,

    /// <summary>By the key itself, byte by byte: neighbouring keys stay together.</summary>
    Ordered,
}

/// <summary>
/// A place in a space's layout: a <see cref="HashPoint"/> or a <see cref="SpaceKey"/>, as its <see cref="ShardingKind"/> says. Points of
/// different kinds never meet in one shard map. <c>default</c> is the first hash point.
/// </summary>
public readonly record struct KeyPoint : IComparable<KeyPoint>
{
    private KeyPoint(ShardingKind kind, HashPoint hash, SpaceKey key) => (Kind, Hash, Key) = (kind, hash, key);

    public ShardingKind Kind { get; }

    /// <summary>The point of a space sharded by hash; the first point otherwise.</summary>
    public HashPoint Hash { get; }

    /// <summary>The point of an ordered space; the empty key otherwise.</summary>
    public SpaceKey Key { get; }

    /// <summary>Whether nothing of its kind lies before it.</summary>
    public bool IsFirst => Hash == default && Key.IsEmpty;

    public static KeyPoint At(HashPoint hash) => new(ShardingKind.Hash, hash, default);

    public static KeyPoint At(SpaceKey key) => new(ShardingKind.Ordered, default, key);

    /// <summary>Where a key lies in a space of this kind.</summary>
    public static KeyPoint Of(ShardingKind kind, SpaceKey key) => kind == ShardingKind.Hash ? At(HashPoint.Of(key.Bytes)) : At(key);

    public int CompareTo(KeyPoint other)
    {
        int order = Kind.CompareTo(other.Kind);
        order = order != 0 ? order : Hash.CompareTo(other.Hash);
        return order != 0 ? order : Key.CompareTo(other.Key);
    }

    public static bool operator <(KeyPoint a, KeyPoint b) => a.CompareTo(b) < 0;
    public static bool operator >(KeyPoint a, KeyPoint b) => a.CompareTo(b) > 0;
    public static bool operator <=(KeyPoint a, KeyPoint b) => a.CompareTo(b) <= 0;
    public static bool operator >=(KeyPoint a, KeyPoint b) => a.CompareTo(b) >= 0;
    public override string ToString() => Kind == ShardingKind.Hash ? Hash.ToString() : Key.ToString();
}
