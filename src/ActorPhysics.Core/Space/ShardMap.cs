using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.Space;

/// <summary>A range of a space's keys and the group whose history decides about them (seed §5.1.1).</summary>
public sealed record Shard(ShardId Id, KeyRange Range, GroupId Group)
{
    public override string ToString() => $"{Id} {Range} → {Group}";
}

/// <summary>A range whose keys belong to another group in one shard map than in another.</summary>
public readonly record struct OwnershipChange(KeyRange Range, GroupId From, GroupId To)
{
    public override string ToString() => $"{Range}: {From} → {To}";
}

/// <summary>
/// One version of the mapping from a space's keys to groups (seed §5.1.1). What exists covers every key exactly once; a change is a
/// next version or a refusal. Immutable; a group may own several shards.
/// </summary>
/// <remarks>
/// Invariant: the shards' ranges are in order, the first begins and the last ends unbounded, each begins where the one before it ends; ids
/// are unique and never above <see cref="LastShard"/>. Looking a key up takes time in the logarithm of the number of shards and allocates
/// nothing; everything else is linear.
/// </remarks>
public sealed class ShardMap
{
    /// <summary>More shards than this are refused: the map is state of one group and travels in one message.</summary>
    public const int MostShards = 1 << 20;

    private ShardMap(SpaceId space, ShardMapVersion version, ShardingKind kind, ImmutableArray<Shard> shards, ShardId lastShard) =>
        (Space, Version, Kind, Shards, LastShard) = (space, version, kind, shards, lastShard);

    public SpaceId Space { get; }

    public ShardMapVersion Version { get; }

    public ShardingKind Kind { get; }

    /// <summary>All shards in the order of their ranges.</summary>
    public ImmutableArray<Shard> Shards { get; }

    /// <summary>The highest id that a shard of this space ever had: a new shard's id is above it, so that no id is ever used again.</summary>
    public ShardId LastShard { get; }

    /// <summary>The map, or null with a reason when its parts are not one keyspace.</summary>
    public static ShardMap? TryCreate(
        SpaceId space, ShardMapVersion version, ShardingKind kind, ImmutableArray<Shard> shards, ShardId lastShard, out string? refusal)
    {
        shards = shards.IsDefault ? [] : shards;
        refusal = ShardMapRules.ComplaintAbout(space, version, kind, shards, lastShard);
        return refusal is null ? new ShardMap(space, version, kind, shards, lastShard) : null;
    }

    /// <summary>As <see cref="TryCreate"/>, for parts that the caller knows to fit.</summary>
    /// <exception cref="ArgumentException">They do not; the message says why.</exception>
    public static ShardMap Create(SpaceId space, ShardMapVersion version, ShardingKind kind, ImmutableArray<Shard> shards, ShardId lastShard) =>
        TryCreate(space, version, kind, shards, lastShard, out string? refusal) ?? throw new ArgumentException(refusal, nameof(shards));

    /// <summary>The founding map of a space sharded by hash: one shard for each of the groups, all ranges of one size but for rounding.</summary>
    /// <exception cref="ArgumentException">No groups, too many, or one that is no name.</exception>
    public static ShardMap Uniform(SpaceId space, params ReadOnlySpan<GroupId> groups)
    {
        var starts = ImmutableArray.CreateBuilder<KeyPoint>(Math.Max(0, groups.Length - 1));
        UInt128 points = UInt128.One << 64;
        for (int shard = 1; shard < groups.Length; shard++)
        {
            starts.Add(KeyPoint.At(new HashPoint((ulong)(points * (uint)shard / (uint)groups.Length))));
        }

        return Founding(space, ShardingKind.Hash, starts.ToImmutable(), groups);
    }

    /// <summary>The founding map whose shards begin at the given points, and before the first of them; shard i belongs to group i.</summary>
    /// <exception cref="ArgumentException">The points do not rise, or there is not one group more than points.</exception>
    public static ShardMap Founding(SpaceId space, ShardingKind kind, ImmutableArray<KeyPoint> starts, params ReadOnlySpan<GroupId> groups)
    {
        if (groups.Length != starts.Length + 1)
        {
            throw new ArgumentException($"{starts.Length + 1} shards for {groups.Length} groups", nameof(groups));
        }

        var shards = ImmutableArray.CreateBuilder<Shard>(groups.Length);
        for (int i = 0; i < groups.Length; i++)
        {
            KeyRange range = KeyRange.TryCreate(i == 0 ? null : starts[i - 1], i == starts.Length ? null : starts[i])
                ?? throw new ArgumentException($"nothing lies before {starts[Math.Min(i, starts.Length - 1)]}", nameof(starts));
            shards.Add(new Shard(new ShardId((ulong)i + 1), range, groups[i]));
        }

        return Create(space, ShardMapVersion.Founding, kind, shards.ToImmutable(), new ShardId((ulong)groups.Length));
    }

    /// <summary>The shard that a key belongs to: there is exactly one.</summary>
    public Shard Find(SpaceKey key) => Find(key.Bytes);

