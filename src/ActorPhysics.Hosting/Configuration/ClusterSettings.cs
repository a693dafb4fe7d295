using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Configuration.Binding;

namespace ActorPhysics.Hosting.Configuration;

/// <summary>The processes that work together. Every node of a cluster is given the same list.</summary>
public sealed record ClusterSettings
{
    /// <summary>Part of every handshake: nodes and clients of another cluster are turned away.</summary>
    [Identifier]
    public required string Id { get; init; }

    public required ImmutableArray<ClusterNodeSettings> Nodes { get; init; }
}

/// <summary>One process of the cluster.</summary>
public sealed record ClusterNodeSettings
{
    [Within("1", "9223372036854775807")]
    public required NodeId Id { get; init; }

    [Identifier]
    public required string Name { get; init; }

    /// <summary>Where peers and clients reach the node: one port serves both.</summary>
    public required HostPort Address { get; init; }
}

/// <summary>Which node of the cluster this process is, and how it runs.</summary>
public sealed record NodeSettings
{
    /// <summary>One of <see cref="ClusterSettings.Nodes"/>.</summary>
    [Within("1", "9223372036854775807")]
    public required NodeId Id { get; init; }

    /// <summary>The folder of this node's journal and snapshots, relative to the current directory. No other process may use it.</summary>
    public required string DataDir { get; init; }

    /// <summary>How long an event loop looks for more work before it sleeps; null leaves it to the number of processors.</summary>
    [Within("0 ms", "10 ms")]
    public required TimeSpan? LoopSpin { get; init; }

    /// <summary>How long a stop may take to hand leadership over and flush before it is forced.</summary>
    [Within("0 ms", "1 h")]
    public required TimeSpan ShutdownTimeout { get; init; }
}

/// <summary>Where this process accepts connections.</summary>
public sealed record ListenSettings
{
    /// <summary>Null means the node's own address in <see cref="ClusterSettings.Nodes"/>.</summary>
    public required HostPort? Address { get; init; }
}
