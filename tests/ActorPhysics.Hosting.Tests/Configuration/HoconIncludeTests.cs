using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Configuration.Hocon;

namespace ActorPhysics.Hosting.Tests.Configuration;

public sealed class HoconIncludeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("include \"inc/b.conf\"")]
    [InlineData("include \"inc/b\"")]
    [InlineData("include file(\"inc/b.conf\")")]
    [InlineData("include required(\"inc/b.conf\")")]
    [InlineData("include required(file(\"inc/b.conf\")) # comment")]
    [InlineData("include required( file( \"inc/b.conf\" ) ),")]
    public void An_included_file_stands_where_it_is_included(string include)
    {
        _folder.Write("inc/b.conf", "x = 2, y = 2");

        Assert.Equal("{x=2,y=3}", Read($"x = 1\n{include}\ny = 3"));
    }

    [Fact]
    public void Includes_are_relative_to_the_including_file()
    {
        _folder.Write("inc/b.conf", "include \"deeper/c.conf\"");
        _folder.Write("inc/deeper/c.conf", "include \"../../d.conf\"");
        _folder.Write("d.conf", "found = yes");

        Assert.Equal("{found=yes}", Read("include \"inc/b.conf\""));
    }

    [Fact]
    public void An_included_file_can_refer_to_itself_and_to_the_whole_wherever_it_ends_up()
    {
        _folder.Write("b.conf", "x = 1\ny = ${x}\nz = ${outer}");

        Assert.Equal("{outer=o,s={t={x=1,y=1,z=o}}}", Read("outer = o\ns.t { include \"b.conf\" }"));
    }

    [Fact]
    public void Self_reference_in_an_included_file_looks_back_at_the_including_one()
    {
        _folder.Write("b.conf", "x = ${x}2");

        Assert.Equal("{s={x=12}}", Read("s { x = 1\n include \"b.conf\" }"));
    }

    [Fact]
    public void A_missing_file_is_skipped_unless_it_is_required()
    {
        Assert.Equal("{a=1}", Read("include \"none.conf\"\na = 1"));

        ConfigurationError error = ErrorOf("a = 1\ns { include required(file(\"none.conf\")) }");

        Assert.Equal($"{At("main.conf", 2)}: s: the required file `{_folder.Path}/none.conf` does not exist", error.ToString());
    }

    [Fact]
    public void A_circle_of_includes_is_an_error_that_shows_the_circle()
    {
        _folder.Write("b.conf", "\ninclude \"c.conf\"");
        _folder.Write("c.conf", "include \"../" + Path.GetFileName(_folder.Path) + "/b.conf\"");

        ConfigurationError error = ErrorOf("include \"b.conf\"");

        Assert.Equal($"{At("c.conf", 1)}: the include is circular: b.conf → c.conf → b.conf", error.ToString());
    }

    [Fact]
    public void A_file_that_includes_itself_is_an_error() =>
        Assert.Equal($"{At("main.conf", 1)}: the include is circular: main.conf → main.conf", ErrorOf("include \"main.conf\"").ToString());

    [Fact]
    public void The_same_file_may_be_included_twice()
    {
        _folder.Write("b.conf", "x = 1");

        Assert.Equal("{p={x=1},q={x=1}}", Read("p { include \"b.conf\" }\nq { include \"b.conf\" }"));
    }

    [Fact]
    public void Includes_that_multiply_are_stopped()
    {
        for (int i = 0; i < 40; i++)
        {
            _folder.Write($"f{i}.conf", $"include \"f{i + 1}.conf\"\ninclude \"f{i + 1}.conf\"");
        }

        Assert.EndsWith(": more than 256 files are included", ErrorOf("include \"f0.conf\"").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_in_an_included_file_names_that_file()
    {
        _folder.Write("b.conf", "\n\ny = @");

        Assert.Equal($"{At("b.conf", 3)}: s.y: the character `@` must be inside quotes", ErrorOf("s { include \"b.conf\" }").ToString());
    }

    [Fact]
    public void A_file_that_is_too_large_is_refused_where_it_is_included()
    {
        _folder.Write("b.conf", new string(' ', (1024 * 1024) + 1));

        Assert.Equal($"{At("main.conf", 2)}: the file `{_folder.Path}/b.conf` is larger than 1048576 bytes", ErrorOf("\ninclude \"b.conf\"").ToString());
    }

    [Fact]
    public void A_file_that_is_not_text_is_refused_with_the_line_of_the_first_bad_byte()
    {
        string path = _folder.Write("main.conf", "");
        File.WriteAllBytes(path, [.. "a = 1\nb = "u8, 0xC3, 0x28]);

        Assert.Equal($"{At("main.conf", 2)}: the file is not UTF-8 text", Assert.Throws<ConfigurationException>(() => HoconReader.ReadFile(path)).Message);
    }

    [Fact]
    public void A_file_that_does_not_exist_or_is_a_folder_is_an_error_and_not_a_fault()
    {
        string missing = Path.Combine(_folder.Path, "none.conf");

        Assert.Equal($"{missing}: the file does not exist", Assert.Throws<ConfigurationException>(() => HoconReader.ReadFile(missing)).Message);
        Assert.Equal($"{_folder.Path}: the file does not exist", Assert.Throws<ConfigurationException>(() => HoconReader.ReadFile(_folder.Path)).Message);
        Assert.Throws<ConfigurationException>(() => HoconReader.ReadFile("a\0b"));
        Assert.Throws<ConfigurationException>(() => HoconReader.ReadFile(""));
    }

    private string Read(string text) => Rendered.Of(HoconReader.ReadFile(_folder.Write("main.conf", text), Rendered.Options));

    private ConfigurationError ErrorOf(string text) => Assert.Single(Assert.Throws<ConfigurationException>(() => Read(text)).Errors);

    private SourceLocation At(string file, int line) => new(Path.Combine(_folder.Path, file), line);
}
