using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Protobuf;
using ActorPhysics.Wire.Requests;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Actors.ControlPlane;

/// <summary>How bringing a parcel ended.</summary>
/// <param name="Outcome"><see cref="ResponseOutcome.Ok"/> when the taker owns the keys.</param>
/// <param name="Detail">One sentence for people.</param>
public readonly record struct CourierAnswer(ResponseOutcome Outcome, string Detail);

/// <summary>
/// Brings the parcels of handoffs to the takers that this node leads: it reads a piece from a node of the giver and writes it into the taker's log, one piece at
/// a time. It keeps nothing that matters: how far a parcel has come is part of the taker's replicated state, so any other node's courier goes on from
/// there, and a piece that comes twice changes nothing. Used on the loop only.
/// </summary>
public sealed class HandoffCourier(NodeId self, INodeRequests requests)
{
    /// <summary>So many orders for one parcel may wait for its end.</summary>
    private const int MostWaiting = 8;
    private const int PieceBytes = 256 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly SortedDictionary<GroupId, Errand> _errands = [];

    private sealed class Errand(FetchHandoffOperation fetch)
    {
        public FetchHandoffOperation Fetch { get; } = fetch;
        public List<Action<CourierAnswer>> Waiting { get; } = [];

        /// <summary>Which source is asked; behind the last none is left.</summary>
        public int Source { get; set; }
        public long OffsetBytes { get; set; }
    }

    /// <summary>Brings a parcel, or waits with whoever ordered it before.</summary>
    /// <param name="known">What the taker's replica here says of its keys.</param>
    /// <param name="answer">Called once, on the loop, never from within this call.</param>
    public void Fetch(GroupId taker, KeyOwnership? known, FetchHandoffOperation fetch, Action<CourierAnswer> answer)
    {
        ArgumentNullException.ThrowIfNull(fetch);
        if (_errands.TryGetValue(taker, out Errand? underWay))
        {
            bool isSame = underWay.Fetch.Order.Id == fetch.Order.Id && underWay.Waiting.Count < MostWaiting;
            if (isSame)
            {
                underWay.Waiting.Add(answer);
            }
            else
            {
                answer(new CourierAnswer(ResponseOutcome.Overloaded, $"{underWay.Fetch.Order.Id} is on its way to {taker}"));
            }

            return;
        }

        bool hasBegun = known?.Incoming is { } incoming && incoming.Id == fetch.Order.Id;
        var errand = new Errand(fetch) { OffsetBytes = hasBegun ? known!.Incoming!.ReceivedBytes : 0 };
        errand.Waiting.Add(answer);
        _errands.Add(taker, errand);
        Read(taker, errand);
    }

    private void Read(GroupId taker, Errand errand)
    {
        TakeIn order = errand.Fetch.Order;
        if (errand.Source == errand.Fetch.Sources.Length)
        {
            End(taker, errand, ResponseOutcome.Unavailable, $"no node of {order.Giver.Group} gave the parcel of {order.Id}");
            return;
        }

        byte[] operation = ProtoEncoding.ToArray<ReadParcelOperation.Encoder, ReadParcelOperation>(new ReadParcelOperation(order.Id, errand.OffsetBytes, PieceBytes));
        requests.Ask(
            errand.Fetch.Sources[errand.Source], order.Giver.Group, RequestKind.ReadParcel, operation, Patience, piece => OnPiece(taker, errand, piece));
    }

    private void OnPiece(GroupId taker, Errand errand, PeerAnswer piece)
    {
        if (!piece.IsDone || piece.Result.IsEmpty)
        {
            errand.Source++;
            Read(taker, errand);
            return;
        }

        TakeIn order = errand.Fetch.Order with { OffsetBytes = errand.OffsetBytes };
        var command = new CommandView { Kind = CommandKind.TakeIn, Payload = HandoffCodec.Encode(order, piece.Result.Span) };
        byte[] operation = ProtoEncoding.ToArray<CommandView.Encoder, CommandView>(command);
        requests.Ask(self, taker, RequestKind.Command, operation, Patience, taken => OnTaken(taker, errand, taken));
    }

    private void OnTaken(GroupId taker, Errand errand, PeerAnswer taken)
    {
        if (!taken.IsDone)
        {
            End(taker, errand, taken.Outcome, taken.Detail);
        }
        else if (!HandoffAnswer.TryDecode(taken.Result.Span, out HandoffAnswer? answer))
        {
            End(taker, errand, ResponseOutcome.Unavailable, "the taker's answer cannot be read");
        }
        else if (answer.IsOwned)
        {
            End(taker, errand, ResponseOutcome.Ok, "");
        }
        else if (answer.IsRefused && answer.Refusal is not (HandoffRefusal.NotNext or HandoffRefusal.SealBroken))
        {
            End(taker, errand, ResponseOutcome.ConfigurationConflict, answer.Reason);
        }
        else
        {
            GoOn(taker, errand, answer);
        }
    }

    private void GoOn(GroupId taker, Errand errand, HandoffAnswer answer)
    {
        if (answer.Refusal == HandoffRefusal.SealBroken)
        {
            // One of the pieces was not what the giver sealed: the next source may have better ones.
            errand.Source++;
        }

        errand.OffsetBytes = answer.ReceivedBytes;
        Read(taker, errand);
    }

    private void End(GroupId taker, Errand errand, ResponseOutcome outcome, string detail)
    {
        _errands.Remove(taker);
        foreach (Action<CourierAnswer> waiting in errand.Waiting)
        {
            waiting(new CourierAnswer(outcome, detail));
        }
    }
}
