using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Placement;
using ActorPhysics.Wire.Certificates;
using ActorPhysics.Wire.Protobuf;
using ActorPhysics.Wire.Space;
using Google.Protobuf;

namespace ActorPhysics.Wire.ControlPlane;

/// <summary>The reports of nodes as the operation of a request.</summary>
public static class NodeReportCodec
{
    /// <param name="report">The report.</param>
    /// <param name="knownNodes">The digest of the list of nodes that the reporter was told last; 0 for none.</param>
    public static byte[] Encode(NodeReport report, ulong knownNodes)
    {
        ArgumentNullException.ThrowIfNull(report);
        var message = new Protos.NodeReport
        {
            Node = report.Node.Value,
            Name = report.Name,
            Address = report.Address,
            Zone = report.Zone.Value,
            Weight = (uint)report.Weight,
            Whole = report.IsWhole,
            KnownNodes = knownNodes,
        };
        message.Led.Add(report.Led.Select(ToMessage));
        message.Hosted.Add(report.Hosted.Select(hosted => new Protos.HostedReplica
        {
            Group = hosted.Group.Value,
            Incarnation = hosted.Incarnation.Value,
            Replica = hosted.Replica.Value,
        }));
        return message.ToByteArray();
    }

    /// <summary>Reads bytes from outside; false when they are no report, or one that only a later version understands.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out NodeReport? report, out ulong knownNodes)
    {
        report = null;
        knownNodes = 0;
        if (!GeneratedMessages.TryParse(Protos.NodeReport.Parser, bytes, out Protos.NodeReport? message) || message.Node == 0 || message.Weight > int.MaxValue)
        {
            return false;
        }

        var led = ImmutableArray.CreateBuilder<GroupReport>(message.Led.Count);
        foreach (Protos.GroupReport group in message.Led)
        {
            if (FromMessage(group) is not { } read)
            {
                return false;
            }

            led.Add(read);
        }

        knownNodes = message.KnownNodes;
        report = new NodeReport(
            new NodeId(message.Node),
            message.Name,
            message.Address,
            new ZoneName(message.Zone),
            (int)message.Weight,
            message.Whole,
            led.ToImmutable(),
            [.. message.Hosted.Select(hosted => new HostedReplica(new GroupId(hosted.Group), new GroupIncarnation(hosted.Incarnation), new ReplicaId(hosted.Replica)))]);
        return true;
    }

    private static Protos.GroupReport ToMessage(GroupReport group) => new()
    {
        Epoch = group.Epoch.Value,
        Configuration = ConfigurationMapping.ToMessage(group.Configuration),
        Committed = group.IsCommitted,
        Keys = group.Keys is { } keys ? ToMessage(keys) : null,
        SizeBytes = (ulong)group.Size.Bytes,
        Load = (uint)group.Load,
    };

    private static GroupReport? FromMessage(Protos.GroupReport message)
    {
        if (!ConfigurationMapping.TryFromMessage(message.Configuration, out GroupConfiguration? configuration, out _)
            || message.SizeBytes > long.MaxValue || message.Load > int.MaxValue)
        {
            return null;
        }

        KeysReport? keys = null;
        if (message.Keys is not null)
        {
            KeyRange range = default;
            if (message.Keys.Range is not null && !SpaceMapping.TryFromMessage(message.Keys.Range, out range))
            {
                return null;
            }

            keys = new KeysReport(
                new ShardMapVersion(message.Keys.Version),
                message.Keys.Range is null ? null : range,
                new HandoffId(message.Keys.Outgoing),
                new HandoffId(message.Keys.Incoming),
                message.Keys.Divides);
        }

        return new GroupReport(
            new LeaderEpoch(message.Epoch), configuration, message.Committed, keys, new ByteSize((long)message.SizeBytes), Math.Max(1, (int)message.Load));
    }

    private static Protos.KeysReport ToMessage(KeysReport keys) => new()
    {
        Version = keys.Version.Value,
        Range = keys.Range is { } range ? SpaceMapping.ToMessage(range) : null,
        Outgoing = keys.Outgoing.Value,
        Incoming = keys.Incoming.Value,
        Divides = keys.Divides,
    };
}
