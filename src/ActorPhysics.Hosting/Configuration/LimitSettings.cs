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

/// <summary>Defaults of clients that are configured from the same file, the command line among them.</summary>
public sealed record ClientSettings
{
    [Within("10 ms", "10 m")]
    public required TimeSpan ConnectTimeout { get; init; }

    /// <summary>After this the outcome of a request is reported as unknown.</summary>
    [Within("10 ms", "1 d")]
    public required TimeSpan RequestTimeout { get; init; }

    /// <summary>How long a node may be silent on an open request before its leadership is doubted.</summary>
    [Within("10 ms", "1 d")]
    public required TimeSpan AttemptTimeout { get; init; }

    /// <summary>The pauses between attempts of one request.</summary>
    public required BackoffSettings Retry { get; init; }

    /// <summary>How often a request refused for overload is tried again before the refusal is reported.</summary>
    [Within("0", "1000000")]
    public required int MaxOverloadRetries { get; init; }

    /// <summary>Requests of one client that may be under way.</summary>
    [Within("1", "1000000")]
    public required int MaxPendingRequests { get; init; }

    /// <summary>Payload bytes of one client that may be under way.</summary>
    [Within("1 KiB", "1 TiB")]
    public required long MaxPendingBytes { get; init; }
}

/// <summary>What the node publishes through System.Diagnostics.Metrics.</summary>
public sealed record MetricSettings
{
    public required bool Enabled { get; init; }

    /// <summary>Whether measurements carry the group as a tag: one series per group.</summary>
    public required bool PerGroup { get; init; }
}
