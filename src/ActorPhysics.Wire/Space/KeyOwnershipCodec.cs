using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Wire.Protobuf;
using Google.Protobuf;

namespace ActorPhysics.Wire.Space;

/// <summary>What a group owns, as bytes: in snapshots, in digests and in status reports. Equal ownership gives equal bytes.</summary>
public static class KeyOwnershipCodec
{
    public static byte[] Encode(KeyOwnership ownership)
    {
        ArgumentNullException.ThrowIfNull(ownership);
        return HandoffMapping.ToMessage(ownership).ToByteArray();
    }

    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out KeyOwnership? ownership, [NotNullWhen(false)] out string? refusal)
    {
        if (GeneratedMessages.TryParse(Protos.KeyOwnership.Parser, bytes, out Protos.KeyOwnership? message))
        {
            return HandoffMapping.TryFromMessage(message, out ownership, out refusal);
        }

        ownership = null;
        refusal = "what the group owns cannot be read";
        return false;
    }
}

/// <summary>The range that the asker of a read without a key believes the group to own. Never empty bytes, so that those can stand for "not said".</summary>
public static class KeyScopeCodec
{
    public static byte[] Encode(KeyRange scope) => new Protos.KeyScope { Range = SpaceMapping.ToMessage(scope) }.ToByteArray();

    public static bool TryDecode(ReadOnlySpan<byte> bytes, out KeyRange scope)
    {
        scope = default;
        return GeneratedMessages.TryParse(Protos.KeyScope.Parser, bytes, out Protos.KeyScope? message) && SpaceMapping.TryFromMessage(message.Range, out scope);
    }
}

/// <summary>What a parcel says of itself.</summary>
/// <param name="Machine">The name of the state machine whose state it holds a part of.</param>
/// <param name="MachineVersion">The version of that state's format.</param>
public sealed record ParcelHeader(
    HandoffId Id, SpaceId Space, ShardingKind Kind, KeyRange Range, ShardMapVersion Version, HandoffParty Taker, Core.Coordinates.GroupId Giver, string Machine, int MachineVersion)
{
    public byte[] Encode() => new Protos.ParcelHeader
    {
        Handoff = Id.Value,
        Space = Space.Value,
        Sharding = SpaceMapping.ToMessage(Kind),
        Range = SpaceMapping.ToMessage(Range),
        Version = Version.Value,
        Taker = HandoffMapping.ToMessage(Taker),
        GiverGroup = Giver.Value,
        Machine = Machine,
        MachineVersion = (uint)MachineVersion,
    }.ToByteArray();

    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ParcelHeader? header)
    {
        header = GeneratedMessages.TryParse(Protos.ParcelHeader.Parser, bytes, out Protos.ParcelHeader? message)
            && SpaceMapping.FromMessage(message.Sharding) is { } kind
            && SpaceMapping.TryFromMessage(message.Range, out KeyRange range)
            ? new ParcelHeader(
                new HandoffId(message.Handoff), new SpaceId(message.Space), kind, range, new ShardMapVersion(message.Version),
                HandoffMapping.FromMessage(message.Taker), new Core.Coordinates.GroupId(message.GiverGroup), message.Machine, (int)Math.Min(message.MachineVersion, int.MaxValue))
            : null;
        return header is not null;
    }
}
