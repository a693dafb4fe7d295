using System.Text;
using ActorPhysics.Core.Specifications;

namespace ActorPhysics.Core.Tests.Specifications;

[Trait("Seed", "1.1")]
public sealed class SpecificationTests
{
    [Fact]
    public void A_register_returns_what_was_written_last()
    {
        RegisterSpecification register = RegisterSpecification.Instance;
        RegisterSpecification.State state = register.Initial;
        Assert.Null(register.Apply(state, new RegisterSpecification.Read()).Result.Value);
        state = register.Apply(state, new RegisterSpecification.Write("a")).State;
        Assert.Equal("a", register.Apply(state, new RegisterSpecification.Read()).Result.Value);
        Assert.True(register.IsReadOnly(new RegisterSpecification.Read()));
        Assert.False(register.IsReadOnly(new RegisterSpecification.Write("a")));
        Assert.Null(register.PartOf(new RegisterSpecification.Read()));
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData(null, "a", false)]
    [InlineData("a", "a", true)]
    [InlineData("a", "b", false)]
    [InlineData("a", null, false)]
    public void A_compare_and_set_takes_effect_only_on_what_it_expects(string? value, string? expected, bool takesEffect)
    {
        CasRegisterSpecification register = CasRegisterSpecification.Instance;
        var state = new CasRegisterSpecification.State(value);
        (CasRegisterSpecification.State next, CasRegisterSpecification.Result result) = register.Apply(state, new CasRegisterSpecification.CompareAndSet(expected, "new"));
        Assert.Equal(takesEffect ? "new" : value, next.Value);
        Assert.Equal(new CasRegisterSpecification.Result(takesEffect, takesEffect ? null : value), result);
    }

    [Fact]
    public void States_of_a_map_are_equal_by_content_whatever_their_past()
    {
        KeyValueState one = KeyValueState.Empty.With("a", "1").With("b", "2");
        KeyValueState two = KeyValueState.Empty.With("b", "x").With("c", "3").With("a", "1").With("b", "2").Without("c");
        Assert.Equal(one, two);
        Assert.Equal(one.GetHashCode(), two.GetHashCode());
        Assert.NotEqual(one, two.With("a", "2"));
        Assert.NotEqual(one, KeyValueState.Empty.With("a", "2").With("b", "1"));
        Assert.Equal(KeyValueState.Empty, one.Without("a").Without("b"));
        Assert.Same(one, one.Without("absent"));
    }

    [Fact]
    public void The_specifications_never_change_a_state_that_a_checker_still_holds()
    {
        KeyValueState before = KeyValueState.Empty.With("a", "1");
        KeyValueSpecification.Instance.Apply(before, new KeyValueSpecification.Put("a", "2"));
        KeyValueSpecification.Instance.Apply(before, new KeyValueSpecification.Delete("a"));
        Assert.Equal(KeyValueState.Empty.With("a", "1"), before);
    }

    [Fact]
    public void A_map_answers_each_operation_as_its_state_demands()
    {
        KeyValueSpecification map = KeyValueSpecification.Instance;
        KeyValueState state = KeyValueState.Empty.With("a", "1");
        string Told(KeyValueSpecification.Operation operation)
        {
            (KeyValueState next, KeyValueSpecification.Result result) = map.Apply(state, operation);
            return $"{result.Outcome} {result.Value} {next}";
        }

        Assert.Equal("Stored  {a: 2}", Told(new KeyValueSpecification.Put("a", "2")));
        Assert.Equal("AlreadyPresent 1 {a: 1}", Told(new KeyValueSpecification.PutIfAbsent("a", "2")));
        Assert.Equal("Stored  {a: 1, b: 2}", Told(new KeyValueSpecification.PutIfAbsent("b", "2")));
        Assert.Equal("Stored  {a: 2}", Told(new KeyValueSpecification.CompareAndSet("a", "1", "2")));
        Assert.Equal("Mismatch 1 {a: 1}", Told(new KeyValueSpecification.CompareAndSet("a", null, "2")));
        Assert.Equal("Mismatch  {a: 1}", Told(new KeyValueSpecification.CompareAndSet("b", "1", "2")));
        Assert.Equal("Deleted  {}", Told(new KeyValueSpecification.Delete("a")));
        Assert.Equal("NotFound  {a: 1}", Told(new KeyValueSpecification.Delete("b")));
        Assert.Equal("Found 1 {a: 1}", Told(new KeyValueSpecification.Get("a")));
        Assert.Equal("NotFound  {a: 1}", Told(new KeyValueSpecification.Get("b")));
    }

    [Fact]
    public void Keys_are_ordered_as_their_utf8_bytes_are()
    {
        string[] keys = ["", "a", "a\u0000", "aa", "z", "é", "\uD7FF", "\uE000", "\uFFFD", "\U00010000", "\U0010FFFF", "𝄞a", "𝄞"];
        KeyValueState state = keys.Aggregate(KeyValueState.Empty, (map, key) => map.With(key, ""));
        List<string> expected = [.. keys];
        expected.Sort((x, y) => Encoding.UTF8.GetBytes(x).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y)));
        Assert.Equal(expected, state.Entries.Keys);
    }

    [Fact]
    public void Only_operations_on_one_key_are_confined_to_a_part()
    {
        KeyValueSpecification map = KeyValueSpecification.Instance;
        Assert.Equal("k", map.PartOf(new KeyValueSpecification.CompareAndSet("k", null, "v")));
        Assert.Null(map.PartOf(new KeyValueSpecification.Range("", "", "", 10)));
        Assert.True(map.IsReadOnly(new KeyValueSpecification.Range("", "", "", 10)));
        Assert.False(map.IsReadOnly(new KeyValueSpecification.Delete("k")));
    }

    [Fact]
    public void Results_of_ranges_are_equal_by_content()
    {
        KeyValueState state = KeyValueState.Empty.With("a", "1").With("ab", "2").With("b", "3");
        KeyValueSpecification.Result Range(string from, string to, string prefix, int limit) =>
            KeyValueSpecification.Instance.Apply(state, new KeyValueSpecification.Range(from, to, prefix, limit)).Result;

        Assert.Equal(Range("", "", "a", 10), Range("a", "b", "", 2));
        Assert.NotEqual(Range("", "", "", 2), Range("", "", "", 3));
        Assert.Equal(["ab", "b"], Range("aa", "", "", 10).Items.Select(item => item.Key));
    }
}
