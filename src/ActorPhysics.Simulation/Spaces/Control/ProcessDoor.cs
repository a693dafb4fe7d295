using System.Text;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Simulation.Processes;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Protobuf;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Simulation.Spaces.Control;

/// <summary>Where the requests of nodes come into a process and its answers go out, as at the door of the shipped node.</summary>
internal sealed class ProcessDoor(ControlledNode node, ProcessOrders orders) : IRequestReplies
{
    private readonly SortedDictionary<ulong, Caller> _callers = [];
    private ulong _last;

    /// <summary>Somebody who waits for an answer.</summary>
    internal sealed record Caller(NodeId Node, RequestId Request, Action<byte[], ReadOnlyMemory<byte>> Respond)
    {
        public void Answer(ResponseOutcome outcome, string detail) =>
            Answer(new ClientResponse { RequestId = Request, Outcome = outcome, Detail = Encoding.UTF8.GetBytes(detail) });

        public void Answer(in ClientResponse response, ReadOnlyMemory<byte> proof = default) =>
            Respond(ProtoEncoding.ToArray<ClientResponse.Encoder, ClientResponse>(response), proof);

        public void AnswerNotLeader(LeaderHint leader) => Answer(new ClientResponse
        {
            RequestId = Request,
            Outcome = ResponseOutcomes.Of(Refusal.NotLeader),
            LeaderNode = leader.Node,
            LeaderAddress = leader.Node == default ? [] : Encoding.UTF8.GetBytes(ProcessDesk.AddressOf(leader.Node)),
            LeaderEpoch = leader.Epoch,
        });
    }

    /// <summary>Takes a request in, in a turn of the process.</summary>
    public void Accept(NodeId from, byte[] bytes, Action<byte[], ReadOnlyMemory<byte>> respond)
    {
        if (!ClientRequest.TryRead(bytes, out ClientRequest request))
        {
            throw new InvalidDataException("a request cannot be read");
        }

        var caller = new Caller(from, request.RequestId, respond);
        if (ProcessOrders.AreOfKind(request.Kind))
        {
            orders.Accept(caller, request);
        }
        else if (node.Find(request.Group) is not { Actor: { } actor } replica)
        {
            caller.Answer(ResponseOutcome.NoSuchGroup, "no replica of that group lives here");
        }
        else
        {
            Offer(caller, replica, actor, request);
        }
    }

    public void Applied(RequestToken request, in AppliedCommand outcome, Coordinate frontier, ReadOnlyMemory<byte> proof)
    {
        if (_callers.Remove(request.Request, out Caller? caller))
        {
            caller.Answer(ResponseOutcomes.Answer(caller.Request, outcome, frontier), proof);
        }
    }

    public void Served(
        RequestToken request, QueryOutcome outcome, ReadOnlySpan<byte> answer, ConsistencyLevel level, Coordinate frontier, ulong knownLagEntries, ReadOnlyMemory<byte> proof)
    {
        if (_callers.Remove(request.Request, out Caller? caller))
        {
            caller.Answer(ResponseOutcomes.Answer(caller.Request, outcome, answer, level, frontier, knownLagEntries), proof);
        }
    }

    public void Refused(RequestToken request, Refusal refusal, LeaderHint leader, string? detail)
    {
        if (_callers.Remove(request.Request, out Caller? caller))
        {
            caller.Answer(new ClientResponse
            {
                RequestId = caller.Request,
                Outcome = ResponseOutcomes.Of(refusal),
                LeaderNode = leader.Node,
                LeaderEpoch = leader.Epoch,
                Detail = Encoding.UTF8.GetBytes(detail ?? $"{refusal}"),
            });
        }
    }

    public void MembershipChanged(RequestToken request, Coordinate coordinate, GroupConfiguration configuration)
    {
        if (_callers.Remove(request.Request, out Caller? caller))
        {
            caller.Answer(new ClientResponse { RequestId = caller.Request, Coordinate = coordinate, Frontier = coordinate });
        }
    }

    public void TransferCompleted(RequestToken request, LeaderHint leader)
    {
        if (_callers.Remove(request.Request, out Caller? caller))
        {
            caller.Answer(new ClientResponse { RequestId = caller.Request, LeaderNode = leader.Node, LeaderEpoch = leader.Epoch });
        }
    }

    private void Offer(Caller caller, SimulatedReplica replica, ReplicaActor actor, in ClientRequest request)
    {
        switch (request.Kind)
        {
            case RequestKind.Command when CommandView.TryRead(request.Operation, out CommandView command, out _) && Enum.IsDefined(command.Kind):
                replica.Offer(Remember(caller), request.Operation.ToArray(), ConsistencyLevel.StrongWrite);
                break;
            case RequestKind.TransferLeadership when TransferOperation.TryRead(request.Operation, out TransferOperation transfer):
                Transfer(caller, replica, actor, transfer.Target);
                break;
            case RequestKind.ChangeMembership when ChangeMembershipOperation.TryRead(request.Operation, out ChangeMembershipOperation? change):
                replica.Offer(new MembershipMail(Remember(caller), change.Expected, change.Target));
                break;
            default:
                caller.Answer(ResponseOutcome.BadRequest, "the operation is malformed, or unknown to this version");
                break;
        }
    }

    private void Transfer(Caller caller, SimulatedReplica replica, ReplicaActor actor, NodeId target)
    {
        if (actor.Configurations.Newest.Members.Any(member => member.Node == target))
        {
            replica.Offer(new TransferMail(Remember(caller), target));
        }
        else if (actor.Role == LineRole.Leader)
        {
            caller.Answer(ResponseOutcome.BadRequest, $"{target} holds no replica of the group");
        }
        else if (actor.LeaderNode == default)
        {
            caller.Answer(ResponseOutcome.Unavailable, "nobody is known to lead");
        }
        else
        {
            caller.AnswerNotLeader(new LeaderHint(actor.LeaderNode, actor.Epoch));
        }
    }

    private RequestToken Remember(Caller caller)
    {
        _callers.Add(++_last, caller);
        return new RequestToken(ProcessPorts.DoorSource, _last);
    }
}
