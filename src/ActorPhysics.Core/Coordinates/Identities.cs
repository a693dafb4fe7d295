namespace ActorPhysics.Core.Coordinates;

/// <summary>Names one consensus group (seed §2.4, "Shard / Group"). <c>default</c> is group 0, which no configuration may use.</summary>
public readonly record struct GroupId(ulong Value) : IComparable<GroupId>
{
    public int CompareTo(GroupId other) => Value.CompareTo(other.Value);
    public override string ToString() => $"g{Value}";
}

/// <summary>
/// Distinguishes a group from an earlier one of the same id: it travels in every message, so that a stale replica of a deleted
/// group can neither vote nor replay. <c>default</c> is never a living group's incarnation.
/// </summary>
public readonly record struct GroupIncarnation(ulong Value)
{
    public override string ToString() => Value.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Names a process that hosts replicas. <c>default</c> is "no node".</summary>
public readonly record struct NodeId(ulong Value) : IComparable<NodeId>
{
    public int CompareTo(NodeId other) => Value.CompareTo(other.Value);
    public override string ToString() => $"n{Value}";
}

/// <summary>Names one replica of a group. It is never reused within a group, not even for the same node. <c>default</c> is "no replica".</summary>
public readonly record struct ReplicaId(ulong Value) : IComparable<ReplicaId>
{
    public static ReplicaId None => default;
    public bool IsNone => Value == 0;
    public int CompareTo(ReplicaId other) => Value.CompareTo(other.Value);
    public override string ToString() => IsNone ? "r-" : $"r{Value}";
}

/// <summary>
/// Counts the process runs of one replica; a run is made durable before the replica says its first word. Peers refuse a lower run
/// than the highest they heard of, which fences a second process on the same journal. <c>default</c> precedes every run.
/// </summary>
public readonly record struct ReplicaRun(ulong Value) : IComparable<ReplicaRun>
{
    public ReplicaRun Next => new(Value + 1);
    public int CompareTo(ReplicaRun other) => Value.CompareTo(other.Value);
    public override string ToString() => $"run{Value}";
}
