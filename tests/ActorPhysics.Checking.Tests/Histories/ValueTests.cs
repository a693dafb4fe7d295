using ActorPhysics.Checking.Histories;

namespace ActorPhysics.Checking.Tests.Histories;

public sealed class ValueTests
{
    /// <summary>In ascending order.</summary>
    private static readonly Value[] Various =
    [
        Value.Nil,
        Value.Of(false),
        Value.Of(true),
        Value.Of(-1),
        Value.Of(0),
        Value.Of(1),
        Value.Of(""),
        Value.Of("1"),
        Value.Of("nil"),
        Value.List(),
        Value.List(Value.Nil),
        Value.List(Value.Of(0)),
        Value.List(Value.Of(0), Value.Nil),
        Value.Map(),
        Value.Map(new KeyValuePair<Value, Value>(Value.Of(0), Value.Nil)),
        Value.Map(new KeyValuePair<Value, Value>(Value.Of(1), Value.Nil)),
    ];

    [Fact]
    public void Values_are_equal_and_ordered_by_content()
    {
        for (int i = 0; i < Various.Length; i++)
        {
            for (int j = 0; j < Various.Length; j++)
            {
                Assert.Equal(i == j, Various[i] == Various[j]);
                Assert.Equal(Math.Sign(i.CompareTo(j)), Math.Sign(Various[i].CompareTo(Various[j])));
            }
        }

        Assert.Equal(Various.Length, Various.Select(value => value.GetHashCode()).Distinct().Count());
        Assert.Equal(Various.Length, Various.Select(value => value.ToString()).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void A_map_is_ordered_by_its_keys_and_finds_them()
    {
        Value map = Value.Map(new(Value.Of("b"), Value.Of(1)), new(Value.Of("a"), Value.Of(2)), new(Value.Of("b"), Value.Of(3)));

        Assert.Equal("{a 2, b 3}", map.ToString());
        Assert.Equal(Value.Of(3), map.Find(Value.Of("b")));
        Assert.Null(map.Find(Value.Of("c")));
    }
}
