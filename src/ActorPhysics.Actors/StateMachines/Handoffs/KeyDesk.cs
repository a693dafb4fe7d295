using System.Buffers;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Actors.StateMachines.Handoffs;

/// <summary>
/// The part of a replicated state that knows which keys the group owns: it turns away what belongs elsewhere, packs what is handed out and unpacks what comes
/// in. All of it happens at a place of the log, on every replica alike. Handing out and taking in cost time in proportion to what moves (in a space sharded by
/// hash, handing out walks all keys of the group), on the replica's loop.
/// </summary>
internal sealed class KeyDesk
{
    private static ReadOnlySpan<byte> NamesNoKey => "The command names no key, and in a sharded space every command names one."u8;

    private readonly StateMachineDefinition _definition;
    private readonly IPartitionedStateMachine? _machine;

    /// <summary>Null unless something is outgoing.</summary>
    private ParcelBytes? _outgoing;

    /// <summary>Null unless something is coming in; as long as the ownership says.</summary>
    private ParcelBytes? _incoming;

    public KeyDesk(StateMachineDefinition definition, IReplicatedStateMachine machine, KeyOwnership ownership, ParcelBytes? outgoing, ParcelBytes? incoming)
    {
        _definition = definition;
        _machine = machine as IPartitionedStateMachine;
        Ownership = ownership;
        _outgoing = outgoing;
        _incoming = incoming;
    }

    public KeyOwnership Ownership { get; private set; }

    /// <summary>Where the owned range may be divided; null when there is no such point.</summary>
    public KeyPoint? Middle => Ownership.Owned is not { } owned ? null
        : Ownership.Kind == ShardingKind.Hash ? (owned.MiddleOfHashes() is { } hash ? KeyPoint.At(hash) : null)
        : _machine?.MiddleKey(owned) is { } key ? KeyPoint.At(key)
        : null;

    /// <summary>Why a command takes no effect here, with the result written; null when the group owns its key.</summary>
    public CommandStatus? Refuse(ReadOnlySpan<byte> command, IBufferWriter<byte> result)
    {
        if (_machine is null)
        {
            // Such a machine's state is one key, as it were: whoever owns anything owns everything.
            return Ownership.Owned is null ? WrongShard(default, result) : null;
        }

        if (!_machine.TryGetKey(command, out ReadOnlySpan<byte> key))
        {
            result.Write(NamesNoKey);
            return CommandStatus.Refused;
        }

        return Ownership.Owns(key) ? null : WrongShard(key, result);
    }

    /// <summary>Whether a query may be answered from this state; if not, what the group knows was written.</summary>
    /// <param name="scope">What the asker believes the group to own; null when it did not say.</param>
    public bool Admits(ReadOnlySpan<byte> query, KeyRange? scope, IBufferWriter<byte> answer)
    {
        ReadOnlySpan<byte> key = default;
        bool owned = _machine is null ? Ownership.Owned is not null
            : _machine.TryGetQueryKey(query, out key) ? Ownership.Owns(key)
            : scope is { } believed && Ownership.Owned is { } range && believed == range;
        if (!owned)
        {
            WrongShard(key, answer);
        }

        return owned;
    }

    public HandoffAnswer Obey(HandOut order, GroupId self, ConfigEpoch at, SessionTable sessions)
    {
        HandoffVerdict verdict = Ownership.Judge(order, self, at);
        if (verdict.IsRepetition)
        {
            return Done(Ownership.FindGiven(order.Id)!.Value.Seal);
        }

        if (verdict.Refusal != HandoffRefusal.None)
        {
            return Refused(verdict);
        }

        if (_machine is null)
        {
            return NotPartitioned();
        }

        sessions.Share(order.Version);
        var header = new ParcelHeader(
            order.Id, order.Space, Ownership.Kind, order.Range, order.Version, order.Taker, self, _definition.Name, _definition.Version);
        using IStateCapture part = _machine.Partition(order.Range, Ownership.Kind);
        _outgoing = ParcelFormat.Write(header, sessions.Capture(), part);
        Ownership = Ownership.After(order, _outgoing.Seal);
        return Done(_outgoing.Seal);
    }

    /// <exception cref="InvalidDataException">The parcel is what the giver sealed, and this build cannot make sense of it.</exception>
    public HandoffAnswer Obey(TakeIn order, ReadOnlySpan<byte> piece, GroupId self, SessionTable sessions)
    {
        HandoffVerdict verdict = Ownership.Judge(order, self, piece.Length);
        if (verdict.Refusal != HandoffRefusal.None)
        {
            return Refused(verdict) with { ReceivedBytes = Ownership.Incoming is { } known && known.Id == order.Id ? known.ReceivedBytes : 0 };
        }

        if (verdict.IsRepetition)
        {
            return Ownership.Incoming is { } open && open.Id == order.Id
                ? Received(open)
                : new HandoffAnswer(HandoffRefusal.None, "", order.Seal, order.Seal.LengthBytes, IsOwned: true);
        }

        if (_machine is null)
        {
            return NotPartitioned();
        }

        KeyOwnership next = Ownership.After(order, piece.Length);
        _incoming = next.Incoming!.ReceivedBytes == piece.Length ? new ParcelBytes() : _incoming!;
        _incoming.Append(piece);
        Ownership = next;
        return next.Incoming.IsWhole ? Absorb(next.Incoming, self, sessions) : Received(next.Incoming);
    }

