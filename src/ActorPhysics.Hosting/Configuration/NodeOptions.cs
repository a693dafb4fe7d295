using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Configuration.Binding;
using ActorPhysics.Hosting.Configuration.Hocon;
using Microsoft.Extensions.Configuration;

namespace ActorPhysics.Hosting.Configuration;

/// <summary>
/// Everything a node can be told, read from the section <c>actorphysics</c> of a HOCON file merged over
/// <c>actorphysics.reference.conf</c>, which holds every default. A value obtained from one of the factories is complete and
/// consistent; a copy made by <c>with</c> is not checked again.
/// </summary>
public sealed record NodeOptions
{
    /// <summary>The section of a configuration that belongs to this library.</summary>
    public const string SectionName = "actorphysics";

    public required ClusterSettings Cluster { get; init; }

    public required NodeSettings Node { get; init; }

    public required ConfigSettings Config { get; init; }

    public required HandoffSettings Handoffs { get; init; }

    public required ListenSettings Listen { get; init; }

    public required TransportSettings Transport { get; init; }

    public required JournalSettings Journal { get; init; }

    public required SnapshotSettings Snapshots { get; init; }

    /// <summary>The spaces that the config group creates when they are missing.</summary>
    [ElementDefaults("space-defaults")]
    public required ImmutableArray<SpaceSetting> Spaces { get; init; }

    [ElementDefaults("group-defaults")]
    public required ImmutableArray<GroupSettings> Groups { get; init; }

    public required ProtocolSettings Protocol { get; init; }

    public required LimitSettings Limits { get; init; }

    public required MetricSettings Metrics { get; init; }

    /// <summary>The entry of this node in the cluster's list.</summary>
    public ClusterNodeSettings OwnNode => Cluster.Nodes.First(node => node.Id == Node.Id);

    /// <summary>Where this node accepts connections.</summary>
    public HostPort ListenAddress => Listen.Address ?? OwnNode.Address;

    /// <summary>The nodes that hold a replica of <paramref name="group"/>, in ascending order.</summary>
    public ImmutableArray<NodeId> MembersOf(GroupSettings group) =>
        [.. (group.Members.IsEmpty ? Cluster.Nodes.Select(node => node.Id) : group.Members).Order()];

    /// <summary>The options of an empty file: one node on loopback with one key-value group.</summary>
    public static NodeOptions Default() => FromText("");

    /// <param name="path">A HOCON file, relative to the current directory.</param>
    /// <param name="reader">Limits and the environment for substitutions; null for the defaults.</param>
    /// <exception cref="ConfigurationException">The file cannot be read, or has mistakes: all of them are listed.</exception>
    public static NodeOptions Load(string path, HoconReaderOptions? reader = null) =>
        OptionsReader.Read(HoconFiles.Open(path, reader ?? new HoconReaderOptions()), reader);

    /// <param name="text">HOCON text.</param>
    /// <param name="name">What errors call the text.</param>
    /// <param name="reader">Limits and the environment for substitutions; null for the defaults.</param>
    /// <exception cref="ConfigurationException">The text has mistakes: all of them are listed.</exception>
    public static NodeOptions FromText(string text, string name = "(text)", HoconReaderOptions? reader = null) =>
        OptionsReader.Read(new HoconInput(name, text), reader);

    /// <summary>
    /// Options from any .NET configuration, for instance a host's: environment variables and command-line arguments then
    /// override files as they do for the rest of the application.
    /// </summary>
    /// <param name="configuration">The root that has the section <see cref="SectionName"/>.</param>
    /// <exception cref="ConfigurationException">The section has mistakes: all of them are listed.</exception>
    public static NodeOptions FromConfiguration(IConfiguration configuration) => OptionsReader.Read(configuration);
}
