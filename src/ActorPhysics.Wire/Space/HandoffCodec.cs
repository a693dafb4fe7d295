using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Wire.Protobuf;
using Google.Protobuf;

namespace ActorPhysics.Wire.Space;

/// <summary>The payloads of the commands by which keys change their group (handoff.proto). Reading yields false for what is no such order.</summary>
public static class HandoffCodec
{
    public static byte[] Encode(HandOut order)
    {
        ArgumentNullException.ThrowIfNull(order);
        return HandoffMapping.ToMessage(order).ToByteArray();
    }

    /// <param name="piece">The bytes of the parcel at the order's offset.</param>
    public static byte[] Encode(TakeIn order, ReadOnlySpan<byte> piece)
    {
        ArgumentNullException.ThrowIfNull(order);
        Protos.TakeIn message = HandoffMapping.ToMessage(order);
        message.Piece = ByteString.CopyFrom(piece);
        return message.ToByteArray();
    }

    public static byte[] Encode(Release order)
    {
        ArgumentNullException.ThrowIfNull(order);
        return new Protos.Release { Handoff = order.Id.Value }.ToByteArray();
    }

    public static bool TryDecode(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out HandOut? order)
    {
        order = GeneratedMessages.TryParse(Protos.HandOut.Parser, payload, out Protos.HandOut? message) ? HandoffMapping.FromMessage(message) : null;
        return order is not null;
    }

    public static bool TryDecode(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out TakeIn? order, out ReadOnlyMemory<byte> piece)
    {
        bool isMessage = GeneratedMessages.TryParse(Protos.TakeIn.Parser, payload, out Protos.TakeIn? message);
        order = isMessage ? HandoffMapping.FromMessage(message!) : null;
        piece = isMessage ? message!.Piece.Memory : default;
        return order is not null;
    }

    public static bool TryDecode(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out Release? order)
    {
        order = GeneratedMessages.TryParse(Protos.Release.Parser, payload, out Protos.Release? message) ? new Release(new HandoffId(message.Handoff)) : null;
        return order is not null;
    }
}

/// <summary>What a group answers to an order to hand out, take in or release keys.</summary>
/// <param name="Refusal">Why nothing happened; none when the order was obeyed, now or before.</param>
/// <param name="Reason">One sentence for people; empty unless refused.</param>
/// <param name="Seal">Of the parcel: what a <see cref="HandOut"/> made, what a <see cref="TakeIn"/> brings; <c>default</c> where there is none.</param>
/// <param name="ReceivedBytes">Of a <see cref="TakeIn"/>: how far the parcel has come, and where the next piece begins.</param>
/// <param name="IsOwned">Of a <see cref="TakeIn"/>: whether the whole parcel was absorbed and the group owns the range.</param>
public sealed record HandoffAnswer(HandoffRefusal Refusal, string Reason, ParcelSeal Seal, long ReceivedBytes, bool IsOwned)
{
    public bool IsRefused => Refusal != HandoffRefusal.None;

    public byte[] Encode()
    {
        var message = new Protos.HandoffAnswer
        {
            Refusal = (Protos.HandoffAnswer.Types.Refusal)Refusal,
            Reason = Reason,
            Seal = Seal == default ? null : HandoffMapping.ToMessage(Seal),
            ReceivedBytes = (ulong)ReceivedBytes,
            Owned = IsOwned,
        };
        return message.ToByteArray();
    }

    /// <summary>Reads a command's result; a refusal that this version does not know stays a refusal.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> result, [NotNullWhen(true)] out HandoffAnswer? answer)
    {
        answer = GeneratedMessages.TryParse(Protos.HandoffAnswer.Parser, result, out Protos.HandoffAnswer? message)
            && (int)message.Refusal is >= 0 and <= byte.MaxValue && message.ReceivedBytes <= long.MaxValue
            ? new HandoffAnswer((HandoffRefusal)message.Refusal, message.Reason, HandoffMapping.FromMessage(message.Seal), (long)message.ReceivedBytes, message.Owned)
            : null;
        return answer is not null;
    }
}

/// <summary>What a group says of a key that it does not own.</summary>
/// <param name="Owned">What it owns; null: nothing, perhaps because its keys are still on their way.</param>
/// <param name="Version">The shard map version since when.</param>
/// <param name="Given">Where the key went, as far as the group remembers; null when it does not, or never had it.</param>
public sealed record WrongShard(KeyRange? Owned, ShardMapVersion Version, KeyWent? Given)
{
    public byte[] Encode()
    {
        var message = new Protos.WrongShard
        {
            Owned = Owned is { } owned ? SpaceMapping.ToMessage(owned) : null,
            Version = Version.Value,
        };
        if (Given is { } given)
        {
            message.Given = SpaceMapping.ToMessage(given.Range);
            message.GivenTo = given.To.Value;
            message.GivenVersion = given.Version.Value;
        }

        return message.ToByteArray();
    }

    /// <summary>Reads a response's result.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> result, [NotNullWhen(true)] out WrongShard? answer)
    {
        answer = null;
        if (!GeneratedMessages.TryParse(Protos.WrongShard.Parser, result, out Protos.WrongShard? message)
            || !HandoffMapping.TryReadOptional(message.Owned, out KeyRange? owned)
            || !HandoffMapping.TryReadOptional(message.Given, out KeyRange? given))
        {
            return false;
        }

        KeyWent? went = given is { } range && message.GivenTo != 0
            ? new KeyWent(range, new GroupId(message.GivenTo), new ShardMapVersion(message.GivenVersion))
            : null;
        answer = new WrongShard(owned, new ShardMapVersion(message.Version), went);
        return true;
    }
}

/// <summary>A range that changed its group.</summary>
public readonly record struct KeyWent(KeyRange Range, GroupId To, ShardMapVersion Version);