    public HandoffAnswer Obey(Release order)
    {
        HandoffVerdict verdict = Ownership.Judge(order);
        if (verdict.Refusal != HandoffRefusal.None)
        {
            return Refused(verdict);
        }

        if (!verdict.IsRepetition)
        {
            Ownership = Ownership.After(order);
            _outgoing = null;
        }

        return Done(Ownership.FindGiven(order.Id)!.Value.Seal);
    }

    /// <summary>A piece of the parcel that the group keeps for a taker; false when it keeps none of that handoff.</summary>
    public bool TryReadParcel(HandoffId handoff, long offsetBytes, int maxBytes, out ReadOnlyMemory<byte> piece)
    {
        bool isKept = Ownership.Outgoing?.Id == handoff && _outgoing is not null;
        piece = isKept ? _outgoing!.Slice(offsetBytes, maxBytes) : default;
        return isKept;
    }

    public KeyDeskCapture Capture() => new(Ownership, _outgoing?.Picture() ?? ParcelPicture.Empty, _incoming?.Picture() ?? ParcelPicture.Empty);

    /// <summary>The last piece has come: all of it takes effect, or none.</summary>
    private HandoffAnswer Absorb(IncomingHandoff incoming, GroupId self, SessionTable sessions)
    {
        ParcelSeal seal = _incoming!.Seal;
        string? defect = seal != incoming.Seal ? $"what has come is {seal}, what was sealed {incoming.Seal}" : Misdirection(incoming, self);
        if (defect is not null)
        {
            _incoming = null;
            Ownership = Ownership.Restarted();
            return new HandoffAnswer(
                seal != incoming.Seal ? HandoffRefusal.SealBroken : HandoffRefusal.WrongGroup, $"{defect}; the parcel must come again from its beginning",
                incoming.Seal, ReceivedBytes: 0, IsOwned: false);
        }

        using Stream parcel = _incoming.Picture().OpenRead();
        sessions.Absorb(ParcelFormat.Absorb(parcel, _machine!));
        _incoming = null;
        Ownership = Ownership.Absorbed();
        return new HandoffAnswer(HandoffRefusal.None, "", seal, seal.LengthBytes, IsOwned: true);
    }

    /// <summary>Why a parcel that is whole is not the one that the orders spoke of, or is meant for somebody else; null when it is right.</summary>
    private string? Misdirection(IncomingHandoff incoming, GroupId self)
    {
        using Stream parcel = _incoming!.Picture().OpenRead();
        return !ParcelFormat.TryReadHeader(parcel, out ParcelHeader? header) ? "what has come is no parcel"
            : header.Id != incoming.Id || header.Range != incoming.Range || header.Version != incoming.Version || header.Giver != incoming.Giver.Group
                || header.Space != Ownership.Space || header.Kind != Ownership.Kind ? $"the parcel is of {header.Id} {header.Range} from {header.Giver}"
            : header.Taker.Group != self ? $"the parcel is for {header.Taker}"
            : null;
    }

    private CommandStatus WrongShard(ReadOnlySpan<byte> key, IBufferWriter<byte> result)
    {
        KeyWent? went = Ownership.WhereIs(key) is { } given ? new KeyWent(given.Range, given.To, given.Version) : null;
        result.Write(new WrongShard(Ownership.Owned, Ownership.Since, went).Encode());
        return CommandStatus.WrongShard;
    }

    private static HandoffAnswer Done(ParcelSeal seal) => new(HandoffRefusal.None, "", seal, 0, IsOwned: false);

    private static HandoffAnswer Received(IncomingHandoff incoming) => new(HandoffRefusal.None, "", incoming.Seal, incoming.ReceivedBytes, IsOwned: false);

    private static HandoffAnswer Refused(HandoffVerdict verdict) => new(verdict.Refusal, verdict.Reason!, default, 0, IsOwned: false);

    private HandoffAnswer NotPartitioned() => new(
        HandoffRefusal.NotPartitioned, $"state machine '{_definition.Name}' does not divide its state by keys", default, 0, IsOwned: false);
}

/// <summary>What a group owned at one moment, with the parcels on their way.</summary>
internal sealed record KeyDeskCapture(KeyOwnership Ownership, ParcelPicture Outgoing, ParcelPicture Incoming);
