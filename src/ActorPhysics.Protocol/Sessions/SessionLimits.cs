namespace ActorPhysics.Protocol.Sessions;

/// <summary>
/// The bounds of a <see cref="SessionTable"/>. They decide which session is evicted and which command is refused, so they are part of the
/// replicated state: fixed at a group's birth, carried in its snapshots, and the same on every replica.
/// </summary>
public sealed record SessionLimits
{
    public static SessionLimits Default { get; } = new();

    /// <summary>Opening one session more evicts the one that was idle longest.</summary>
    public int MaxSessions { get; init; } = 16_384;

    /// <summary>How far a sequence may be ahead of what the client has declared completed, in commands.</summary>
    public int WindowCommands { get; init; } = 1024;

    /// <summary>A session that keeps this much already is refused further commands until it completes some, in bytes.</summary>
    public long MaxRetainedBytesPerSession { get; init; } = 4L * 1024 * 1024;

    /// <summary>When all sessions together keep more, those idle longest are evicted, in bytes.</summary>
    public long MaxRetainedBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>A larger result is replaced by <see cref="CommandStatus.ResultTooLarge"/>, in bytes.</summary>
    public int MaxResultBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>A session expires when the log's time has passed its last command by more than this, in milliseconds.</summary>
    public ulong IdleTimeoutMs { get; init; } = 30 * 60 * 1000;

    /// <summary>Why the limits make no sense, or null.</summary>
    public string? Refusal() => this switch
    {
        { MaxSessions: < 1 } => "MaxSessions must be at least 1.",
        { WindowCommands: < 1 or > 1 << 20 } => "WindowCommands must lie between 1 and 1048576.",
        { MaxRetainedBytesPerSession: < 1 } => "MaxRetainedBytesPerSession must be at least 1.",
        { MaxRetainedBytes: < 1 } => "MaxRetainedBytes must be at least 1.",
        { MaxResultBytes: < 256 } => "MaxResultBytes must be at least 256.",
        { IdleTimeoutMs: 0 } => "IdleTimeoutMs must be at least 1.",
        _ => null,
    };
}
