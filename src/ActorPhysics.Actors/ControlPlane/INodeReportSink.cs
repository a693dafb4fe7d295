using System.Collections.Immutable;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Actors.ControlPlane;

/// <summary>What the config leader makes of a node's report.</summary>
public enum ReportReception
{
    /// <summary>This node's replica of the config group does not lead: the reporter asks elsewhere.</summary>
    NotLeader,

    /// <summary>It is taken in.</summary>
    Taken,

    /// <summary>It is taken in, and the next report shall be a whole one.</summary>
    SendEverything,
}

/// <summary>Where the reports of nodes end: the config actor. Used on the loop only.</summary>
public interface INodeReportSink
{
    /// <summary>
    /// Takes a report in. The reporter may be a node that nobody knows yet: whoever reports wants to be a node of the cluster, and has proved to be who it is.
    /// </summary>
    ReportReception Take(NodeReport report);

    /// <summary>The nodes of the cluster as decided, in the order of their ids; reporters learn from it where the others are.</summary>
    ImmutableArray<ClusterNodeStatus> Nodes { get; }
}
