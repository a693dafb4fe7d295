using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Configuration.Binding;
using ActorPhysics.Hosting.Configuration.Hocon;

namespace ActorPhysics.Hosting.Tests.Configuration;

/// <summary>The reference file and the options classes say the same, and neither says more.</summary>
public sealed class ReferenceFileTests
{
    private static readonly string Reference = Rendered.Shipped(OptionsReader.ReferenceName);

    [Fact]
    public void Every_option_has_a_key_in_the_reference_file_and_every_key_has_an_option()
    {
        Assert.Equal(KeysOfOptions("", typeof(NodeOptions)).Order(StringComparer.Ordinal), KeysOfFile("", OptionsReader.Defaults).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_key_of_the_reference_file_has_a_comment()
    {
        string[] lines = File.ReadAllLines(Reference);
        string[] settings = [.. lines.Where(line => line.Contains(" = ", StringComparison.Ordinal) && !line.TrimStart().StartsWith('#') && !line.EndsWith('['))];

        Assert.True(settings.Length > 60);
        Assert.All(settings, line => Assert.Contains(" # ", line, StringComparison.Ordinal));
    }

    [Fact]
    public void The_embedded_reference_is_the_file_in_the_repository() =>
        Assert.Equal(
            Rendered.Of(HoconReader.ReadFile(Reference)),
            $"{{actorphysics={Rendered.Of(OptionsReader.Defaults)}}}");

    [Fact]
    public void Every_number_and_duration_has_a_range_that_fits_its_type()
    {
        foreach (Setting setting in AllSettings(typeof(NodeOptions)))
        {
            Type type = setting.Type.IsGenericType ? setting.Type.GetGenericArguments()[^1] : setting.Type;
            bool isMeasured = type == typeof(int) || type == typeof(long) || type == typeof(TimeSpan) || type == typeof(ClockDriftBound) || type == typeof(GroupId)
                || (type == typeof(NodeId) && !setting.Type.IsGenericType);
            Assert.True(isMeasured == setting.Range is not null, $"{setting.Key}: range {(isMeasured ? "missing" : "without meaning")}");
            if (setting.Range is { } range)
            {
                Assert.Null(SettingConverter.Convert(setting, type, range.Least, out _));
                Assert.Null(SettingConverter.Convert(setting, type, range.Greatest, out _));
            }
        }
    }

    [Fact]
    public void An_empty_file_gives_the_defaults_of_the_reference()
    {
        NodeOptions options = NodeOptions.Default();

        Assert.Equal("local", options.Cluster.Id);
        Assert.Equal(new HostPort("127.0.0.1", 7400), options.ListenAddress);
        Assert.Equal(TimeSpan.FromMilliseconds(50), options.Protocol.HeartbeatInterval);
        Assert.Equal(16 * 1024 * 1024, options.Transport.MaxFrameBytes);
        Assert.Equal(64L * 1024 * 1024, options.Snapshots.EveryLogBytes);
        Assert.Equal(JournalKind.WriteAhead, options.Journal.Kind);
        Assert.Equal(new ClockDriftBound(10_000), options.Protocol.Lease.MaxClockDrift);
        Assert.Null(options.Node.LoopSpin);
        GroupSettings group = Assert.Single(options.Groups);
        Assert.Equal((new GroupId(1), "main", "kv", GroupFailureModel.CrashRecovery, QuorumKind.Majority), (group.Id, group.Name, group.Machine, group.FailureModel, group.Quorum.Kind));
        Assert.Equal([new NodeId(1)], options.MembersOf(group).AsEnumerable());
    }

    [Theory]
    [InlineData("node.conf", 1, 1, "data/single", "127.0.0.1:7400")]
    [InlineData("local-1.conf", 1, 3, "data/local-3/node-1", "127.0.0.1:7401")]
    [InlineData("local-2.conf", 2, 3, "data/local-3/node-2", "127.0.0.1:7402")]
    [InlineData("local-3.conf", 3, 3, "data/local-3/node-3", "127.0.0.1:7403")]
    public void The_ready_files_load(string file, ulong node, int nodes, string data, string address)
    {
        NodeOptions options = NodeOptions.Load(Rendered.Shipped(file), new HoconReaderOptions { EnvironmentVariable = _ => null });

        Assert.Equal(new NodeId(node), options.Node.Id);
        Assert.Equal(nodes, options.Cluster.Nodes.Length);
        Assert.Equal(data, options.Node.DataDir);
        Assert.Equal(address, options.ListenAddress.ToString());
    }

    [Fact]
    public void The_ready_file_takes_its_folder_from_the_environment()
    {
        var reader = new HoconReaderOptions { EnvironmentVariable = name => name == "ACTORPHYSICS_DATA" ? "/var/lib/x" : null };

        Assert.Equal("/var/lib/x", NodeOptions.Load(Rendered.Shipped("node.conf"), reader).Node.DataDir);
    }

    private static bool IsSection(Type type) => type.IsClass && type != typeof(string);

    private static Type ElementOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>) ? type.GetGenericArguments()[0] : type;

    // An element's keys stand in "group-defaults" or "space-defaults" and in the elements together; both are written "groups.*" or "spaces.*" here.
    private static IEnumerable<string> KeysOfOptions(string path, Type type) =>
        SettingSchema.Of(type).SelectMany(setting =>
        {
            Type element = ElementOf(setting.Type);
            bool isMap = setting.Type.IsGenericType && element == setting.Type;
            return IsSection(element) && !isMap ? KeysOfOptions($"{path}{setting.Key}.", element) : [$"{path}{setting.Key}"];
        });

    private static IEnumerable<string> KeysOfFile(string path, HoconObject section)
    {
        foreach (HoconField field in section.Fields)
        {
            string key = field.Key switch
            {
                "group-defaults" => "groups",
                "space-defaults" => "spaces",
                _ => field.Key,
            };
            if (field.Key == "spaces")
            {
                // No space is created by default; its name is the one key that has no default.
                yield return "spaces.name";
                continue;
            }

            IEnumerable<string> keys = field.Value switch
            {
                HoconObject { Fields.Count: > 0 } child => KeysOfFile($"{path}{key}.", child),
                HoconArray { Items.Count: > 0 } list => list.Items.SelectMany(item => KeysOfFile($"{path}{key}.", Assert.IsType<HoconObject>(item))),
                _ => [$"{path}{key}"],
            };
            foreach (string found in keys)
            {
                yield return found;
            }
        }
    }

    private static IEnumerable<Setting> AllSettings(Type type) =>
        SettingSchema.Of(type).SelectMany(setting => IsSection(ElementOf(setting.Type)) && ElementOf(setting.Type).Namespace == type.Namespace
            ? AllSettings(ElementOf(setting.Type))
            : [setting]);
}
