using System.Text;
using ActorPhysics.Actors.ControlPlane;
using ActorPhysics.Actors.Handoffs;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Membership;
using ActorPhysics.Wire.ControlPlane;
using ActorPhysics.Wire.Journal;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>
/// What is asked of the node itself rather than of a group's replica: orders about its replicas, and the reports of other nodes. On the loop.
/// </summary>
internal sealed class NodeOrders(ClientDoor door, ReplicaHosting hosting, GroupId configGroup, IReadOnlyDictionary<GroupId, HostedGroup> groups)
{
    private const int MostPieceBytes = 512 * 1024;

    /// <summary>Takes reports while this node's replica of the config group leads; null where there is none.</summary>
    public INodeReportSink? Reports { get; set; }

    /// <summary>Knows where the config leader was last; null without a config group.</summary>
    public NodeReporter? Reporter { get; set; }

    /// <summary>Brings the parcels of handoffs; set before the first request is heard.</summary>
    public HandoffCourier? Courier { get; set; }

    /// <summary>Begins groups anew; set before anybody is heard.</summary>
    public GroupRecoveries Recoveries { get; set; } = null!;

    /// <summary>Whether requests of this kind are for the node itself.</summary>
    public static bool AreOfKind(RequestKind kind) =>
        kind is RequestKind.HostReplica or RequestKind.DiscardReplica or RequestKind.RetireGroup or RequestKind.NodeReport
            or RequestKind.FetchHandoff or RequestKind.ReadParcel or RequestKind.RecoverGroup or RequestKind.GroupRecovered;

    public void Accept(Asker asker, in ClientRequest request)
    {
        GroupId group = request.Group;
        if (asker.Node == default && request.Kind is RequestKind.FetchHandoff or RequestKind.ReadParcel)
        {
            // A client reads keys from the group that owns them, and they change their group by the config group's word only.
            ClientDoor.Refuse(asker, request.RequestId, ResponseOutcome.NotAuthorized, "only nodes fetch parcels");
            return;
        }

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
            case RequestKind.FetchHandoff when FetchHandoffOperation.TryRead(request.Operation, out FetchHandoffOperation? fetch):
                Fetch(asker, request.RequestId, group, fetch);
                break;
            case RequestKind.ReadParcel when ReadParcelOperation.TryRead(request.Operation, out ReadParcelOperation read):
                ReadParcel(asker, request.RequestId, group, read);
                break;
            case RequestKind.RecoverGroup when RecoverGroupOperation.TryRead(request.Operation, out RecoverGroupOperation recover):
                Recoveries.Recover(group, recover, PlanTo(asker, request.RequestId));
                break;
            case RequestKind.GroupRecovered when RecoveryCodec.TryDecode(request.Operation, out GroupRecovery? recovery) && recovery.Group == group:
                Recoveries.Learn(recovery, AnswerTo(asker, request.RequestId));
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

    private void Fetch(Asker asker, RequestId request, GroupId group, FetchHandoffOperation fetch)
    {
        if (!groups.TryGetValue(group, out HostedGroup? taker) || taker.Actor.Role != LineRole.Leader)
        {
            LeaderHint leader = taker is null ? default : new LeaderHint(taker.Actor.LeaderNode, taker.Actor.Epoch);
            door.Respond(asker, request, Protocol.Line.Effects.Refusal.NotLeader, leader, exactly: null);
            return;
        }

        Action<HostingAnswer> answer = AnswerTo(asker, request);
        Courier!.Fetch(group, fetch.Order, fetch.Sources, end => answer(new HostingAnswer(end.Outcome, end.Detail)));
    }

    /// <summary>Any replica that has applied the giver's entry has the whole parcel; one that has not yet says so.</summary>
    private void ReadParcel(Asker asker, RequestId request, GroupId group, ReadParcelOperation read)
    {
        ReadOnlyMemory<byte> piece = default;
        bool isKept = groups.TryGetValue(group, out HostedGroup? giver) && !giver.Actor.IsStopped
            && giver.Actor.TryReadParcel(read.Handoff, read.OffsetBytes, Math.Min(read.MaxBytes, MostPieceBytes), out piece);
        if (isKept)
        {
            asker.Respond(new ClientResponse { RequestId = request, Result = piece.Span });
        }
        else
        {
            ClientDoor.Refuse(asker, request, ResponseOutcome.Unavailable, $"no parcel of {read.Handoff} is kept here");
        }
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

    private Action<HostingAnswer, RecoveryPlan?> PlanTo(Asker asker, RequestId request)
    {
        asker.Pending++;
        ulong id = asker.Id;
        return (answer, plan) =>
        {
            if (door.TryEnd(new RequestToken(id, request.Value), out Asker? waiting))
            {
                waiting.Respond(new ClientResponse
                {
                    RequestId = request,
                    Outcome = answer.Outcome,
                    Result = plan?.Encode() ?? [],
                    Detail = Encoding.UTF8.GetBytes(answer.Detail),
                });
            }
        };
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
