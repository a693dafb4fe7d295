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

    [Theory]
    [InlineData("b", "d", "d", "f", "b", "f")]
    [InlineData("d", "f", "b", "d", "b", "f")]
    [InlineData("d", null, null, "d", null, null)]
    public void Neighbours_join_whichever_comes_first(string? from, string? to, string? otherFrom, string? otherTo, string? joinedFrom, string? joinedTo) =>
        Assert.Equal(Range(joinedFrom, joinedTo), Range(from, to).TryJoin(Range(otherFrom, otherTo)));

    [Fact]
    public void What_overlaps_or_leaves_a_gap_does_not_join()
    {
        Assert.Null(Range("b", "d").TryJoin(Range("e", "f")));
        Assert.Null(Range("b", "d").TryJoin(Range("c", "f")));
        Assert.Null(Range("b", "d").TryJoin(Range("b", "d")));
        Assert.Null(KeyRange.All.TryJoin(KeyRange.All));
    }

    [Theory]
    [InlineData("b", "k", "b", "d", true, "d", "k")]
    [InlineData("b", "k", "d", "k", true, "b", "d")]
    [InlineData(null, null, "d", null, true, null, "d")]
    [InlineData("b", "k", "c", "d", false, null, null)]
    [InlineData("b", "k", "b", "z", false, null, null)]
    [InlineData("b", "k", "a", "k", false, null, null)]
    [InlineData("b", "k", "k", "z", false, null, null)]
    public void An_end_of_a_range_can_be_cut_off(string? from, string? to, string? partFrom, string? partTo, bool isEnd, string? restFrom, string? restTo)
    {
        Assert.Equal(isEnd, Range(from, to).TryCutOff(Range(partFrom, partTo), out KeyRange? rest));
        Assert.Equal(isEnd ? Range(restFrom, restTo) : null, rest);
    }

    [Fact]
    public void Without_all_of_it_nothing_remains()
    {
        Assert.True(Range("b", "k").TryCutOff(Range("b", "k"), out KeyRange? rest));
        Assert.Null(rest);
    }

    [Fact]
    public void Hashes_have_a_middle_unless_there_is_only_one()
    {
        Assert.Equal(new HashPoint(1UL << 63), KeyRange.All.MiddleOfHashes());
        Assert.Equal(new HashPoint(15), Hashes(10, 20).MiddleOfHashes());
        Assert.Equal(new HashPoint(ulong.MaxValue), Hashes(ulong.MaxValue - 1, null).MiddleOfHashes());
        Assert.Null(Hashes(10, 11).MiddleOfHashes());
        Assert.Null(Range("b", "d").MiddleOfHashes());

        static KeyRange Hashes(ulong from, ulong? to) =>
            KeyRange.TryCreate(KeyPoint.At(new HashPoint(from)), to is { } end ? KeyPoint.At(new HashPoint(end)) : null)!.Value;
    }

    [Fact]
    public void A_key_in_a_message_is_found_where_its_point_is()
    {
        var random = new Random(5);
        for (int i = 0; i < 2_000; i++)
        {
            byte[] key = new byte[random.Next(4)];
            random.NextBytes(key);
            ShardingKind kind = random.Next(2) == 0 ? ShardingKind.Hash : ShardingKind.Ordered;
            KeyRange? range = KeyRange.TryCreate(SomePoint(random, kind), SomePoint(random, kind));
            Assert.Equal(range?.Contains(KeyPoint.Of(kind, new SpaceKey([.. key]))), range?.Contains(kind, key));
        }

        static KeyPoint? SomePoint(Random random, ShardingKind kind)
        {
            byte[] key = new byte[random.Next(4)];
            random.NextBytes(key);
            return random.Next(4) == 0 ? null : KeyPoint.Of(kind, new SpaceKey([.. key]));
        }
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

    private static KeyRange Range(string? from, string? to) =>
        KeyRange.TryCreate(from is null ? null : Key(from), to is null ? null : Key(to))!.Value;
}
