using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Membership;
using ActorPhysics.Wire.Certificates;
using ActorPhysics.Wire.Protobuf;
using Google.Protobuf;

namespace ActorPhysics.Wire.Journal;

/// <summary>The recovery of a group as bytes: in the journal, in a node's list of replicas, and told from node to node.</summary>
public static class RecoveryCodec
{
    public static byte[] Encode(GroupRecovery recovery)
    {
        ArgumentNullException.ThrowIfNull(recovery);
        return ToMessage(recovery).ToByteArray();
    }

    /// <summary>Reads bytes from outside; false when they are no recovery, or one that cannot be.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out GroupRecovery? recovery)
    {
        recovery = null;
        return GeneratedMessages.TryParse(Protos.GroupRecovery.Parser, bytes, out Protos.GroupRecovery? message) && TryFromMessage(message, out recovery);
    }

    internal static Protos.GroupRecovery ToMessage(GroupRecovery recovery) => new()
    {
        From = recovery.From.Value,
        Survivor = recovery.Survivor.Value,
        At = EvidenceMapping.ToMessage(recovery.At),
        KnownCommitted = recovery.KnownCommitted.Value,
        Configuration = ConfigurationMapping.ToMessage(recovery.Configuration),
        AcceptedAtUnixMs = recovery.AcceptedAt.UnixMilliseconds,
    };

    internal static bool TryFromMessage(Protos.GroupRecovery message, [NotNullWhen(true)] out GroupRecovery? recovery)
    {
        recovery = null;
        if (!ConfigurationMapping.TryFromMessage(message.Configuration, out GroupConfiguration? configuration, out _))
        {
            return false;
        }

        var read = new GroupRecovery(
            new GroupIncarnation(message.From),
            new ReplicaId(message.Survivor),
            EvidenceMapping.FromMessage(message.At),
            new LogIndex(message.KnownCommitted),
            configuration,
            new LogTime(message.AcceptedAtUnixMs));
        recovery = read.Complaint() is null ? read : null;
        return recovery is not null;
    }
}
