using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using FsCheck;
using FsCheck.Fluent;

namespace ActorPhysics.Core.Tests.Space;

/// <summary>Whatever is done to a shard map, every key belongs to exactly one group.</summary>
[Trait("Seed", "5.1.1")]
[Trait("Pitfall", "46")]
public sealed class ShardMapPropertyTests
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(400);

    /// <summary>Few bytes and short keys, so that splits meet the keys that are asked for.</summary>
    private static readonly Gen<SpaceKey> Keys =
        Gen.Elements<byte>(0, 1, 0x7f, 0x80, 0xff).ArrayOf().Resize(4).Select(bytes => new SpaceKey([.. bytes]));

    private static readonly Gen<Change> Changes =
        from kind in Gen.Choose(0, 3)
        from shard in Gen.Choose(0, 1_000)
        from at in Keys
        from hash in Gen.Choose(0, 255)
        from @group in Gen.Choose(1, 5)
        select new Change(kind, shard, at, (ulong)hash << 56, new GroupId((ulong)@group));

    private static readonly Gen<(ShardingKind Kind, Change[] Changes, SpaceKey[] Probes)> Histories =
        from kind in Gen.Elements(ShardingKind.Hash, ShardingKind.Ordered)
        from changes in Changes.ArrayOf().Resize(30)
        from probes in Keys.ArrayOf(20)
        select (kind, changes, probes);

    [Fact]
    public void Any_sequence_of_splits_merges_and_moves_covers_every_key_exactly_once() => Check((maps, probes) =>
        maps.All(map => probes.All(key => Scan(map, key).Count == 1) && Rebuilds(map)));

    [Fact]
    public void The_binary_search_finds_what_a_scan_finds() => Check((maps, probes) =>
        maps.All(map => probes.All(key => map.Find(key) == Scan(map, key)[0])
            && map.Shards.All(shard => shard.Range.From is not { Kind: ShardingKind.Ordered } from || map.Find(from.Key) == shard)));

    [Fact]
    public void A_difference_names_exactly_the_keys_whose_owner_changed() => Check((maps, probes) =>
    {
        ShardMap older = maps[0];
        ShardMap newer = maps[^1];
        var difference = ShardMap.Difference(older, newer);
        bool inOrder = difference.Zip(difference.Skip(1)).All(pair =>
            pair.First.Range.To <= pair.Second.Range.From
            && !(pair.First.Range.IsFollowedBy(pair.Second.Range) && pair.First.From == pair.Second.From && pair.First.To == pair.Second.To));
        return inOrder && probes.All(key =>
        {
            OwnershipChange[] named = [.. difference.Where(change => change.Range.Contains(KeyPoint.Of(older.Kind, key)))];
            (GroupId before, GroupId after) = (older.Find(key).Group, newer.Find(key).Group);
            return before == after ? named.Length == 0 : named.Length == 1 && named[0].From == before && named[0].To == after;
        });
    });

    [Fact]
    public void A_change_concerns_the_keys_of_its_shards_alone() => Check((maps, probes) =>
        maps.Zip(maps.Skip(1)).All(step => step.Second.Version == step.First.Version.Next && ShardMap.Difference(step.First, step.Second).Length <= 1));

    private static List<Shard> Scan(ShardMap map, SpaceKey key) => [.. map.Shards.Where(shard => shard.Range.Contains(KeyPoint.Of(map.Kind, key)))];

    /// <summary>What the changes made would also be accepted from outside.</summary>
    private static bool Rebuilds(ShardMap map) => ShardMap.TryCreate(map.Space, map.Version, map.Kind, map.Shards, map.LastShard, out _) is not null;

    private static void Check(Func<IReadOnlyList<ShardMap>, SpaceKey[], bool> holds) => Prop.ForAll(Histories.ToArbitrary(), history =>
    {
        ShardMap map = history.Kind == ShardingKind.Hash
            ? ShardMap.Uniform(new SpaceId(1), new GroupId(1), new GroupId(2), new GroupId(3))
            : ShardMap.Founding(new SpaceId(1), ShardingKind.Ordered, [], new GroupId(1));
        List<ShardMap> maps = [map];
        foreach (Change change in history.Changes)
        {
            if (change.ApplyTo(maps[^1]) is { } next)
            {
                maps.Add(next);
            }
        }

        return holds(maps, history.Probes);
    }).Check(Thorough);

    private sealed record Change(int Kind, int Shard, SpaceKey At, ulong Hash, GroupId Group)
    {
        public ShardMap? ApplyTo(ShardMap map)
        {
            int index = Shard % map.Shards.Length;
            ShardId shard = map.Shards[index].Id;
            KeyPoint at = map.Kind == ShardingKind.Hash ? KeyPoint.At(new HashPoint(Hash)) : KeyPoint.At(At);
            ShardMap? next = Kind switch
            {
                0 => map.TryMerge(shard, map.Shards[(index + 1) % map.Shards.Length].Id, out _),
                1 => map.TryMove(shard, Group, out _),
                // Aimed at the shard that the point lies in, so that most splits are accepted.
                _ => map.TrySplit(map.Shards.First(candidate => candidate.Range.Contains(at)).Id, at, map.LastShard.Next, Group, out _),
            };
            return next;
        }
    }
}
