using System.Text;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Configuration.Hocon;

namespace ActorPhysics.Hosting.Tests.Configuration;

/// <summary>What is not HOCON, with the exact words that the author of the file gets to read.</summary>
public sealed class HoconErrorTests
{
    [Theory]
    [InlineData("a = {\n b = 1", "f:1: a: the brace opened here is not closed")]
    [InlineData("a = 1\n}", "f:2: a closing brace without an opening one")]
    [InlineData("{ a = 1 }\nb = 2", "f:2: `b` follows the closing brace of the file")]
    [InlineData("a = [\n1", "f:1: a: the bracket opened here is not closed")]
    [InlineData("a = [1}", "f:1: a[0]: `}` is not expected here; a comma or a new line may be missing")]
    [InlineData("[1]", "f:1: a configuration file holds keys and values, not a list")]
    [InlineData("a = 1\nb", "f:2: b: a key must be followed by `=`, `:`, `+=` or `{`")]
    [InlineData("a =\n", "f:2: a: a value is missing")]
    [InlineData("a = ,b = 1", "f:1: a: a value is missing")]
    [InlineData("= 1", "f:1: `=` where a key is expected")]
    [InlineData("a..b = 1", "f:1: a key has an empty segment: a dot leads, trails or follows another; quote the key if that is meant")]
    [InlineData(".a = 1", "f:1: a key has an empty segment: a dot leads, trails or follows another; quote the key if that is meant")]
    [InlineData("a = 1,,b = 2", "f:1: a: two commas with nothing between them")]
    [InlineData(",a = 1", "f:1: `,` where a key is expected")]
    [InlineData("a = [,1]", "f:1: a[0]: a value is missing")]
    [InlineData("a.b = \"x", "f:1: a.b: the string is not closed")]
    [InlineData("a = \"x\ny\"", "f:1: a: the string is not closed on its line; use \"\"\" for text of several lines")]
    [InlineData("a = 1\nb = \"\"\"x\ny", "f:2: b: the string opened with \"\"\" is not closed")]
    [InlineData("a = \"\\x\"", "f:1: a: a backslash in a quoted string must be followed by one of \" \\ / b f n r t or by u and four hexadecimal digits")]
    [InlineData("a = \"\\u12\"", "f:1: a: a backslash in a quoted string must be followed by one of \" \\ / b f n r t or by u and four hexadecimal digits")]
    [InlineData("address = 127.0.0.1:80", "f:1: address: a value that contains `:` must be in quotes")]
    [InlineData("a { mail = x@y }", "f:1: a.mail: the character `@` must be inside quotes")]
    [InlineData("a = 1 }", "f:1: a closing brace without an opening one")]
    [InlineData("a = 1 ]", "f:1: a: `]` is not expected here; a comma or a new line may be missing")]
    [InlineData("a = ${b", "f:1: a: the substitution is not closed: `}` is missing")]
    [InlineData("a = ${}", "f:1: a: `}` where a key is expected")]
    [InlineData("a = ${b\n}", "f:1: a: the substitution is not closed: `}` is missing")]
    [InlineData("a = $b", "f:1: a: the character `$` must be inside quotes")]
    [InlineData("include = 1", "f:1: expected `include \"file\"`, `include file(\"file\")` or `include required(file(\"file\"))`; quote the word to use it as a key")]
    [InlineData("include url(\"http://x\")", "f:1: expected `include \"file\"`, `include file(\"file\")` or `include required(file(\"file\"))`; quote the word to use it as a key")]
    public void A_mistake_of_syntax_is_told_with_line_and_key(string text, string expected) => Assert.Equal(expected, ErrorsOf(text));

    [Theory]
    [InlineData("a = 1\nb = x${none.\"y.z\"}", "f:2: b: the substitution ${none.\"y.z\"} is undefined: no such key, and no environment variable of that name")]
    [InlineData("a = ${x}\nl = [ { b = ${y} } ]", "f:1: a: the substitution ${x} is undefined: no such key, and no environment variable of that name\nf:2: l[0].b: the substitution ${y} is undefined: no such key, and no environment variable of that name")]
    [InlineData("l = [1] ${?none} [2, { b = ${y} }]", "f:1: l[2].b: the substitution ${y} is undefined: no such key, and no environment variable of that name")]
    [InlineData("a = ${b}\nb = ${a}", "f:1: a: the substitution ${b} refers to itself")]
    [InlineData("a = ${?b}x\nb = ${?a}", "f:1: a: the substitution ${b} refers to itself")]
    [InlineData("a = ${a}", "f:1: a: the substitution ${a} is undefined: no such key, and no environment variable of that name")]
    [InlineData("a { b = ${a} }", "f:1: a.b: the substitution ${a} contains itself")]
    [InlineData("a = [${b}]\nb = [${a}]", "f:2: b: nested deeper than 64 levels; a substitution may contain itself")]
    [InlineData("o { x = 1 }\na = ${o} text", "f:2: a: an object and a single value stand side by side; only values of one kind can be joined")]
    [InlineData("a = [1] {b=2}", "f:1: a: a list and an object stand side by side; only values of one kind can be joined")]
    [InlineData("a = 1\na += 2", "f:2: a: a single value and a list stand side by side; only values of one kind can be joined")]
    public void A_substitution_that_cannot_be_resolved_is_told_with_line_and_key(string text, string expected) => Assert.Equal(expected, ErrorsOf(text));