    /// <summary>As the other search, for a key that is still part of a message.</summary>
    public Shard Find(ReadOnlySpan<byte> key)
    {
        HashPoint hash = Kind == ShardingKind.Hash ? HashPoint.Of(key) : default;
        (int low, int high) = (0, Shards.Length - 1);
        while (low < high)
        {
            int middle = high - (high - low) / 2;
            KeyPoint from = Shards[middle].Range.From!.Value;
            bool beginsAfter = Kind == ShardingKind.Hash ? from.Hash > hash : from.Key.CompareTo(key) > 0;
            (low, high) = beginsAfter ? (low, middle - 1) : (middle, high);
        }

        return Shards[low];
    }

    /// <summary>The shard of this id, or null when the map has none.</summary>
    public Shard? Find(ShardId shard)
    {
        int index = IndexOf(shard);
        return index < 0 ? null : Shards[index];
    }

    /// <summary>Whether the group decides about the key in this version.</summary>
    public bool Owns(GroupId group, SpaceKey key) => Find(key).Group == group;

    /// <summary>
    /// The next version, in which the shard ends at <paramref name="at"/> and a new one begins there; or null with a reason.
    /// </summary>
    public ShardMap? TrySplit(ShardId shard, KeyPoint at, ShardId newShard, GroupId newGroup, out string? refusal)
    {
        int index = IndexOf(shard);
        (KeyRange Left, KeyRange Right)? halves = index < 0 ? null : Shards[index].Range.SplitAt(at);
        refusal = index < 0 ? Unknown(shard)
            : at.Kind != Kind ? $"{Space} is not sharded by {at.Kind.ToString().ToLowerInvariant()}"
            : halves is null ? $"{at} does not divide {Shards[index]}"
            : newShard <= LastShard ? $"{newShard} is not above {LastShard}: the id of a shard is used once"
            : newGroup == default ? "group 0 names no group"
            : Shards.Length >= MostShards ? $"{Space} has {MostShards} shards already"
            : null;
        if (refusal is not null)
        {
            return null;
        }

        ImmutableArray<Shard> shards = Shards
            .SetItem(index, Shards[index] with { Range = halves!.Value.Left })
            .Insert(index + 1, new Shard(newShard, halves.Value.Right, newGroup));
        return Next(shards, newShard);
    }

    /// <summary>The next version, in which the left shard's group has the right one's range too; or null with a reason.</summary>
    public ShardMap? TryMerge(ShardId left, ShardId right, out string? refusal)
    {
        (int first, int second) = (IndexOf(left), IndexOf(right));
        refusal = first < 0 ? Unknown(left)
            : second < 0 ? Unknown(right)
            : second != first + 1 ? $"{right} does not follow {left}"
            : null;
        if (refusal is not null)
        {
            return null;
        }

        KeyRange joined = Shards[first].Range.JoinedWith(Shards[second].Range);
        return Next(Shards.SetItem(first, Shards[first] with { Range = joined }).RemoveAt(second), LastShard);
    }

    /// <summary>The next version, in which the shard belongs to another group; or null with a reason.</summary>
    public ShardMap? TryMove(ShardId shard, GroupId group, out string? refusal)
    {
        int index = IndexOf(shard);
        refusal = index < 0 ? Unknown(shard)
            : group == default ? "group 0 names no group"
            : Shards[index].Group == group ? $"{shard} belongs to {group} already"
            : null;
        return refusal is null ? Next(Shards.SetItem(index, Shards[index] with { Group = group }), LastShard) : null;
    }

    /// <summary>
    /// Which ranges belong to another group in <paramref name="newer"/> than in <paramref name="older"/>, in order, neighbours of the same
    /// change as one. What is not named kept its owner, whatever became of its shard.
    /// </summary>
    /// <exception cref="ArgumentException">The maps are of different spaces or kinds.</exception>
    public static ImmutableArray<OwnershipChange> Difference(ShardMap older, ShardMap newer)
    {
        ArgumentNullException.ThrowIfNull(older);
        ArgumentNullException.ThrowIfNull(newer);
        if (older.Space != newer.Space || older.Kind != newer.Kind)
        {
            throw new ArgumentException($"{older} and {newer} are maps of different keyspaces", nameof(newer));
        }

        return ShardMapRules.Difference(older.Shards, newer.Shards);
    }

    public override string ToString() => $"{Space} {Version}: {Shards.Length} shards by {Kind.ToString().ToLowerInvariant()}";

    private ShardMap Next(ImmutableArray<Shard> shards, ShardId lastShard) => new(Space, Version.Next, Kind, shards, lastShard);

    private string Unknown(ShardId shard) => $"{Space} {Version} has no {shard}";

    private int IndexOf(ShardId shard)
    {
        for (int i = 0; i < Shards.Length; i++)
        {
            if (Shards[i].Id == shard)
            {
                return i;
            }
        }

        return -1;
    }
}
