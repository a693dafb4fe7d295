using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Ownership;

namespace ActorPhysics.Wire.Space;

/// <summary>Handoffs between their types and handoff.proto. Reading yields false for whatever this version cannot make sense of.</summary>
internal static class HandoffMapping
{
    public static Protos.HandoffParty ToMessage(HandoffParty party) => new() { Group = party.Group.Value, Incarnation = party.Incarnation.Value };

    public static HandoffParty FromMessage(Protos.HandoffParty? message) =>
        new(new GroupId(message?.Group ?? 0), new GroupIncarnation(message?.Incarnation ?? 0));

    public static Protos.ParcelSeal ToMessage(ParcelSeal seal) => new() { LengthBytes = (ulong)seal.LengthBytes, Checksum = seal.Checksum };

    /// <summary>A length beyond what can be is read as none, which no handoff accepts.</summary>
    public static ParcelSeal FromMessage(Protos.ParcelSeal? message) => new(Length(message?.LengthBytes ?? 0), message?.Checksum ?? 0);

    public static Protos.HandOut ToMessage(HandOut order) => new()
    {
        Handoff = order.Id.Value,
        Space = order.Space.Value,
        ExpectedConfigEpoch = order.Expected.Value,
        Range = SpaceMapping.ToMessage(order.Range),
        Taker = ToMessage(order.Taker),
        Version = order.Version.Value,
    };

    public static HandOut? FromMessage(Protos.HandOut message) => SpaceMapping.TryFromMessage(message.Range, out KeyRange range)
        ? new HandOut(
            new HandoffId(message.Handoff), new SpaceId(message.Space), new ConfigEpoch(message.ExpectedConfigEpoch), range,
            FromMessage(message.Taker), new ShardMapVersion(message.Version))
        : null;

    public static Protos.TakeIn ToMessage(TakeIn order) => new()
    {
        Handoff = order.Id.Value,
        Space = order.Space.Value,
        Range = SpaceMapping.ToMessage(order.Range),
        Giver = ToMessage(order.Giver),
        Version = order.Version.Value,
        Seal = ToMessage(order.Seal),
        OffsetBytes = (ulong)order.OffsetBytes,
    };

    public static TakeIn? FromMessage(Protos.TakeIn message) => SpaceMapping.TryFromMessage(message.Range, out KeyRange range)
        ? new TakeIn(
            new HandoffId(message.Handoff), new SpaceId(message.Space), range, FromMessage(message.Giver), new ShardMapVersion(message.Version),
            FromMessage(message.Seal), message.OffsetBytes <= long.MaxValue ? (long)message.OffsetBytes : -1)
        : null;

    public static Protos.KeyOwnership ToMessage(KeyOwnership ownership)
    {
        var message = new Protos.KeyOwnership
        {
            Space = ownership.Space.Value,
            Sharding = SpaceMapping.ToMessage(ownership.Kind),
            Owned = ownership.Owned is { } owned ? SpaceMapping.ToMessage(owned) : null,
            Since = ownership.Since.Value,
            Outgoing = ownership.Outgoing is { } outgoing ? ToMessage(outgoing) : null,
            Incoming = ownership.Incoming is { } incoming ? ToMessage(incoming) : null,
            LastTaken = ownership.LastTaken is { } taken ? new() { Handoff = taken.Id.Value, Seal = ToMessage(taken.Seal) } : null,
        };
        foreach (GivenRange given in ownership.Given)
        {
            message.Given.Add(new Protos.KeyOwnership.Types.Given
            {
                Handoff = given.Id.Value,
                Range = SpaceMapping.ToMessage(given.Range),
                To = given.To.Value,
                Version = given.Version.Value,
                Seal = ToMessage(given.Seal),
            });
        }

        return message;
    }

    public static bool TryFromMessage(
        Protos.KeyOwnership? message, [NotNullWhen(true)] out KeyOwnership? ownership, [NotNullWhen(false)] out string? refusal)
    {
        ownership = null;
        refusal = "what the group owns is malformed, or of a kind unknown to this version";
        if (message is null
            || SpaceMapping.FromMessage(message.Sharding) is not { } kind
            || !TryReadOptional(message.Owned, out KeyRange? owned)
            || !TryFromMessage(message.Outgoing, out OutgoingHandoff? outgoing)
            || !TryFromMessage(message.Incoming, out IncomingHandoff? incoming))
        {
            return false;
        }

        var given = new List<GivenRange>();
        foreach (Protos.KeyOwnership.Types.Given item in message.Given)
        {
            if (!SpaceMapping.TryFromMessage(item.Range, out KeyRange range))
            {
                return false;
            }

            given.Add(new GivenRange(new HandoffId(item.Handoff), range, new GroupId(item.To), new ShardMapVersion(item.Version), FromMessage(item.Seal)));
        }

        TakenRange? taken = message.LastTaken is { } last ? new TakenRange(new HandoffId(last.Handoff), FromMessage(last.Seal)) : null;
        ownership = KeyOwnership.TryRestore(
            new SpaceId(message.Space), kind, owned, new ShardMapVersion(message.Since), outgoing, incoming, [.. given], taken, out string? complaint);
        refusal = complaint;
        return ownership is not null;
    }

    /// <summary>False when the range is there and cannot be read.</summary>
    public static bool TryReadOptional(Protos.KeyRange? message, out KeyRange? range)
    {
        bool isRead = SpaceMapping.TryFromMessage(message, out KeyRange found);
        range = isRead ? found : null;
        return isRead || message is null;
    }

    private static Protos.KeyOwnership.Types.Outgoing ToMessage(OutgoingHandoff handoff) => new()
    {
        Handoff = handoff.Id.Value,
        Range = SpaceMapping.ToMessage(handoff.Range),
        Taker = ToMessage(handoff.Taker),
        Version = handoff.Version.Value,
        Seal = ToMessage(handoff.Seal),
    };

    private static Protos.KeyOwnership.Types.Incoming ToMessage(IncomingHandoff handoff) => new()
    {
        Handoff = handoff.Id.Value,
        Range = SpaceMapping.ToMessage(handoff.Range),
        Giver = ToMessage(handoff.Giver),
        Version = handoff.Version.Value,
        Seal = ToMessage(handoff.Seal),
        ReceivedBytes = (ulong)handoff.ReceivedBytes,
    };

    private static bool TryFromMessage(Protos.KeyOwnership.Types.Outgoing? message, out OutgoingHandoff? handoff)
    {
        bool isRead = SpaceMapping.TryFromMessage(message?.Range, out KeyRange range);
        handoff = isRead
            ? new OutgoingHandoff(
                new HandoffId(message!.Handoff), range, FromMessage(message.Taker), new ShardMapVersion(message.Version), FromMessage(message.Seal))
            : null;
        return isRead || message is null;
    }

    private static bool TryFromMessage(Protos.KeyOwnership.Types.Incoming? message, out IncomingHandoff? handoff)
    {
        bool isRead = SpaceMapping.TryFromMessage(message?.Range, out KeyRange range);
        handoff = isRead
            ? new IncomingHandoff(
                new HandoffId(message!.Handoff), range, FromMessage(message.Giver), new ShardMapVersion(message.Version), FromMessage(message.Seal),
                Length(message.ReceivedBytes))
            : null;
        return isRead || message is null;
    }

    private static long Length(ulong bytes) => bytes <= long.MaxValue ? (long)bytes : 0;
}