    [Fact]
    public void Objects_that_contain_each_other_are_an_error() =>
        Assert.EndsWith("nested deeper than 64 levels; a substitution may contain itself", ErrorsOf("a { b = ${c} }\nc { d = ${a} }"), StringComparison.Ordinal);

    [Theory]
    [Trait("Pitfall", "M21")]
    [InlineData("a={", "")]
    [InlineData("a=[", "")]
    [InlineData("[", "")]
    [InlineData("a.", "a=1")]
    [InlineData("{a:[", "")]
    [InlineData("a=${b}\nb=[", "")]
    public void Nesting_of_a_hundred_thousand_levels_is_an_error_and_no_stack_overflow(string level, string end)
    {
        string text = string.Concat(Enumerable.Repeat(level, 100_000)) + end;

        Assert.Throws<ConfigurationException>(() => Rendered.Read(text));
    }

    [Fact]
    public void The_depth_limit_is_exact()
    {
        static string Nested(int levels) => string.Concat(Enumerable.Repeat("a{", levels)) + string.Concat(Enumerable.Repeat('}', levels));

        Assert.NotNull(Rendered.Read(Nested(64)));
        Assert.Equal($"f:1: {string.Join('.', Enumerable.Repeat("a", 64))}: nested deeper than 64 levels", ErrorsOf(Nested(65)));
    }

    [Fact]
    public void A_chain_of_a_hundred_thousand_substitutions_is_an_error_and_no_stack_overflow()
    {
        var text = new StringBuilder();
        for (int i = 0; i < 60_000; i++)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"k{i}=${{k{i + 1}}}\n");
        }

        Assert.Contains("substitutions refer to each other over more than 400 steps", ErrorsOf(text.ToString()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("k{0}=${{k{1}}}${{k{1}}}\n", "k{0}=xxxxxxxxxxxxxxxx")]
    [InlineData("k{0}={{a=${{k{1}}},b=${{k{1}}}}}\n", "k{0}=1")]
    [InlineData("k{0}=${{k{1}}}${{k{1}}}\n", "k{0}={{a=1}}")]
    [InlineData("k{0}=[${{k{1}}},${{k{1}}}]\n", "k{0}=1")]
    public void A_substitution_that_doubles_itself_is_an_error_and_no_exhausted_memory(string doubling, string end)
    {
        var text = new StringBuilder();
        for (int i = 0; i < 60; i++)
        {
            text.AppendFormat(System.Globalization.CultureInfo.InvariantCulture, doubling, i, i + 1);
        }

        text.AppendFormat(System.Globalization.CultureInfo.InvariantCulture, end, 60);

        Assert.Throws<ConfigurationException>(() => Rendered.Read(text.ToString()));
    }

    [Fact]
    public void A_text_beyond_the_size_limit_is_refused()
    {
        var options = new HoconReaderOptions { MaxFileBytes = 10 };

        var error = Assert.Throws<ConfigurationException>(() => HoconReader.ReadText("a = 1234567", "f", options));

        Assert.Equal("f: the text is longer than 10 characters", error.Message);
    }

    [Fact]
    public void A_very_long_key_is_shortened() =>
        Assert.Equal($"f:1: \"{new string('k', 100)}…\": a value is missing", ErrorsOf($"{new string('k', 100_000)} ="));

    [Fact]
    public void A_message_of_very_many_errors_stays_readable_while_the_list_has_all()
    {
        var error = new ConfigurationException(Enumerable.Range(1, 1000).Select(i => new ConfigurationError(new SourceLocation("f", i), "k", "bad")));

        Assert.Equal(1000, error.Errors.Count);
        Assert.Equal(101, error.Message.Split('\n').Length);
        Assert.EndsWith("… and 900 more errors", error.Message, StringComparison.Ordinal);
    }

    private static string ErrorsOf(string text) => Assert.Throws<ConfigurationException>(() => Rendered.Read(text)).Message;
}
