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

    /// <summary>How many groups begin at the same time when the node starts; the next follow when these know a leader.</summary>
    [Within("1", "100000")]
    public required int StartBatch { get; init; }

    /// <summary>The failure domain of the node, such as a rack or a data centre; null for none.</summary>
    [Identifier]
    public required string? Zone { get; init; }

    /// <summary>Of two nodes, one of twice the weight is given twice the replicas.</summary>
    [Within("1", "1000")]
    public required int Weight { get; init; }
}

/// <summary>The group that decides about nodes, spaces and the placement of replicas; the same on every node.</summary>
public sealed record ConfigSettings
{
    /// <summary>One of <see cref="NodeOptions.Groups"/>, whose machine is <see cref="MachineName"/>; group 0 where the cluster has none.</summary>
    [Within("0", "4294967295")]
    public required GroupId Group { get; init; }

    /// <summary>How often a node reports to the group's leader.</summary>
    [Within("10 ms", "1 h")]
    public required TimeSpan ReportInterval { get; init; }

    /// <summary>A node of which nothing was heard this long is absent: it gets no replicas, and its leaderships are given to others.</summary>
    [Within("100 ms", "1 d")]
    public required TimeSpan AbsentAfter { get; init; }

    /// <summary>A node of which nothing was heard this long is lost: its replicas are replaced.</summary>
    [Within("100 ms", "30 d")]
    public required TimeSpan RepairAfter { get; init; }

    /// <summary>Moves of replicas under way at once.</summary>
    [Within("1", "10000")]
    public required int MaxMoves { get; init; }

    /// <summary>The state machine of the config group.</summary>
    public const string MachineName = "config";

    /// <summary>Whether the cluster has such a group.</summary>
    public bool IsOn => Group != default;
}

/// <summary>How a node fetches the keys that its groups take over from others.</summary>
public sealed record HandoffSettings
{
    /// <summary>Of one piece; each becomes one command of the taker's log.</summary>
    [Within("1 KiB", "512 KiB")]
    public required int PieceBytes { get; init; }

    /// <summary>What the node fetches of all parcels together, in bytes for each second.</summary>
    [Within("64 KiB", "64 GiB")]
    public required long MaxBytesPerSecond { get; init; }

    /// <summary>Parcels that the node fetches at the same time.</summary>
    [Within("1", "1024")]
    public required int MaxParcels { get; init; }
}

/// <summary>Where this process accepts connections.</summary>
public sealed record ListenSettings
{
    /// <summary>Null means the node's own address in <see cref="ClusterSettings.Nodes"/>.</summary>
    public required HostPort? Address { get; init; }
}
