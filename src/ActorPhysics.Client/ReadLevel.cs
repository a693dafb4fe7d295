using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client;

/// <summary>How fresh a read must be (seed §5.4). <c>default</c> is <see cref="Strong"/>.</summary>
public readonly record struct ReadLevel
{
    private ReadLevel(ConsistencyLevel level, ulong maxLagEntries = 0, uint maxLagMs = 0)
    {
        _level = level;
        MaxLagEntries = maxLagEntries;
        MaxLagMs = maxLagMs;
    }

    private readonly ConsistencyLevel _level;

    /// <summary>Linearizable: a quorum confirms the leader after the read has arrived.</summary>
    public static ReadLevel Strong => new(ConsistencyLevel.StrongRead);

    /// <summary>
    /// Linearizable while clocks drift less than the bound in the group's configuration; no quorum round. Where the leader holds no lease the
    /// read is strong instead, unless <see cref="ClientOptions.StrongReadWithoutLease"/> is off.
    /// </summary>
    public static ReadLevel Lease => new(ConsistencyLevel.LeaseRead);

    /// <summary>Whatever any one replica has applied; the reply says how far behind it is known to be.</summary>
    public static ReadLevel Follower => new(ConsistencyLevel.FollowerRead);

    /// <summary>The newest durable frontier in a set of replicas that meets every commit quorum; needs no leader.</summary>
    public static ReadLevel Quorum => new(ConsistencyLevel.QuorumRead);

    /// <summary>Any replica that is at most so many entries behind.</summary>
    public static ReadLevel WithinEntries(ulong maxLagEntries)
    {
        ArgumentOutOfRangeException.ThrowIfZero(maxLagEntries);
        return new ReadLevel(ConsistencyLevel.BoundedStaleness, maxLagEntries);
    }

    /// <summary>Any replica that is at most so long behind; rounded up to whole milliseconds.</summary>
    public static ReadLevel Within(TimeSpan maxLag)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(maxLag, TimeSpan.Zero);
        return new ReadLevel(ConsistencyLevel.BoundedStaleness, maxLagMs: (uint)Math.Clamp(Math.Ceiling(maxLag.TotalMilliseconds), 1, uint.MaxValue));
    }

    internal ConsistencyLevel Level => _level == ConsistencyLevel.None ? ConsistencyLevel.StrongRead : _level;
    internal ulong MaxLagEntries { get; }
    internal uint MaxLagMs { get; }

    /// <summary>Whether only the leader serves it; the other levels are served by any node.</summary>
    internal bool NeedsLeader => Level is ConsistencyLevel.StrongRead or ConsistencyLevel.LeaseRead;

    public override string ToString() => Level.ToString();
}
