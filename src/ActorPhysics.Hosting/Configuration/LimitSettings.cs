using ActorPhysics.Hosting.Configuration.Binding;

namespace ActorPhysics.Hosting.Configuration;

/// <summary>Bounds on what a node takes in; beyond them work is refused at the door.</summary>
public sealed record LimitSettings
{
    [Within("1 B", "256 MiB")]
    public required int MaxCommandBytes { get; init; }

    [Within("256 B", "256 MiB")]
    public required int MaxResultBytes { get; init; }

    /// <summary>Requests that one replica takes in between two of its turns.</summary>
    [Within("1", "1000000")]
    public required int MaxWaitingRequests { get; init; }

    /// <summary>Clients' messages that may wait for one actor; peers and timers have further room.</summary>
    [Within("16", "8388608")]
    public required int MailboxCapacity { get; init; }

    /// <summary>Requests of one connection that may be under way.</summary>
    [Within("1", "16777216")]
    public required int MaxPendingRequestsPerConnection { get; init; }
}

/// <summary>What the node publishes through System.Diagnostics.Metrics.</summary>
public sealed record MetricSettings
{
    public required bool Enabled { get; init; }

    /// <summary>Whether measurements carry the group as a tag: one series per group.</summary>
    public required bool PerGroup { get; init; }
}
