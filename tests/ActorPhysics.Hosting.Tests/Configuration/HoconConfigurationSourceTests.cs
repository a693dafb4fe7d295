using ActorPhysics.Hosting.Configuration;
using Microsoft.Extensions.Configuration;

namespace ActorPhysics.Hosting.Tests.Configuration;

public sealed class HoconConfigurationSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Objects_and_lists_become_keys_with_colons()
    {
        string path = _folder.Write("a.conf", "a { b = 1, list = [x, { y = 2 }], none = null, empty = [], nothing {} }\n\"c.d\" = 10 ms");

        IConfigurationRoot configuration = new ConfigurationBuilder().AddHocon(path).Build();

        Assert.Equal("1", configuration["a:b"]);
        Assert.Equal("1", configuration["A:B"]);
        Assert.Equal("x", configuration["a:list:0"]);
        Assert.Equal("2", configuration["a:list:1:y"]);
        Assert.Null(configuration["a:none"]);
        Assert.Equal("", configuration["a:empty"]);
        Assert.Null(configuration["a:nothing"]);
        Assert.Equal("10 ms", configuration["c.d"]);
    }

    [Fact]
    public void A_missing_file_is_an_error_unless_it_is_optional()
    {
        string path = Path.Combine(_folder.Path, "none.conf");

        Assert.Throws<ConfigurationException>(() => new ConfigurationBuilder().AddHocon(path).Build());
        Assert.Empty(new ConfigurationBuilder().AddHocon(path, optional: true).Build().AsEnumerable());
    }

    [Fact]
    public void Keys_that_differ_in_case_only_are_an_error()
    {
        string path = _folder.Write("a.conf", "s.key = 1\ns.Key = 2");

        var error = Assert.Throws<ConfigurationException>(() => new ConfigurationBuilder().AddHocon(path).Build());

        Assert.Equal($"{path}:2: s:Key: the same key stands at {path}:1: .NET configuration does not tell upper from lower case", error.Message);
    }

    [Fact]
    public void Reading_again_sees_the_file_as_it_is_now()
    {
        string path = _folder.Write("a.conf", "a = 1\nb = 2");
        IConfigurationRoot configuration = new ConfigurationBuilder().AddHocon(path).Build();
        _folder.Write("a.conf", "a = 3");

        configuration.Reload();

        Assert.Equal("3", configuration["a"]);
        Assert.Null(configuration["b"]);
    }

    [Fact]
    public void Options_come_from_any_configuration_and_later_sources_win()
    {
        string path = _folder.Write("a.conf", """
            actorphysics {
              cluster.nodes = [{ id = 1, name = a, address = "127.0.0.1:1" }, { id = 2, name = b, address = "127.0.0.1:2" }]
              groups = [{ id = 5, name = g, members = [], quorum { kind = weighted, election = 2, commit = 1, weights { 1 = 1, 2 = 1 } } }]
              listen.address = null
            }
            """);
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddHocon(path)
            .AddInMemoryCollection([new("ActorPhysics:Node:Id", "2"), new("actorphysics:protocol:lease:enabled", "false")])
            .Build();

        NodeOptions options = NodeOptions.FromConfiguration(configuration);

        Assert.Equal("b", options.OwnNode.Name);
        Assert.False(options.Protocol.Lease.Enabled);
        Assert.Equal("g", Assert.Single(options.Groups).Name);
        Assert.Equal(2, options.Groups[0].Quorum.Weights.Count);
        Assert.Equal(TimeSpan.FromMilliseconds(50), options.Protocol.HeartbeatInterval);
    }

    [Fact]
    public void Mistakes_in_any_configuration_name_the_source_that_made_them()
    {
        string path = _folder.Write("a.conf", "actorphysics {\n  snapshots.keep = many\n}");
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddHocon(path)
            .AddInMemoryCollection([new("actorphysics:node:datadir", "x")])
            .Build();

        var error = Assert.Throws<ConfigurationException>(() => NodeOptions.FromConfiguration(configuration));

        Assert.Equal(
            [$"{path}:2: actorphysics.snapshots.keep: `many` is not a whole number", "MemoryConfigurationProvider: actorphysics.node.datadir: unknown key; did you mean `data-dir`?"],
            error.Errors.Select(found => found.ToString()));
    }

    [Fact]
    public void A_configuration_without_our_section_gives_the_defaults() =>
        Assert.Equal(NodeOptions.Default().Node, NodeOptions.FromConfiguration(new ConfigurationBuilder().Build()).Node);
}
