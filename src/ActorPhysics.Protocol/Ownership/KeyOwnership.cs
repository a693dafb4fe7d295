using System.Collections.Immutable;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;

namespace ActorPhysics.Protocol.Ownership;

/// <summary>A range that a group has given away and keeps as a parcel until it is told that the taker owns it.</summary>
public sealed record OutgoingHandoff(HandoffId Id, KeyRange Range, HandoffParty Taker, ShardMapVersion Version, ParcelSeal Seal);

/// <summary>A range whose parcel is arriving. The group owns it only when the whole parcel is absorbed.</summary>
/// <param name="ReceivedBytes">How far the parcel has come.</param>
public sealed record IncomingHandoff(HandoffId Id, KeyRange Range, HandoffParty Giver, ShardMapVersion Version, ParcelSeal Seal, long ReceivedBytes)
{
    public bool IsWhole => ReceivedBytes == Seal.LengthBytes;

    /// <summary>Whether the order is about this handoff in every respect.</summary>
    public bool Fits(TakeIn order) =>
        order.Range == Range && order.Giver == Giver && order.Version == Version && order.Seal == Seal;
}

/// <summary>Where a range went.</summary>
public readonly record struct GivenRange(HandoffId Id, KeyRange Range, GroupId To, ShardMapVersion Version, ParcelSeal Seal);

/// <summary>The last handoff that a group absorbed, so that a late repetition of its pieces is known for what it is.</summary>
public readonly record struct TakenRange(HandoffId Id, ParcelSeal Seal);

/// <summary>
/// Which keys a group owns, as part of its replicated state (seed §5.1.1). Every change is an entry of the group's log, so the question "does the group own
/// this key" has one answer at each place of the log. Immutable; the transitions are functions, and what must not be is refused with a reason.
/// </summary>
/// <remarks>
/// Invariants: the owned range fits the kind; there is at most one outgoing and one incoming handoff; nothing is handed out while something is coming in;
/// <see cref="Since"/> only rises.
/// </remarks>
public sealed record KeyOwnership
{
    /// <summary>So many of the ranges given away are remembered, the newest; an older one is found in the shard map by then.</summary>
    public const int MostGiven = 16;

    private KeyOwnership(SpaceId space, ShardingKind kind) => (Space, Kind) = (space, kind);

    public SpaceId Space { get; }

    public ShardingKind Kind { get; }

    /// <summary>The keys that the group decides about; null when there are none.</summary>
    public KeyRange? Owned { get; private init; }

    /// <summary>The shard map version that made <see cref="Owned"/> what it is; <c>default</c> for a group that awaits its first keys.</summary>
    public ShardMapVersion Since { get; private init; }

    public OutgoingHandoff? Outgoing { get; private init; }

    public IncomingHandoff? Incoming { get; private init; }

    /// <summary>The last ranges given away, oldest first.</summary>
    public ImmutableArray<GivenRange> Given { get; private init; } = [];

    public TakenRange? LastTaken { get; private init; }

    /// <summary>What a group owns at its birth.</summary>
    /// <exception cref="ArgumentException">The keys are none of a space's.</exception>
    public static KeyOwnership Born(KeysAtBirth keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        KeyOwnership born = new(keys.Space, keys.Kind) { Owned = keys.Range, Since = keys.Range is null ? default : keys.Version };
        return born.Complaint() is { } complaint ? throw new ArgumentException(complaint, nameof(keys)) : born;
    }

    /// <summary>What was written down before, or null with a reason when it cannot be.</summary>
    public static KeyOwnership? TryRestore(
        SpaceId space,
        ShardingKind kind,
        KeyRange? owned,
        ShardMapVersion since,
        OutgoingHandoff? outgoing,
        IncomingHandoff? incoming,
        ImmutableArray<GivenRange> given,
        TakenRange? lastTaken,
        out string? refusal)
    {
        var restored = new KeyOwnership(space, kind)
        {
            Owned = owned,
            Since = since,
            Outgoing = outgoing,
            Incoming = incoming,
            Given = given.IsDefault ? [] : given,
            LastTaken = lastTaken,
        };
        refusal = restored.Complaint();
        return refusal is null ? restored : null;
    }

