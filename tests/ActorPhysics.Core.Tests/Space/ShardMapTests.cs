using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;

namespace ActorPhysics.Core.Tests.Space;

[Trait("Seed", "5.1.1")]
public sealed class ShardMapTests
{
    private static readonly SpaceId Space = new(1);

    [Fact]
    public void A_uniform_map_gives_every_group_an_equal_part()
    {
        ShardMap map = ShardMap.Uniform(Space, Groups(4));

        Assert.Equal(ShardMapVersion.Founding, map.Version);
        Assert.Equal([0UL, 1UL << 62, 1UL << 63, 3UL << 62], map.Shards.Select(shard => shard.Range.From?.Hash.Value ?? 0));
        Assert.Equal([G(1), G(2), G(3), G(4)], map.Shards.Select(shard => shard.Group));
        Assert.Equal(new ShardId(4), map.LastShard);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1_000)]
    public void Ranges_of_a_uniform_map_differ_by_one_point_at_most(int shards)
    {
        ImmutableArray<Shard> ranges = ShardMap.Uniform(Space, Groups(shards)).Shards;
        UInt128[] sizes = [.. ranges.Select(shard => (shard.Range.To?.Hash.Value ?? UInt128.One << 64) - (shard.Range.From?.Hash.Value ?? 0))];

        Assert.True(sizes.Max() - sizes.Min() <= 1);
    }

    [Fact]
    public void A_key_is_found_by_its_hash_or_by_its_bytes()
    {
        ShardMap hashed = ShardMap.Uniform(Space, Groups(2));
        ShardMap ordered = Ordered("g", "p");

        // XXH64 of "a" begins with d, of "abc" with 4.
        Assert.True(hashed.Owns(G(2), SpaceKey.OfText("a")));
        Assert.True(hashed.Owns(G(1), SpaceKey.OfText("abc")));
        Assert.Equal(G(1), ordered.Find(default(SpaceKey)).Group);
        Assert.Equal(G(1), ordered.Find(SpaceKey.OfText("fz")).Group);
        Assert.Equal(G(2), ordered.Find(SpaceKey.OfText("g")).Group);
        Assert.Equal(G(3), ordered.Find("zebra"u8).Group);
        Assert.False(ordered.Owns(G(1), SpaceKey.OfText("g")));
    }

    [Fact]
    public void A_split_leaves_the_left_part_with_its_owner()
    {
        ShardMap map = Ordered("m");
        ShardMap split = map.TrySplit(new ShardId(2), Point("t"), new ShardId(9), G(5), out _)!;

        Assert.Equal(map.Version.Next, split.Version);
        Assert.Equal(new ShardId(9), split.LastShard);
        Assert.Equal("sh1 [first, 'm') → g1; sh2 ['m', 't') → g2; sh9 ['t', end) → g5", string.Join("; ", split.Shards));
        Assert.Equal(2, map.Shards.Length);
        Assert.Equal("['t', end): g2 → g5", string.Join("; ", ShardMap.Difference(map, split)));
    }

    [Theory]
    [InlineData(7, "t", 9, 5, "has no sh7")]
    [InlineData(2, "m", 9, 5, "does not divide")]
    [InlineData(2, "a", 9, 5, "does not divide")]
    [InlineData(1, "", 9, 5, "does not divide")]
    [InlineData(2, "t", 2, 5, "is used once")]
    [InlineData(2, "t", 9, 0, "group 0")]
    public void A_split_that_makes_no_sense_is_refused(ulong shard, string at, ulong newShard, ulong newGroup, string reason)
    {
        Assert.Null(Ordered("m").TrySplit(new ShardId(shard), Point(at), new ShardId(newShard), new GroupId(newGroup), out string? refusal));
        Assert.Contains(reason, refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hash_point_divides_no_ordered_space()
    {
        Assert.Null(Ordered("m").TrySplit(new ShardId(1), KeyPoint.At(new HashPoint(7)), new ShardId(9), G(5), out string? refusal));
        Assert.Contains("not sharded by hash", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void The_id_of_a_merged_shard_is_never_used_again()
    {
        ShardMap merged = Ordered("m").TryMerge(new ShardId(1), new ShardId(2), out _)!;

        Assert.Equal("sh1 [first, end) → g1", string.Join("; ", merged.Shards));
        Assert.Null(merged.TrySplit(new ShardId(1), Point("m"), new ShardId(2), G(2), out string? refusal));
        Assert.Contains("is used once", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 1)]
    [InlineData(2, 2)]
    [InlineData(4, 1)]
    [InlineData(3, 4)]
    public void Only_neighbours_merge_and_only_into_the_left(ulong left, ulong right)
    {
        Assert.Null(Ordered("g", "p").TryMerge(new ShardId(left), new ShardId(right), out string? refusal));
        Assert.NotNull(refusal);
    }

    [Fact]
    public void A_shard_moves_to_another_group_and_not_to_its_own()
    {
        ShardMap map = Ordered("g", "p");
        ShardMap moved = map.TryMove(new ShardId(2), G(8), out _)!;

        Assert.Equal("['g', 'p'): g2 → g8", string.Join("; ", ShardMap.Difference(map, moved)));
        Assert.Null(moved.TryMove(new ShardId(2), G(8), out string? refusal));
        Assert.Contains("already", refusal, StringComparison.Ordinal);
        Assert.Null(moved.TryMove(new ShardId(5), G(8), out _));
        Assert.Null(moved.TryMove(new ShardId(2), default, out _));
    }

    [Fact]
    public void A_difference_joins_neighbours_that_changed_alike()
    {
        ShardMap map = Ordered("g");
        ShardMap split = map.TrySplit(new ShardId(1), Point("c"), new ShardId(3), G(1), out _)!;
        ShardMap moved = split.TryMove(new ShardId(1), G(4), out _)!.TryMove(new ShardId(3), G(4), out _)!;

        Assert.Empty(ShardMap.Difference(map, split));
        Assert.Equal("[first, 'g'): g1 → g4", string.Join("; ", ShardMap.Difference(map, moved)));
        Assert.Throws<ArgumentException>(() => ShardMap.Difference(map, ShardMap.Uniform(Space, Groups(1))));
    }

    [Fact]
    public void Shards_that_leave_a_gap_or_overlap_make_no_map()
    {
        AssertRefused("belong to nobody or to two", Shard(1, null, "g"), Shard(2, "h", null));
        AssertRefused("belong to nobody or to two", Shard(1, null, "h"), Shard(2, "g", null));
        AssertRefused("belong to nobody or to two", Shard(1, null, null), Shard(2, null, null));
        AssertRefused("belong to nobody or to two", Shard(2, "g", null), Shard(1, null, "g"));
        AssertRefused("keys before", Shard(1, "a", null));
        AssertRefused("keys after", Shard(1, null, "g"));
        AssertRefused("no shards");
    }

    [Fact]
    public void Shards_without_names_of_their_own_make_no_map()
    {
        AssertRefused("sh1 is there twice", Shard(1, null, "g"), Shard(1, "g", null));
        AssertRefused("no id or no group", Shard(0, null, null));
        AssertRefused("no id or no group", new Shard(new ShardId(1), KeyRange.All, default));
        AssertRefused("said to be the last", Shard(1_000, null, null));
    }

    [Fact]
    public void A_map_of_no_space_no_version_or_no_kind_is_refused()
    {
        ImmutableArray<Shard> shards = [Shard(1, null, "g"), Shard(2, "g", null)];

        Assert.Null(ShardMap.TryCreate(default, ShardMapVersion.Founding, ShardingKind.Ordered, shards, new ShardId(2), out _));
        Assert.Null(ShardMap.TryCreate(Space, default, ShardingKind.Ordered, shards, new ShardId(2), out _));
        Assert.Null(ShardMap.TryCreate(Space, ShardMapVersion.Founding, ShardingKind.Hash, shards, new ShardId(2), out _));
        Assert.Null(ShardMap.TryCreate(Space, ShardMapVersion.Founding, (ShardingKind)7, shards, new ShardId(2), out _));
        Assert.NotNull(ShardMap.TryCreate(Space, ShardMapVersion.Founding, ShardingKind.Ordered, shards, new ShardId(2), out _));
    }

    private static GroupId G(ulong id) => new(id);

    private static GroupId[] Groups(int count) => [.. Enumerable.Range(1, count).Select(id => G((ulong)id))];

    private static KeyPoint Point(string key) => KeyPoint.At(SpaceKey.OfText(key));

    private static ShardMap Ordered(params string[] splits) =>
        ShardMap.Founding(Space, ShardingKind.Ordered, [.. splits.Select(Point)], Groups(splits.Length + 1));

    private static Shard Shard(ulong id, string? from, string? to) =>
        new(new ShardId(id), KeyRange.TryCreate(from is null ? null : Point(from), to is null ? null : Point(to))!.Value, G(1));

    private static void AssertRefused(string reason, params Shard[] shards)
    {
        Assert.Null(ShardMap.TryCreate(Space, ShardMapVersion.Founding, ShardingKind.Ordered, [.. shards], new ShardId(99), out string? refusal));
        Assert.Contains(reason, refusal, StringComparison.Ordinal);
    }
}
