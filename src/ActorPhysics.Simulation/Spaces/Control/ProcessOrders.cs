using ActorPhysics.Actors.ControlPlane;
using ActorPhysics.Actors.Handoffs;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Wire.ControlPlane;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Simulation.Spaces.Control;

/// <summary>What is asked of a node itself: orders about its replicas, reports of other nodes, parcels.</summary>
internal sealed class ProcessOrders(
    ControlledNode node, ProcessHosting hosting, HandoffCourier courier, NodeReporter reporter, Func<INodeReportSink?> reports)
{
    public static bool AreOfKind(RequestKind kind) =>
        kind is RequestKind.HostReplica or RequestKind.RetireGroup or RequestKind.NodeReport or RequestKind.FetchHandoff or RequestKind.ReadParcel;

    public void Accept(ProcessDoor.Caller caller, in ClientRequest request)
    {
        switch (request.Kind)
        {
            case RequestKind.HostReplica when HostReplicaOperation.TryRead(request.Operation, out HostReplicaOperation host, out _):
                hosting.Host(request.Group, host.Replica, host.Charter, caller.Answer);
                break;
            case RequestKind.RetireGroup when RetireGroupOperation.TryRead(request.Operation, out RetireGroupOperation retire):
                hosting.Retire(request.Group, retire.Incarnation, caller.Answer);
                break;
            case RequestKind.NodeReport when NodeReportCodec.TryDecode(request.Operation, out NodeReport? report, out ulong knownNodes):
                Take(caller, report, knownNodes);
                break;
            case RequestKind.FetchHandoff when FetchHandoffOperation.TryRead(request.Operation, out FetchHandoffOperation? fetch):
                Fetch(caller, request.Group, fetch);
                break;
            case RequestKind.ReadParcel when ReadParcelOperation.TryRead(request.Operation, out ReadParcelOperation read):
                ReadParcel(caller, request.Group, read);
                break;
            default:
                caller.Answer(ResponseOutcome.BadRequest, "the order is malformed, or of a later version");
                break;
        }
    }

    private void Take(ProcessDoor.Caller caller, NodeReport report, ulong knownNodes)
    {
        INodeReportSink? sink = reports();
        ReportReception reception = sink?.Take(report) ?? ReportReception.NotLeader;
        if (reception == ReportReception.NotLeader)
        {
            caller.AnswerNotLeader(ConfigLeader());
            return;
        }

        ulong digest = ReportAnswer.DigestOf(sink!.Nodes);
        var answer = new ReportAnswer(reception == ReportReception.SendEverything, knownNodes == digest ? [] : sink.Nodes, digest);
        caller.Answer(new ClientResponse { RequestId = caller.Request, Result = answer.Encode() });
    }

    private void Fetch(ProcessDoor.Caller caller, GroupId group, FetchHandoffOperation fetch)
    {
        ReplicaActor? taker = node.Find(group)?.Actor;
        if (taker is null || taker.Role != LineRole.Leader)
        {
            caller.AnswerNotLeader(taker is null ? default : new LeaderHint(taker.LeaderNode, taker.Epoch));
            return;
        }

        courier.Fetch(group, fetch.Order, fetch.Sources, end => caller.Answer(end.Outcome, end.Detail));
    }

    private void ReadParcel(ProcessDoor.Caller caller, GroupId group, ReadParcelOperation read)
    {
        ReadOnlyMemory<byte> piece = default;
        bool isKept = node.Find(group) is { Actor: { IsStopped: false } giver } && giver.TryReadParcel(read.Handoff, read.OffsetBytes, read.MaxBytes, out piece);
        if (isKept)
        {
            caller.Answer(new ClientResponse { RequestId = caller.Request, Result = piece.Span });
        }
        else
        {
            caller.Answer(ResponseOutcome.Unavailable, $"no parcel of {read.Handoff} is kept here");
        }
    }

    private LeaderHint ConfigLeader() => node.Find(SpaceRun.ConfigGroup) is { Actor: { } config } && config.LeaderNode != default
        ? new LeaderHint(config.LeaderNode, config.Epoch)
        : new LeaderHint(reporter.Leader, default);
}
