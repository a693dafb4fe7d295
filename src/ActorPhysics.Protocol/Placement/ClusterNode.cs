using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Protocol.Placement;

/// <summary>What is known of a node. Closed: <see cref="NodeAlive"/>, <see cref="NodeAbsent"/>, <see cref="NodeDraining"/>.</summary>
public abstract record NodeCondition
{
    private protected NodeCondition()
    {
    }
}

/// <summary>It serves, and may be given replicas.</summary>
public sealed record NodeAlive : NodeCondition
{
    public static NodeAlive Instance { get; } = new();
}

/// <summary>Nobody has heard of it since; whether it comes back is not known.</summary>
public sealed record NodeAbsent(LogTime Since) : NodeCondition;

/// <summary>It serves, and an operator wants it empty.</summary>
public sealed record NodeDraining : NodeCondition
{
    public static NodeDraining Instance { get; } = new();
}

/// <summary>
/// A node as the planner sees it. Of two nodes, one of twice the <paramref name="Weight"/> is given twice the replicas; it is between 1 and
/// <see cref="HighestWeight"/>.
/// </summary>
public sealed record ClusterNode(NodeId Node, FailureDomainId Zone, int Weight, NodeCondition Condition)
{
    /// <summary>Keeps shares exact in 64 bits.</summary>
    public const int HighestWeight = 1_000_000;
}

/// <summary>A number of bytes. <c>default</c> is none.</summary>
public readonly record struct ByteSize(long Bytes)
{
    public static ByteSize FromMebibytes(long mebibytes) => new(checked(mebibytes << 20));
    public override string ToString() => $"{Bytes} B";
}
