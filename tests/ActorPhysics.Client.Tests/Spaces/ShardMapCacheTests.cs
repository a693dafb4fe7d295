using ActorPhysics.Client.Spaces;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Client.Tests.Spaces;

/// <summary>What a client believes about a space's keys.</summary>
[Trait("Pitfall", "45")]
public sealed class ShardMapCacheTests
{
    private static readonly GroupId A = new(1);
    private static readonly GroupId B = new(2);
    private static readonly GroupId C = new(3);
    private static readonly ShardMap First = ShardMap.Founding(new SpaceId(1), ShardingKind.Ordered, [At("m")], A, B);
    private static readonly ShardMap Second = First.TrySplit(new ShardId(2), At("t"), new ShardId(3), C, out _)!;

    [Fact]
    public void Nothing_is_believed_before_a_map_is_known()
    {
        var cache = new ShardMapCache();

        Assert.False(cache.TryTake(Went("t", C, 2)));
        Assert.Null(Find(cache, "a"));
        Assert.True(cache.IsBehind);
    }

    [Fact]
    public void Older_map_is_not_taken_nor_the_same_again()
    {
        var cache = new ShardMapCache();

        Assert.True(cache.TryTake(Second));
        Assert.False(cache.TryTake(First));
        Assert.False(cache.TryTake(Second));
        Assert.Equal(C, Find(cache, "x"));
        Assert.False(cache.IsBehind);
    }

    [Fact]
    public void Hint_newer_than_the_map_is_believed_until_the_map_has_it()
    {
        var cache = new ShardMapCache();
        cache.TryTake(First);

        Assert.True(cache.TryTake(Went("t", C, 2)));
        Assert.False(cache.TryTake(Went("t", C, 2)));
        Assert.Equal([B, C], [Find(cache, "n"), Find(cache, "x")]);
        Assert.True(cache.IsBehind);

        Assert.True(cache.TryTake(Second));
        Assert.False(cache.IsBehind);
        Assert.False(cache.TryTake(Went("t", A, 2)));
        Assert.Equal(C, Find(cache, "x"));
    }

    [Fact]
    public void Of_two_hints_about_a_key_the_newer_one_counts_in_whatever_order_they_came()
    {
        var cache = new ShardMapCache();
        cache.TryTake(First);

        cache.TryTake(Went("t", A, 5));
        cache.TryTake(Went("t", C, 2));

        Assert.Equal(A, Find(cache, "x"));
    }

    [Fact]
    public void Hint_that_fits_no_key_of_the_space_is_not_taken()
    {
        var cache = new ShardMapCache();
        cache.TryTake(First);

        Assert.False(cache.TryTake(new KeyWent(KeyRange.TryCreate(KeyPoint.At(new HashPoint(7)), null)!.Value, C, new ShardMapVersion(9))));
        Assert.False(cache.TryTake(Went("t", default, 9)));
    }

    [Fact]
    public void Hints_are_bounded_and_the_newest_are_kept()
    {
        var cache = new ShardMapCache();
        cache.TryTake(First);
        for (ulong version = 2; version < 2000; version++)
        {
            cache.TryTake(Went("t", new GroupId(version), version));
        }

        Assert.Equal(new GroupId(1999), Find(cache, "x"));
        Assert.Equal(ShardMapCache.MostHints, cache.HintCount);
    }

    [Fact]
    public void Space_that_was_made_again_under_its_name_replaces_the_former_one_with_all_its_versions()
    {
        var cache = new ShardMapCache();
        cache.TryTake(Second);
        cache.TryTake(Went("t", A, 9));
        var again = ShardMap.Founding(new SpaceId(2), ShardingKind.Ordered, [], C);

        Assert.True(cache.TryTake(again));
        Assert.False(cache.TryTake(Second));
        Assert.Equal(C, Find(cache, "x"));
        Assert.False(cache.IsBehind);
    }

    private static GroupId? Find(ShardMapCache cache, string key) => cache.Find(SpaceKey.OfText(key).Bytes);

    private static KeyWent Went(string from, GroupId to, ulong version) => new(KeyRange.TryCreate(At(from), null)!.Value, to, new ShardMapVersion(version));

    private static KeyPoint At(string key) => KeyPoint.At(SpaceKey.OfText(key));
}
