using ActorPhysics.Core.Time;
using ActorPhysics.Hosting.Configuration.Binding;

namespace ActorPhysics.Hosting.Configuration;

/// <summary>The line protocol: elections, replication, sessions. All nodes of a cluster must agree on it.</summary>
public sealed record ProtocolSettings
{
    /// <summary>How often a leader that has nothing else to send shows that it is alive.</summary>
    [Within("1 ms", "10 m")]
    public required TimeSpan HeartbeatInterval { get; init; }

    public required ElectionTimeoutSettings ElectionTimeout { get; init; }

    public required LeaseSettings Lease { get; init; }

    public required QuiescenceSettings Quiescence { get; init; }

    /// <summary>The most command bytes in one log entry; a command larger than this is an entry of its own.</summary>
    [Within("1 KiB", "512 MiB")]
    public required int MaxBatchBytes { get; init; }

    /// <summary>The most commands in one log entry.</summary>
    [Within("1", "1000000")]
    public required int MaxBatchCommands { get; init; }

    /// <summary>The most bytes of entries in one message to a follower.</summary>
    [Within("1 KiB", "512 MiB")]
    public required int MaxAppendBytes { get; init; }

    /// <summary>The most entries in one message to a follower.</summary>
    [Within("1", "1000000")]
    public required int MaxAppendEntries { get; init; }

    /// <summary>Messages with entries sent to one follower and not yet acknowledged.</summary>
    [Within("1", "100000")]
    public required int MaxInflightAppends { get; init; }

    /// <summary>Bytes of entries sent to one follower and not yet acknowledged.</summary>
    [Within("1 KiB", "1 GiB")]
    public required int MaxInflightBytes { get; init; }

    /// <summary>Bytes of entries appended and not yet committed; beyond them the leader refuses commands.</summary>
    [Within("1 KiB", "1 TiB")]
    public required long MaxUncommittedBytes { get; init; }

    /// <summary>The most entries applied before a replica looks at its other duties.</summary>
    [Within("1", "1000000")]
    public required int MaxApplyEntries { get; init; }

    public required SessionSettings Session { get; init; }
}

/// <summary>A follower that hears nothing from a leader for a random time in this range stands for election.</summary>
public sealed record ElectionTimeoutSettings
{
    [Within("10 ms", "1 h")]
    public required TimeSpan Min { get; init; }

    [Within("10 ms", "1 h")]
    public required TimeSpan Max { get; init; }
}

/// <summary>Leases let a leader answer reads without a round of messages, at the price of trusting that clocks run at about the same rate.</summary>
public sealed record LeaseSettings
{
    public required bool Enabled { get; init; }

    /// <summary>How long a voter promises not to elect another; the leader relies on it for a little less, by the drift.</summary>
    [Within("1 ms", "1 h")]
    public required TimeSpan Duration { get; init; }

    /// <summary>How wrong the rate of any node's clock may be. Reads by lease are linearizable only within this bound.</summary>
    [Within("0 ppm", "50 %")]
    public required ClockDriftBound MaxClockDrift { get; init; }
}

/// <summary>Groups that nobody asks anything fall silent: they cost no messages, no timers and no processor time until somebody speaks.</summary>
public sealed record QuiescenceSettings
{
    public required bool Enabled { get; init; }

    /// <summary>How long nothing must have been asked of a settled group.</summary>
    [Within("1 ms", "1 h")]
    public required TimeSpan After { get; init; }

    /// <summary>
    /// When the node of silent groups' leaders goes, their elections are spread over this much for each group of the configuration. A request to a group
    /// brings its election forward.
    /// </summary>
    [Within("0 s", "1 m")]
    public required TimeSpan WakeSpreadPerGroup { get; init; }
}

/// <summary>Client sessions, which make retries exactly-once. They are replicated state: the log decides when they expire.</summary>
public sealed record SessionSettings
{
    /// <summary>Log time without a command after which a session expires.</summary>
    [Within("1 s", "365 d")]
    public required TimeSpan Timeout { get; init; }

    /// <summary>Sessions of one group; beyond it the one idle longest is closed.</summary>
    [Within("1", "10000000")]
    public required int MaxSessions { get; init; }

    /// <summary>How far a client's commands may be ahead of the first one it still waits for.</summary>
    [Within("1", "1048576")]
    public required int Window { get; init; }

    /// <summary>Results remembered for one session; beyond it, its commands are refused until it completes some.</summary>
    [Within("1 KiB", "1 TiB")]
    public required long MaxRetainedBytesPerSession { get; init; }

    /// <summary>Results remembered for all sessions of a group; beyond it the sessions idle longest are closed.</summary>
    [Within("1 KiB", "1 TiB")]
    public required long MaxRetainedBytes { get; init; }
}