    /// <summary>Whether the group decides about the key.</summary>
    public bool Owns(ReadOnlySpan<byte> key) => Owned is { } owned && owned.Contains(Kind, key);

    /// <summary>Where the key went, as far as the group remembers; null when it does not.</summary>
    public GivenRange? WhereIs(ReadOnlySpan<byte> key)
    {
        for (int i = Given.Length - 1; i >= 0; i--)
        {
            if (Given[i].Range.Contains(Kind, key))
            {
                return Given[i];
            }
        }

        return null;
    }

    /// <summary>Whether a range may be handed out by the entry of group <paramref name="self"/> in configuration <paramref name="at"/>.</summary>
    public HandoffVerdict Judge(HandOut order, GroupId self, ConfigEpoch at)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (FindGiven(order.Id) is { } given)
        {
            return given.Range == order.Range && given.To == order.Taker.Group && given.Version == order.Version
                ? HandoffVerdict.Repetition
                : HandoffVerdict.Refused(HandoffRefusal.OtherTerms, $"{order.Id} gave {given.Range} to {given.To} under {given.Version}");
        }

        return ComplaintAboutTerms(order.Id, order.Space, order.Taker.Group, self) ??
            (order.Version <= Since ? Older(order.Version)
            : order.Expected != at ? HandoffVerdict.Refused(HandoffRefusal.WrongConfigEpoch, $"the group is in {at}, not in {order.Expected}")
            : Outgoing is { } outgoing ? HandoffVerdict.Refused(HandoffRefusal.Busy, $"{outgoing.Id} is not released yet")
            : Incoming is { } incoming ? HandoffVerdict.Refused(HandoffRefusal.Busy, $"{incoming.Id} is coming in")
            : Owned is not { } owned || !owned.TryCutOff(order.Range, out _)
                ? HandoffVerdict.Refused(HandoffRefusal.NotOwned, $"{order.Range} is not one end of {OwnedText}")
            : HandoffVerdict.Proceed);
    }

    /// <summary>The ownership after the entry; the order was judged to proceed.</summary>
    public KeyOwnership After(HandOut order, ParcelSeal seal)
    {
        ArgumentNullException.ThrowIfNull(order);
        KeyRange? rest = null;
        bool isEnd = Outgoing is null && Incoming is null && order.Version > Since && Owned is { } owned && owned.TryCutOff(order.Range, out rest);
        Invariant.Require(isEnd, "KeyOwnership", (order, this), static x => $"{x.order.Id} hands out {x.order.Range} of {x.Item2}");
        ImmutableArray<GivenRange> given = Given.Length < MostGiven ? Given : Given.RemoveAt(0);
        return this with
        {
            Owned = rest,
            Since = order.Version,
            Outgoing = new OutgoingHandoff(order.Id, order.Range, order.Taker, order.Version, seal),
            Given = given.Add(new GivenRange(order.Id, order.Range, order.Taker.Group, order.Version, seal)),
        };
    }

    /// <summary>Whether a piece of a parcel may be taken in by an entry of group <paramref name="self"/>.</summary>
    public HandoffVerdict Judge(TakeIn order, GroupId self, int pieceBytes)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (LastTaken is { } taken && taken.Id == order.Id)
        {
            return taken.Seal == order.Seal
                ? HandoffVerdict.Repetition
                : HandoffVerdict.Refused(HandoffRefusal.OtherTerms, $"{order.Id} brought a parcel of {taken.Seal}");
        }

        HandoffVerdict? complaint = ComplaintAboutTerms(order.Id, order.Space, order.Giver.Group, self) ?? ComplaintAboutStart(order);
        return complaint ?? JudgePiece(order, Incoming?.ReceivedBytes ?? 0, pieceBytes);
    }

    /// <summary>The ownership after the piece; the order was judged to proceed. When the parcel is whole, <see cref="Absorbed"/> or <see cref="Restarted"/> follows.</summary>
    public KeyOwnership After(TakeIn order, int pieceBytes)
    {
        ArgumentNullException.ThrowIfNull(order);
        IncomingHandoff incoming = Incoming ?? new IncomingHandoff(order.Id, order.Range, order.Giver, order.Version, order.Seal, ReceivedBytes: 0);
        long received = incoming.ReceivedBytes + pieceBytes;
        bool isNext = incoming.Id == order.Id && incoming.Fits(order) && order.OffsetBytes == incoming.ReceivedBytes && received <= order.Seal.LengthBytes;
        Invariant.Require(isNext, "KeyOwnership", (order, this), static x => $"{x.order.Id} brings byte {x.order.OffsetBytes} to {x.Item2}");
        return this with { Incoming = incoming with { ReceivedBytes = received } };
    }

    /// <summary>The ownership once the parcel that is coming in was absorbed as a whole.</summary>
    public KeyOwnership Absorbed()
    {
        KeyRange? joined = Incoming is { IsWhole: true } whole ? (Owned is { } owned ? owned.TryJoin(whole.Range) : whole.Range) : null;
        Invariant.Require(joined is not null, "KeyOwnership", this, static x => $"nothing whole that fits has come in to {x}");
        return this with { Owned = joined, Since = Incoming!.Version, Incoming = null, LastTaken = new TakenRange(Incoming.Id, Incoming.Seal) };
    }

    /// <summary>The ownership once the parcel turned out not to be what was sealed: it comes again from its beginning.</summary>
    public KeyOwnership Restarted()
    {
        Invariant.Require(Incoming is not null, "KeyOwnership", this, static x => $"nothing comes in to {x}");
        return this with { Incoming = Incoming! with { ReceivedBytes = 0 } };
    }

    /// <summary>Whether the parcel of an outgoing handoff may be dropped.</summary>
    public HandoffVerdict Judge(Release order)
    {
        ArgumentNullException.ThrowIfNull(order);
        return Outgoing?.Id == order.Id ? HandoffVerdict.Proceed
            : FindGiven(order.Id) is not null ? HandoffVerdict.Repetition
            : HandoffVerdict.Refused(HandoffRefusal.Unknown, $"{order.Id} is not known here");
    }

    /// <summary>The ownership after the parcel was dropped; the order was judged to proceed.</summary>
    public KeyOwnership After(Release order)
    {
        ArgumentNullException.ThrowIfNull(order);
        Invariant.Require(Outgoing?.Id == order.Id, "KeyOwnership", (order, this), static x => $"{x.order.Id} is released by {x.Item2}");
        return this with { Outgoing = null };
    }

    /// <summary>The handoff by which a range was given away; null when it is not known, or not any more.</summary>
    public GivenRange? FindGiven(HandoffId id)
    {
        foreach (GivenRange given in Given)
        {
            if (given.Id == id)
            {
                return given;
            }
        }

        return null;
    }

    public bool Equals(KeyOwnership? other) =>
        other is not null && Space == other.Space && Kind == other.Kind && Owned == other.Owned && Since == other.Since
        && Outgoing == other.Outgoing && Incoming == other.Incoming && Given.AsSpan().SequenceEqual(other.Given.AsSpan()) && LastTaken == other.LastTaken;

    public override int GetHashCode() => (int)(Space.Value * 31 + Since.Value);

    public override string ToString() =>
        $"{Space} {Since}: {OwnedText}"
        + (Outgoing is { } outgoing ? $", {outgoing.Id} {outgoing.Range} → {outgoing.Taker}" : "")
        + (Incoming is { } incoming ? $", {incoming.Id} {incoming.Range} ← {incoming.Giver} {incoming.ReceivedBytes}/{incoming.Seal.LengthBytes}" : "");

    private string OwnedText => Owned is { } owned ? owned.ToString() : "nothing";

    private HandoffVerdict? ComplaintAboutTerms(HandoffId id, SpaceId space, GroupId other, GroupId self) =>
        id.IsNone ? HandoffVerdict.Refused(HandoffRefusal.Unknown, "the order names no handoff")
        : space != Space ? HandoffVerdict.Refused(HandoffRefusal.WrongSpace, $"the group belongs to {Space}, not to {space}")
        : other == self || other == default ? HandoffVerdict.Refused(HandoffRefusal.WrongGroup, $"{self} cannot exchange keys with {other}")
        : null;

    /// <summary>What speaks against the handoff that the piece belongs to.</summary>
    private HandoffVerdict? ComplaintAboutStart(TakeIn order)
    {
        if (Incoming is { } incoming)
        {
            return incoming.Id != order.Id ? HandoffVerdict.Refused(HandoffRefusal.Busy, $"{incoming.Id} is coming in")
                : !incoming.Fits(order) ? HandoffVerdict.Refused(HandoffRefusal.OtherTerms, $"{order.Id} began as {incoming}")
                : null;
        }

        return order.Version <= Since ? Older(order.Version)
            : !order.Range.Fits(Kind) ? HandoffVerdict.Refused(HandoffRefusal.WrongSpace, $"{order.Range} is no range of a space sharded by {Kind}")
            : Owned is { } owned && owned.TryJoin(order.Range) is null
                ? HandoffVerdict.Refused(HandoffRefusal.NotAdjacent, $"{order.Range} is no neighbour of {owned}")
            : order.Seal.LengthBytes < 1 ? HandoffVerdict.Refused(HandoffRefusal.OtherTerms, "a parcel is never empty")
            : null;
    }

    private static HandoffVerdict JudgePiece(TakeIn order, long received, int pieceBytes)
    {
        // The end is computed without overflow: a piece is never longer than a parcel, whatever the order claims.
        bool isWithin = order.OffsetBytes >= 0 && pieceBytes > 0 && order.OffsetBytes <= order.Seal.LengthBytes - pieceBytes;
        return !isWithin ? HandoffVerdict.Refused(HandoffRefusal.NotNext, $"{pieceBytes} bytes at {order.OffsetBytes} are no piece of {order.Seal}")
            : order.OffsetBytes == received ? HandoffVerdict.Proceed
            : order.OffsetBytes + pieceBytes <= received ? HandoffVerdict.Repetition
            : HandoffVerdict.Refused(HandoffRefusal.NotNext, $"the parcel has come through byte {received}, the piece begins at {order.OffsetBytes}");
    }

    private HandoffVerdict Older(ShardMapVersion version) =>
        HandoffVerdict.Refused(HandoffRefusal.OlderVersion, $"the group owns {OwnedText} since {Since}, which is not before {version}");

    private string? Complaint()
    {
        if (Space == default || !Enum.IsDefined(Kind))
        {
            return "the keys are of no space, or of a kind that is unknown";
        }

        bool fits = (Owned?.Fits(Kind) ?? true) && (Outgoing?.Range.Fits(Kind) ?? true) && (Incoming?.Range.Fits(Kind) ?? true) && Given.All(given => given.Range.Fits(Kind));
        return !fits ? $"a range is none of a space sharded by {Kind}"
            : Owned is not null && Since < ShardMapVersion.Founding ? "keys are owned under no version of the shard map"
            : Given.Length > MostGiven ? $"{Given.Length} ranges given away are more than {MostGiven}"
            : Outgoing is { } outgoing && FindGiven(outgoing.Id) is null ? $"{outgoing.Id} is outgoing and was not given"
            : Incoming is { } incoming && (incoming.ReceivedBytes < 0 || incoming.ReceivedBytes >= incoming.Seal.LengthBytes) ? $"{incoming.Id} has an impossible length"
            : null;
    }
}
