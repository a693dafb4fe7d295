using System.Collections.Immutable;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Protobuf;
using ActorPhysics.Wire.Requests;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Actors.Handoffs;

/// <summary>One parcel on its way, one piece at a time: reading it, offering it, pausing before the next or after a failure.</summary>
internal sealed class ParcelRun(HandoffCourier courier, GroupId taker, TakeIn terms, ImmutableArray<NodeId> sources, Action<CourierEnd> ended) : ITimerTarget
{
    private const int MostFailuresInARow = 12;
    private const int MostBrokenSeals = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private long _offset;
    private byte[] _piece = [];
    private int _source;
    private int _failures;
    private int _brokenSeals;

    public GroupId Taker { get; } = taker;

    public TakeIn Terms { get; } = terms;

    public List<Action<CourierEnd>> Waiting { get; } = [ended];

    public void Begin()
    {
        if (courier.ReceivedBytes(Taker, Terms) is not { } received)
        {
            End(ResponseOutcome.Ok, "");
        }
        else if (sources.IsDefaultOrEmpty)
        {
            End(ResponseOutcome.BadRequest, "the order names no node of the giver");
        }
        else
        {
            _offset = received;
            Read();
        }
    }

    public void TimerFired(TimerHandle timer, ulong tag)
    {
        if (_piece.Length > 0)
        {
            Offer();
        }
        else
        {
            Read();
        }
    }

    private void Read()
    {
        NodeId source = sources[_source % sources.Length];
        byte[] operation = ProtoEncoding.ToArray<ReadParcelOperation.Encoder, ReadParcelOperation>(
            new ReadParcelOperation(Terms.Id, _offset, courier.Bounds.PieceBytes));
        courier.Requests.Ask(source, Terms.Giver.Group, RequestKind.ReadParcel, operation, Patience, answer => PieceCame(source, answer));
    }

    private void PieceCame(NodeId source, PeerAnswer answer)
    {
        if (answer.IsDone && answer.Result.Length > 0 && answer.Result.Length <= Terms.Seal.LengthBytes - _offset)
        {
            _piece = answer.Result.ToArray();
            _failures = 0;
            Offer();
            return;
        }

        _source++;
        Fail($"{source} has no piece of {Terms.Id} at {_offset}: {answer.Outcome} {answer.Detail}");
    }

    private void Offer()
    {
        var command = new CommandView { Kind = CommandKind.TakeIn, Payload = HandoffCodec.Encode(Terms with { OffsetBytes = _offset }, _piece) };
        byte[] operation = ProtoEncoding.ToArray<CommandView.Encoder, CommandView>(command);
        courier.Requests.Ask(courier.Self, Taker, RequestKind.Command, operation, Patience, Answered);
    }

    private void Answered(PeerAnswer answer)
    {
        switch (answer.Outcome)
        {
            case ResponseOutcome.Ok when HandoffAnswer.TryDecode(answer.Result.Span, out HandoffAnswer? told):
                Heard(told);
                break;
            case ResponseOutcome.NotLeader:
                End(ResponseOutcome.NotLeader, $"{courier.Self} does not lead {Taker}");
                break;
            case ResponseOutcome.Unknown or ResponseOutcome.Overloaded or ResponseOutcome.Unavailable:
                // Offering a piece twice is harmless: it is the next one or it is not.
                Fail($"{Taker}: {answer.Outcome} {answer.Detail}");
                break;
            default:
                End(ResponseOutcome.Refused, $"{Taker}: {answer.Outcome} {answer.Detail}");
                break;
        }
    }

    private void Heard(HandoffAnswer told)
    {
        int bytes = _piece.Length;
        _piece = [];
        if (told.IsOwned)
        {
            End(ResponseOutcome.Ok, "");
            return;
        }

        bool beginsAnew = told.Refusal == HandoffRefusal.SealBroken && ++_brokenSeals < MostBrokenSeals;
        if (told.Refusal is not (HandoffRefusal.None or HandoffRefusal.NotNext) && !beginsAnew)
        {
            End(ResponseOutcome.Refused, told.Reason);
            return;
        }

        _failures = 0;
        _source += beginsAnew ? 1 : 0;
        _offset = told.ReceivedBytes;
        courier.Loop.SetTimer(courier.Pay(bytes), this, tag: 0);
    }

    private void Fail(string detail)
    {
        _failures++;
        if (_failures >= MostFailuresInARow)
        {
            End(ResponseOutcome.Unavailable, detail);
            return;
        }

        TimeSpan pause = ShortestPause * Math.Pow(2, _failures - 1);
        courier.Loop.SetTimer(courier.Loop.Now + (pause < LongestPause ? pause : LongestPause), this, tag: 0);
    }

    private void End(ResponseOutcome outcome, string detail) => courier.Ended(this, new CourierEnd(outcome, detail));
}
