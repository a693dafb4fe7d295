namespace ActorPhysics.Protocol.Placement;

/// <summary>What may be given up for a spread over failure domains.</summary>
public enum ZoneRule
{
    /// <summary>A group is spread as far as the nodes that are left allow; a lost zone's replicas are repaired in the others.</summary>
    Preferred,

    /// <summary>A group is spread over all zones that the cluster knows, and waits for a lost one rather than crowd another.</summary>
    Required,
}

/// <summary>What an operator wants of placement. The limits hold for all moves that are under way at one time, those of earlier plans included.</summary>
public sealed record PlacementPolicy
{
    /// <summary>A node that is absent for this long is given up: its replicas are made anew elsewhere.</summary>
    public TimeSpan RepairAfter { get; init; } = TimeSpan.FromMinutes(5);

    public int MostMoves { get; init; } = 64;

    /// <summary>Moves that copy from one node (a group's leader sends its state), or transfer leadership away from it.</summary>
    public int MostMovesFromNode { get; init; } = 4;

    /// <summary>Moves that copy to one node, or transfer leadership to it.</summary>
    public int MostMovesToNode { get; init; } = 4;

    /// <summary>State that is being copied; a group that is larger is copied when nothing else is.</summary>
    public ByteSize MostBytesUnderWay { get; init; } = ByteSize.FromMebibytes(4_096);

    /// <summary>A node's replicas may be this far from its share, in percent of it and rounded to whole replicas, before any is moved for balance.</summary>
    public int ReplicaTolerancePercent { get; init; } = 5;

    /// <summary>The same for the load of the groups that a node leads.</summary>
    public int LeaderTolerancePercent { get; init; } = 10;

    public ZoneRule Zones { get; init; } = ZoneRule.Preferred;

    /// <exception cref="ArgumentOutOfRangeException">A setting is below what makes sense.</exception>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(RepairAfter, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(MostMoves, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MostMovesFromNode, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MostMovesToNode, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MostBytesUnderWay.Bytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReplicaTolerancePercent, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ReplicaTolerancePercent, 100);
        ArgumentOutOfRangeException.ThrowIfLessThan(LeaderTolerancePercent, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(LeaderTolerancePercent, 100);
    }
}
