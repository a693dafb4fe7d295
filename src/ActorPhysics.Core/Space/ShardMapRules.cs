using System.Collections.Immutable;

namespace ActorPhysics.Core.Space;

/// <summary>What makes shards one keyspace, and how two keyspaces differ.</summary>
internal static class ShardMapRules
{
    /// <summary>Why these parts are no shard map, or null.</summary>
    public static string? ComplaintAbout(SpaceId space, ShardMapVersion version, ShardingKind kind, ImmutableArray<Shard> shards, ShardId lastShard)
    {
        if (space == default)
        {
            return "space 0 names no space";
        }

        if (version < ShardMapVersion.Founding)
        {
            return $"{space} has shard map version 0, which precedes the founding map";
        }

        if (!Enum.IsDefined(kind))
        {
            return $"{space} is sharded in no known way";
        }

        return shards.Length switch
        {
            0 => $"{space} has no shards: its keys belong to nobody",
            > ShardMap.MostShards => $"{space} has {shards.Length} shards; a space has at most {ShardMap.MostShards}",
            _ => ComplaintAboutIds(shards, lastShard) ?? ComplaintAboutCover(kind, shards),
        };
    }

    public static ImmutableArray<OwnershipChange> Difference(ImmutableArray<Shard> older, ImmutableArray<Shard> newer)
    {
        var changes = ImmutableArray.CreateBuilder<OwnershipChange>();
        (int a, int b) = (0, 0);
        while (a < older.Length && b < newer.Length)
        {
            // Both sweeps stand at the same point, so the two shards share at least that one.
            if (older[a].Group != newer[b].Group)
            {
                Add(changes, new OwnershipChange(older[a].Range.Intersect(newer[b].Range)!.Value, older[a].Group, newer[b].Group));
            }

            int order = CompareEnds(older[a].Range.To, newer[b].Range.To);
            a += order <= 0 ? 1 : 0;
            b += order >= 0 ? 1 : 0;
        }

        return changes.ToImmutable();
    }

    private static void Add(ImmutableArray<OwnershipChange>.Builder changes, OwnershipChange change)
    {
        if (changes.Count > 0 && changes[^1] is var last && last.Range.IsFollowedBy(change.Range) && last.From == change.From && last.To == change.To)
        {
            changes[^1] = last with { Range = last.Range.JoinedWith(change.Range) };
            return;
        }

        changes.Add(change);
    }

    private static int CompareEnds(KeyPoint? a, KeyPoint? b) => (a, b) switch
    {
        (null, null) => 0,
        (null, _) => 1,
        (_, null) => -1,
        ({ } first, { } second) => first.CompareTo(second),
    };

    private static string? ComplaintAboutIds(ImmutableArray<Shard> shards, ShardId lastShard)
    {
        ShardId[] ids = new ShardId[shards.Length];
        for (int i = 0; i < shards.Length; i++)
        {
            Shard shard = shards[i];
            if (shard is null || shard.Id == default || shard.Group == default)
            {
                return "a shard has no id or no group";
            }

            ids[i] = shard.Id;
        }

        Array.Sort(ids);
        for (int i = 1; i < ids.Length; i++)
        {
            if (ids[i] == ids[i - 1])
            {
                return $"{ids[i]} is there twice";
            }
        }

        return ids[^1] > lastShard ? $"{ids[^1]} is above {lastShard}, which is said to be the last" : null;
    }

    private static string? ComplaintAboutCover(ShardingKind kind, ImmutableArray<Shard> shards)
    {
        for (int i = 0; i < shards.Length; i++)
        {
            if (!shards[i].Range.Fits(kind))
            {
                return $"{shards[i]} is no range of a space sharded by {kind.ToString().ToLowerInvariant()}";
            }

            if (i > 0 && !shards[i - 1].Range.IsFollowedBy(shards[i].Range))
            {
                return $"{shards[i - 1]} is not followed by {shards[i]}: a key would belong to nobody or to two";
            }
        }

        if (shards[0].Range.From is not null)
        {
            return $"the keys before {shards[0]} belong to nobody";
        }

        return shards[^1].Range.To is not null ? $"the keys after {shards[^1]} belong to nobody" : null;
    }
}
