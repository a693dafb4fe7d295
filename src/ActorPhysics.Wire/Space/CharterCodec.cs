using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Wire.Certificates;
using ActorPhysics.Wire.Protobuf;
using Google.Protobuf;

namespace ActorPhysics.Wire.Space;

/// <summary>Charters as bytes, in orders and in a node's list of replicas. Equal charters give equal bytes.</summary>
public static class CharterCodec
{
    public static byte[] Encode(GroupCharter charter)
    {
        ArgumentNullException.ThrowIfNull(charter);
        return ToMessage(charter).ToByteArray();
    }

    /// <summary>Reads bytes from outside; what comes out fits together.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out GroupCharter? charter, [NotNullWhen(false)] out string? refusal)
    {
        if (GeneratedMessages.TryParse(Protos.GroupCharter.Parser, bytes, out Protos.GroupCharter? message))
        {
            return TryFromMessage(message, out charter, out refusal);
        }

        charter = null;
        refusal = "the charter cannot be read";
        return false;
    }

    internal static Protos.GroupCharter ToMessage(GroupCharter charter) => new()
    {
        Name = charter.Name,
        Machine = charter.Machine,
        Founding = ConfigurationMapping.ToMessage(charter.Founding),
        Keys = charter.Keys is { } keys ? ToMessage(keys) : null,
    };

    internal static bool TryFromMessage(
        Protos.GroupCharter? message, [NotNullWhen(true)] out GroupCharter? charter, [NotNullWhen(false)] out string? refusal)
    {
        charter = null;
        if (!ConfigurationMapping.TryFromMessage(message?.Founding, out GroupConfiguration? founding, out refusal))
        {
            return false;
        }

        KeysAtBirth? keys = null;
        if (message!.Keys is not null && !TryFromMessage(message.Keys, out keys))
        {
            refusal = "the charter's keys are malformed or unknown to this version";
            return false;
        }

        var read = new GroupCharter(message.Name, message.Machine, founding, keys);
        refusal = GroupCharterRules.ComplaintAbout(read);
        charter = refusal is null ? read : null;
        return refusal is null && charter is not null;
    }

    private static Protos.KeysAtBirth ToMessage(KeysAtBirth keys) => new()
    {
        Space = keys.Space.Value,
        Sharding = SpaceMapping.ToMessage(keys.Kind),
        Version = keys.Version.Value,
        Range = keys.Range is { } range ? SpaceMapping.ToMessage(range) : null,
    };

    private static bool TryFromMessage(Protos.KeysAtBirth message, out KeysAtBirth? keys)
    {
        keys = null;
        KeyRange? range = null;
        if (message.Range is not null)
        {
            if (!SpaceMapping.TryFromMessage(message.Range, out KeyRange found))
            {
                return false;
            }

            range = found;
        }

        if (SpaceMapping.FromMessage(message.Sharding) is not { } sharding)
        {
            return false;
        }

        keys = new KeysAtBirth(new SpaceId(message.Space), sharding, new ShardMapVersion(message.Version), range);
        return true;
    }
}
