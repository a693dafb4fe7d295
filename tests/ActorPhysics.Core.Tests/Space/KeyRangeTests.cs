using ActorPhysics.Core.Space;

namespace ActorPhysics.Core.Tests.Space;

[Trait("Seed", "5.1.1")]
public sealed class KeyRangeTests
{
    [Fact]
    public void Keys_are_ordered_by_unsigned_bytes_and_a_prefix_comes_first()
    {
        SpaceKey[] ascending = [default, new([0]), new([0, 0]), new([0x7f]), new([0x80]), new([0xff]), new([0xff, 0])];
        for (int i = 1; i < ascending.Length; i++)
        {
            Assert.True(ascending[i - 1] < ascending[i] && ascending[i] > ascending[i - 1] && ascending[i - 1] != ascending[i]);
        }

        Assert.True(new SpaceKey([1, 2]) == new SpaceKey([1, 2]));
        Assert.Equal(new SpaceKey([1, 2]).GetHashCode(), new SpaceKey([1, 2]).GetHashCode());
        Assert.Equal(default, new SpaceKey([]));
    }

    [Fact]
    public void Text_keys_order_like_their_code_points()
    {
        Assert.True(SpaceKey.OfText("Z") < SpaceKey.OfText("a"));
        Assert.True(SpaceKey.OfText("z") < SpaceKey.OfText("ä"));
        Assert.Equal("'order-7'", SpaceKey.OfText("order-7").ToString());
        Assert.Equal("0x00ff", new SpaceKey([0, 0xff]).ToString());
    }

    [Fact]
    public void A_range_contains_its_beginning_and_not_its_end()
    {
        KeyRange range = Range("b", "d");

        Assert.False(range.Contains(Key("a")));
        Assert.True(range.Contains(Key("b")));
        Assert.True(range.Contains(Key("czzz")));
        Assert.False(range.Contains(Key("d")));
    }

    [Fact]
    public void The_whole_keyspace_contains_the_first_and_the_last_point()
    {
        Assert.True(KeyRange.All.Contains(KeyPoint.At(default(HashPoint))));
        Assert.True(KeyRange.All.Contains(KeyPoint.At(new HashPoint(ulong.MaxValue))));
        Assert.True(KeyRange.All.Contains(KeyPoint.At(default(SpaceKey))));
    }

    [Fact]
    public void There_is_no_empty_range_and_none_between_points_of_different_kinds()
    {
        Assert.Null(KeyRange.TryCreate(Key("b"), Key("b")));
        Assert.Null(KeyRange.TryCreate(Key("c"), Key("b")));
        Assert.Null(KeyRange.TryCreate(null, KeyPoint.At(default(SpaceKey))));
        Assert.Null(KeyRange.TryCreate(KeyPoint.At(new HashPoint(1)), Key("b")));
    }

    [Fact]
    public void A_range_from_the_first_point_equals_one_without_a_beginning()
    {
        Assert.Equal(KeyRange.TryCreate(null, Key("b")), KeyRange.TryCreate(KeyPoint.At(default(SpaceKey)), Key("b")));
        Assert.Equal(KeyRange.All, KeyRange.TryCreate(KeyPoint.At(default(HashPoint)), null));
    }

    [Fact]
    public void Ranges_share_what_lies_in_both()
    {
        Assert.Equal(Range("b", "c"), Range("a", "c").Intersect(Range("b", "d")));
        Assert.Equal(Range("b", "c"), KeyRange.All.Intersect(Range("b", "c")));
        Assert.Null(Range("a", "b").Intersect(Range("b", "c")));
    }

    private static KeyPoint Key(string text) => KeyPoint.At(SpaceKey.OfText(text));

    private static KeyRange Range(string from, string to) => KeyRange.TryCreate(Key(from), Key(to))!.Value;
}
