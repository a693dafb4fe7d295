using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Actors.ControlPlane;

/// <summary>Where the nodes of the cluster are reached: those of the settings, and those of which the config group told since. Used on the loop only.</summary>
public interface INodeDirectory
{
    /// <summary>All nodes that are known, in the order of their ids.</summary>
    ImmutableArray<ClusterNodeStatus> Nodes { get; }

    /// <summary>Where a node is reached, as <c>host:port</c>; empty when it is not known.</summary>
    string TextOf(NodeId node);

    /// <summary>
    /// A node is part of the cluster, at this address. From now on, and after every restart, its connections are accepted and it is called. Again with
    /// another address: that one counts. Without effect for this node itself.
    /// </summary>
    void Learn(NodeId node, string name, string address);
}
