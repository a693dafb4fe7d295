using ActorPhysics.Actors.ControlPlane;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Transport;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>Reports go over the connection of the two nodes; to a node that does not know this one yet they go as a client's would, and so it becomes known.</summary>
internal sealed class ReportRoad(NodeOptions options, PeerConnections peers, INodeRequests requests, CallParts calls) : IReportRoad
{
    public bool TrySend(NodeId node, string address, byte[] report, TimeSpan patience, Action<PeerAnswer> answer)
    {
        if (node == options.Node.Id || peers.IsConnected(node))
        {
            requests.Ask(node, options.Config.Group, RequestKind.NodeReport, report, patience, answer);
            return true;
        }

        bool isPlace = HostPort.TryParse(address, out HostPort place);
        if (isPlace)
        {
            new SeedCall(calls, RequestKind.NodeReport, report, answer).Begin(node, EndPoints.Of(place), patience);
        }

        return isPlace;
    }

    public void Trouble(string detail)
    {
        if (detail.Length > 0)
        {
            NodeLog.ReportNotTaken(calls.Logger, detail);
        }
    }
}
