using System.Globalization;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Wire.Handshake;

/// <summary>The name that a node's certificate must prove, so that whoever presents it is that node and no other.</summary>
public static class NodeName
{
    /// <summary><c>node-7.00000000000000c1</c>, say.</summary>
    public const string DefaultPattern = "node-{node}.{cluster}";

    /// <summary>Fills in a pattern.</summary>
    /// <param name="pattern"><c>{node}</c> is the node's number, <c>{cluster}</c> the cluster's id in hexadecimal.</param>
    /// <param name="node">The node.</param>
    /// <param name="cluster">Its cluster.</param>
    public static string Of(string pattern, NodeId node, ClusterId cluster) => pattern
        .Replace("{node}", node.Value.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{cluster}", cluster.ToString(), StringComparison.Ordinal);
}
