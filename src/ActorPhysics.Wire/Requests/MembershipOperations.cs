using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Wire.Certificates;
using ActorPhysics.Wire.Protobuf;
using ActorPhysics.Wire.Space;
using Google.Protobuf;

namespace ActorPhysics.Wire.Requests;

/// <summary>Asks the leader of a group to change who belongs to it.</summary>
/// <param name="Expected">The ConfigEpoch that the asker has seen; the change is refused when the newest configuration is another one.</param>
/// <param name="Target">Who belongs to the group at the end. Whether it can be reached is for the group to say.</param>
public sealed record ChangeMembershipOperation(ConfigEpoch Expected, MembershipTarget Target)
{
    /// <summary>Reads the operation; false when it is malformed, or its target is unknown to this version.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ChangeMembershipOperation? change)
    {
        ulong expected = 0;
        MembershipTarget? target = null;
        var reader = new ProtoReader(bytes);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: expected = reader.UInt64(); break;
                case 2: target = TargetOf(reader.Bytes()); break;
                default: reader.Skip(); break;
            }
        }

        change = reader.Failed || target is null || expected == 0 ? null : new ChangeMembershipOperation(new ConfigEpoch(expected), target);
        return change is not null;
    }

    private static MembershipTarget? TargetOf(ReadOnlySpan<byte> bytes) =>
        GeneratedMessages.TryParse(Protos.MembershipTarget.Parser, bytes, out Protos.MembershipTarget? message) ? ConfigurationMapping.FromMessage(message) : null;

    /// <summary>The operation as fields of client.proto's <c>ChangeMembership</c>.</summary>
    public sealed class Encoder : IProtoEncoder<ChangeMembershipOperation>
    {
        private Encoder()
        {
        }

        public static void Encode<TSink>(ref TSink sink, in ChangeMembershipOperation message)
            where TSink : struct, IProtoSink, allows ref struct
        {
            sink.UInt64(1, message.Expected.Value);
            sink.PresentBytes(2, ConfigurationMapping.ToMessage(message.Target).ToByteArray());
        }
    }
}

/// <summary>Tells a node to hold a replica of a group from now on.</summary>
/// <param name="Replica">The replica.</param>
/// <param name="Charter">What the group is, for a node whose settings do not name it; null where the node knows it already.</param>
public readonly record struct HostReplicaOperation(ReplicaId Replica, GroupCharter? Charter = null)
{
    /// <summary>Reads the operation; false, with the reason, when it is malformed, names no replica, or has a charter that cannot be.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out HostReplicaOperation host, [NotNullWhen(false)] out string? refusal)
    {
        ulong replica = 0;
        ReadOnlySpan<byte> encoded = default;
        var reader = new ProtoReader(bytes);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: replica = reader.UInt64(); break;
                case 2: encoded = reader.Bytes(); break;
                default: reader.Skip(); break;
            }
        }

        GroupCharter? charter = null;
        refusal = reader.Failed || replica == 0 ? "the order names no replica" : null;
        if (refusal is null && !encoded.IsEmpty)
        {
            CharterCodec.TryDecode(encoded, out charter, out refusal);
        }

        host = new HostReplicaOperation(new ReplicaId(replica), charter);
        return refusal is null;
    }

    /// <summary>The operation as fields of client.proto's <c>HostReplica</c>.</summary>
    public sealed class Encoder : IProtoEncoder<HostReplicaOperation>
    {
        private Encoder()
        {
        }

        public static void Encode<TSink>(ref TSink sink, in HostReplicaOperation message)
            where TSink : struct, IProtoSink, allows ref struct
        {
            sink.UInt64(1, message.Replica.Value);
            if (message.Charter is { } charter)
            {
                sink.PresentBytes(2, CharterCodec.Encode(charter));
            }
        }
    }
}

/// <summary>
/// Tells a node that a group is over: its keys went elsewhere, or its space was deleted. What the node keeps of it is deleted, and nothing of it
/// will ever live there again.
/// </summary>
/// <param name="Incarnation">The group that is meant.</param>
/// <param name="Reason">One sentence for people.</param>
public readonly record struct RetireGroupOperation(GroupIncarnation Incarnation, string Reason)
{
    /// <summary>The longest reason.</summary>
    public const int MostReasonBytes = 1024;

    /// <summary>Reads the operation; false when it is malformed or names no incarnation.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out RetireGroupOperation retire)
    {
        ulong incarnation = 0;
        ReadOnlySpan<byte> reason = default;
        var reader = new ProtoReader(bytes);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: incarnation = reader.Fixed64(); break;
                case 2: reason = reader.Bytes(); break;
                default: reader.Skip(); break;
            }
        }

        bool isWhole = !reader.Failed && incarnation != 0 && reason.Length <= MostReasonBytes && Utf8.IsValid(reason);
        retire = isWhole ? new RetireGroupOperation(new GroupIncarnation(incarnation), Encoding.UTF8.GetString(reason)) : default;
        return isWhole;
    }

    /// <summary>The operation as fields of client.proto's <c>RetireGroup</c>.</summary>
    public sealed class Encoder : IProtoEncoder<RetireGroupOperation>
    {
        private Encoder()
        {
        }

        public static void Encode<TSink>(ref TSink sink, in RetireGroupOperation message)
            where TSink : struct, IProtoSink, allows ref struct
        {
            sink.Fixed64(1, message.Incarnation.Value);
            sink.Bytes(2, Encoding.UTF8.GetBytes(message.Reason));
        }
    }
}

/// <summary>Tells a node to delete what it keeps of a retired replica.</summary>
public readonly record struct DiscardReplicaOperation(ReplicaId Replica)
{
    /// <summary>Reads the operation; false when it is malformed or names no replica.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out DiscardReplicaOperation discard)
    {
        bool isWhole = ReplicaField.TryRead(bytes, out ReplicaId replica);
        discard = new DiscardReplicaOperation(replica);
        return isWhole;
    }

    /// <summary>The operation as fields of client.proto's <c>DiscardReplica</c>.</summary>
    public sealed class Encoder : IProtoEncoder<DiscardReplicaOperation>
    {
        private Encoder()
        {
        }

        public static void Encode<TSink>(ref TSink sink, in DiscardReplicaOperation message)
            where TSink : struct, IProtoSink, allows ref struct =>
            sink.UInt64(1, message.Replica.Value);
    }
}

/// <summary>The one field of the operations that name a replica and nothing else.</summary>
internal static class ReplicaField
{
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ReplicaId replica)
    {
        ulong value = 0;
        var reader = new ProtoReader(bytes);
        while (reader.Next(out int field))
        {
            if (field == 1)
            {
                value = reader.UInt64();
            }
            else
            {
                reader.Skip();
            }
        }

        replica = new ReplicaId(value);
        return !reader.Failed && value != 0;
    }
}
