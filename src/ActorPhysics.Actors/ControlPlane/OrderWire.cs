using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Wire.Certificates;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Protobuf;
using ActorPhysics.Wire.Requests;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Actors.ControlPlane;

/// <summary>The config actor's orders as requests to nodes, and what their answers mean.</summary>
internal static class OrderWire
{
    /// <summary>The request that carries an order.</summary>
    public static (RequestKind Kind, byte[] Operation) Encode(NodeOrder order) => order switch
    {
        HostOrder host => (
            RequestKind.HostReplica, ProtoEncoding.ToArray<HostReplicaOperation.Encoder, HostReplicaOperation>(new HostReplicaOperation(host.Replica, host.Charter))),
        RetireOrder retire => (
            RequestKind.RetireGroup, ProtoEncoding.ToArray<RetireGroupOperation.Encoder, RetireGroupOperation>(new RetireGroupOperation(retire.Incarnation, retire.Reason))),
        ChangeMembersOrder change => (
            RequestKind.ChangeMembership,
            ProtoEncoding.ToArray<ChangeMembershipOperation.Encoder, ChangeMembershipOperation>(new ChangeMembershipOperation(change.Expected, change.Target))),
        TransferOrder transfer => (
            RequestKind.TransferLeadership, ProtoEncoding.ToArray<TransferOperation.Encoder, TransferOperation>(new TransferOperation(transfer.Target))),
        HandOutOrder handOut => (RequestKind.Command, Command(CommandKind.HandOut, HandoffCodec.Encode(HandOutOf(handOut)))),
        FetchOrder fetch => (
            RequestKind.FetchHandoff, ProtoEncoding.ToArray<FetchHandoffOperation.Encoder, FetchHandoffOperation>(new FetchHandoffOperation(TakeInOf(fetch), fetch.Sources))),
        ReleaseOrder release => (RequestKind.Command, Command(CommandKind.Release, HandoffCodec.Encode(new Release(release.Handoff.Id)))),
        _ => throw new Core.InvariantViolationException("ClosedOrders", $"no request carries {order.GetType().Name}"),
    };

    /// <summary>What an answer means for the order.</summary>
    /// <param name="configurations">The configurations that the group reported lately: what a giver's certificate is proven against.</param>
    public static OrderOutcome Read(NodeOrder order, PeerAnswer answer, IReadOnlyCollection<GroupConfiguration> configurations)
    {
        OrderEnd end = answer.Outcome switch
        {
            ResponseOutcome.Ok => OrderEnd.Done,
            ResponseOutcome.ConfigurationConflict => OrderEnd.Conflict,
            ResponseOutcome.NotLeader or ResponseOutcome.NoSuchGroup => OrderEnd.NotLeader,
            ResponseOutcome.BadRequest or ResponseOutcome.Refused or ResponseOutcome.NotAuthorized => OrderEnd.Refused,
            _ => OrderEnd.Unknown,
        };
        if (end != OrderEnd.Done || order is not (HandOutOrder or ReleaseOrder))
        {
            return new OrderOutcome(end, answer.Detail);
        }

        if (!HandoffAnswer.TryDecode(answer.Result.Span, out HandoffAnswer? handoff) || handoff.IsRefused)
        {
            return new OrderOutcome(OrderEnd.Conflict, handoff?.Reason ?? "the answer cannot be read");
        }

        return order is HandOutOrder ? Freeze(answer, handoff, configurations) : new OrderOutcome(OrderEnd.Done);
    }

    /// <summary>The giver gave the keys away only if a commit certificate says so: an answer alone is a claim.</summary>
    private static OrderOutcome Freeze(PeerAnswer answer, HandoffAnswer handoff, IReadOnlyCollection<GroupConfiguration> configurations)
    {
        foreach (GroupConfiguration configuration in configurations)
        {
            if (ProofCodec.ProveCommit(answer.Proof.Span, configuration) is { } proof && proof.Covers(answer.Coordinate))
            {
                return new OrderOutcome(OrderEnd.Done, Freeze: new HandoffFreeze(answer.Coordinate, answer.Proof, handoff.Seal.LengthBytes, handoff.Seal.Checksum));
            }
        }

        return new OrderOutcome(OrderEnd.Conflict, $"no certificate covers {answer.Coordinate} under a configuration that {answer.Coordinate.Group} reported");
    }

    private static HandOut HandOutOf(HandOutOrder order)
    {
        Handoff handoff = order.Handoff;
        return new HandOut(handoff.Id, handoff.Space, order.Expected, handoff.Range, new HandoffParty(handoff.Taker, order.TakerIncarnation), handoff.Version);
    }

    private static TakeIn TakeInOf(FetchOrder order)
    {
        Handoff handoff = order.Handoff;
        HandoffFreeze freeze = handoff.Freeze!;
        return new TakeIn(
            handoff.Id, handoff.Space, handoff.Range, new HandoffParty(handoff.Giver, order.GiverIncarnation), handoff.Version,
            new ParcelSeal(freeze.LengthBytes, freeze.Checksum), OffsetBytes: 0);
    }

    private static byte[] Command(CommandKind kind, byte[] payload)
    {
        var command = new CommandView { Kind = kind, Payload = payload };
        return ProtoEncoding.ToArray<CommandView.Encoder, CommandView>(command);
    }
}
