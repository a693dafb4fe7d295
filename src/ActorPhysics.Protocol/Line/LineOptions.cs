using ActorPhysics.Core.Time;

namespace ActorPhysics.Protocol.Line;

/// <summary>The timing and the bounds of one replica. All replicas of a group should use the same; safety needs only the lease to be the same.</summary>
public sealed record LineOptions
{
    /// <summary>The leader's sign of life.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>A follower that hears no leader for a time drawn between the two stands for election.</summary>
    public TimeSpan ElectionTimeoutMinimum { get; init; } = TimeSpan.FromMilliseconds(300);
    public TimeSpan ElectionTimeoutMaximum { get; init; } = TimeSpan.FromMilliseconds(600);

    /// <summary>
    /// How long a voter, on its own monotonic clock, votes for nobody after a heartbeat; also after a restart. The leader's lease
    /// is shorter by <see cref="ClockDrift"/>. It must not exceed the minimum election timeout.
    /// </summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>By how much the rates of two monotonic clocks may differ for lease reads to be linearizable; stated in every lease certificate.</summary>
    public ClockDriftBound ClockDrift { get; init; } = new(10_000);

    /// <summary>Lease reads are refused when off; strong reads never depend on it.</summary>
    public bool LeaseReads { get; init; } = true;

    /// <summary>
    /// A settled group that nobody asks anything for this long falls silent: no messages and no timers until somebody speaks. Null: never.
    /// </summary>
    public TimeSpan? QuiesceAfter { get; init; }

    /// <summary>
    /// When the node of a silent group's leader goes, its followers stand for election within this time, so that those of thousands of groups do not
    /// all stand at once. A client's request brings it forward.
    /// </summary>
    public TimeSpan WakeSpread { get; init; }

    /// <summary>
    /// Heartbeats leave at multiples of their interval on the host's clock, so that those of all the leaders of a node leave together and share frames.
    /// </summary>
    public bool AlignsHeartbeats { get; init; }

    /// <summary>Per append message.</summary>
    public int MaximumBatchBytes { get; init; } = 1024 * 1024;
    public int MaximumBatchEntries { get; init; } = 256;

    /// <summary>Per follower: how much may be unacknowledged.</summary>
    public int MaximumInFlightBatches { get; init; } = 32;
    public int MaximumInFlightBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Above this, the leader refuses new commands instead of letting its memory grow.</summary>
    public long MaximumUncommittedBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>A state snapshot is taken when this much was applied since the last one, and the log is trimmed to the one before.</summary>
    public long SnapshotEveryBytes { get; init; } = 32L * 1024 * 1024;

    /// <summary>As <see cref="SnapshotEveryBytes"/>, by entries applied; whichever is reached first.</summary>
    public long SnapshotEveryEntries { get; init; } = long.MaxValue;
    public int SnapshotChunkBytes { get; init; } = 256 * 1024;

    /// <summary>How many entries one apply effect holds at most, so that catching up does not starve the replica's other duties.</summary>
    public int MaximumApplyEntries { get; init; } = 128;

    /// <summary>The leader's lease after its heartbeat was sent, drift subtracted.</summary>
    public TimeSpan LeaderLease => ClockDrift.Shorten(LeaseDuration);

    /// <returns>What is wrong with these options, or null.</returns>
    public string? Validate() => this switch
    {
        _ when HeartbeatInterval <= TimeSpan.Zero => "the heartbeat interval must be positive",
        _ when HeartbeatInterval * 2 > ElectionTimeoutMinimum => "the heartbeat interval must be at most half the minimum election timeout",
        _ when ElectionTimeoutMaximum <= ElectionTimeoutMinimum => "the maximum election timeout must exceed the minimum: equal timeouts collide",
        _ when LeaseDuration <= HeartbeatInterval || LeaseDuration > ElectionTimeoutMinimum => "the lease must lie between the heartbeat interval and the minimum election timeout",
        _ when LeaderLease <= HeartbeatInterval => "the clock drift bound leaves no lease longer than the heartbeat interval",
        _ when QuiesceAfter <= TimeSpan.Zero || WakeSpread < TimeSpan.Zero => "a group falls silent after a positive time, and wakes within one that is not negative",
        _ when MaximumBatchBytes <= 0 || MaximumBatchEntries <= 0 || MaximumInFlightBatches <= 0 || MaximumInFlightBytes <= 0 => "batch and window bounds must be positive",
        _ when MaximumUncommittedBytes <= 0 || SnapshotEveryBytes <= 0 || SnapshotEveryEntries <= 0 || SnapshotChunkBytes <= 0 || MaximumApplyEntries <= 0 => "retention and apply bounds must be positive",
        _ => null,
    };
}
