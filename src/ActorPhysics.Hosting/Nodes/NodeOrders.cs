using ActorPhysics.Actors.ControlPlane;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Wire.ControlPlane;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>
/// What is asked of the node itself rather than of a group's replica: orders about its replicas, and the reports of other nodes. On the loop.
/// </summary>
internal sealed class NodeOrders(ClientDoor door, ReplicaHosting hosting, GroupId configGroup, IReadOnlyDictionary<GroupId, HostedGroup> groups)
{
    /// <summary>Takes reports while this node's replica of the config group leads; null where there is none.</summary>
    public INodeReportSink? Reports { get; set; }

    /// <summary>Knows where the config leader was last; null without a config group.</summary>
    public NodeReporter? Reporter { get; set; }

    /// <summary>Whether requests of this kind are for the node itself.</summary>
    public static bool AreOfKind(RequestKind kind) =>
        kind is RequestKind.HostReplica or RequestKind.DiscardReplica or RequestKind.RetireGroup or RequestKind.NodeReport;

    public void Accept(Asker asker, in ClientRequest request)
    {
        GroupId group = request.Group;
        switch (request.Kind)
        {
            case RequestKind.HostReplica:
                if (HostReplicaOperation.TryRead(request.Operation, out HostReplicaOperation host, out string? refusal))
                {
                    hosting.Host(group, host.Replica, host.Charter, AnswerTo(asker, request.RequestId));
                }
                else
                {
                    ClientDoor.Refuse(asker, request.RequestId, ResponseOutcome.BadRequest, refusal);
                }

                break;
            case RequestKind.DiscardReplica when DiscardReplicaOperation.TryRead(request.Operation, out DiscardReplicaOperation discard):
                hosting.Discard(group, discard.Replica, AnswerTo(asker, request.RequestId));
                break;
            case RequestKind.RetireGroup when RetireGroupOperation.TryRead(request.Operation, out RetireGroupOperation retire):
                hosting.Retire(group, retire.Incarnation, retire.Reason, AnswerTo(asker, request.RequestId));
                break;
            case RequestKind.NodeReport when NodeReportCodec.TryDecode(request.Operation, out NodeReport? report, out ulong knownNodes):
                Take(asker, request.RequestId, report, knownNodes);
                break;
            default:
                ClientDoor.Refuse(asker, request.RequestId, ResponseOutcome.BadRequest, "the order is malformed, or of a later version");
                break;
        }
    }

    private void Take(Asker asker, RequestId request, NodeReport report, ulong knownNodes)
    {
        if (!asker.MaySpeakFor(report.Node))
        {
            ClientDoor.Refuse(asker, request, ResponseOutcome.NotAuthorized, $"who asks has not proved to be {report.Node}");
            return;
        }

        ReportReception reception = Reports?.Take(report) ?? ReportReception.NotLeader;
        if (reception == ReportReception.NotLeader)
        {
            door.Respond(asker, request, Refusal.NotLeader, ConfigLeader(), exactly: null);
            return;
        }

        ulong digest = ReportAnswer.DigestOf(Reports!.Nodes);
        var answer = new ReportAnswer(reception == ReportReception.SendEverything, knownNodes == digest ? [] : Reports.Nodes, digest);
        asker.Respond(new ClientResponse { RequestId = request, Result = answer.Encode() });
    }

    /// <summary>Who leads the config group: its own replica here knows best, else whoever took this node's last report.</summary>
    private LeaderHint ConfigLeader()
    {
        if (groups.TryGetValue(configGroup, out HostedGroup? config) && config.Actor.LeaderNode is var leader && leader != default)
        {
            return new LeaderHint(leader, config.Actor.Epoch);
        }

        return new LeaderHint(Reporter?.Leader ?? default, default);
    }

    private Action<HostingAnswer> AnswerTo(Asker asker, RequestId request)
    {
        asker.Pending++;
        ulong id = asker.Id;
        return answer =>
        {
            if (door.TryEnd(new RequestToken(id, request.Value), out Asker? waiting))
            {
                ClientDoor.Refuse(waiting, request, answer.Outcome, answer.Detail);
            }
        };
    }
}
