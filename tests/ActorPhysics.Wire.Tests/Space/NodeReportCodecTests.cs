using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Placement;
using ActorPhysics.Wire.ControlPlane;
using ActorPhysics.Wire.Requests;
using Google.Protobuf;

namespace ActorPhysics.Wire.Tests.Space;

/// <summary>What nodes report, and what they are told, as bytes.</summary>
public sealed class NodeReportCodecTests
{
    private static readonly GroupConfiguration Configuration = GroupConfiguration.Create(
        new GroupId(7),
        new GroupIncarnation(77),
        new ConfigEpoch(3),
        [new Member(new ReplicaId(1), new NodeId(4), MemberRole.Voter)],
        QuorumSystem.TryCreate(new MajorityRule([new ReplicaId(1)]), CrashRecovery.Instance, out _)!,
        CrashRecovery.Instance);

    private static readonly NodeReport Report = new(
        new NodeId(4),
        "n4",
        "127.0.0.1:7404",
        new ZoneName("rack-1"),
        3,
        IsWhole: true,
        [
            new GroupReport(new LeaderEpoch(5), Configuration, IsCommitted: true, new KeysReport(new ShardMapVersion(6), KeyRange.All, new HandoffId(8), default, Divides: true), new ByteSize(900), 12),
            new GroupReport(new LeaderEpoch(1), Configuration, IsCommitted: false, new KeysReport(new ShardMapVersion(1), null, default, new HandoffId(9), Divides: false), default, 1),
            new GroupReport(new LeaderEpoch(1), Configuration, IsCommitted: false, Keys: null, default, 1),
        ],
        [new HostedReplica(new GroupId(7), new GroupIncarnation(77), new ReplicaId(1))]);

    [Fact]
    public void A_report_comes_back_as_it_was()
    {
        Assert.True(NodeReportCodec.TryDecode(NodeReportCodec.Encode(Report, knownNodes: 55), out NodeReport? read, out ulong knownNodes));

        Assert.Equal(55UL, knownNodes);
        Assert.Equal((Report.Node, Report.Name, Report.Address, Report.Zone, Report.Weight, Report.IsWhole), (read.Node, read.Name, read.Address, read.Zone, read.Weight, read.IsWhole));
        Assert.Equal(Report.Hosted.AsEnumerable(), read.Hosted);
        Assert.Equal(
            Report.Led.Select(group => (group.Epoch, group.Group, group.IsCommitted, group.Keys, group.Size, group.Load)),
            read.Led.Select(group => (group.Epoch, group.Group, group.IsCommitted, group.Keys, group.Size, group.Load)));
        Assert.Equal(Configuration.Members.AsEnumerable(), read.Led[0].Configuration.Members);
    }

    [Fact]
    public void What_is_no_report_is_refused()
    {
        Assert.False(NodeReportCodec.TryDecode([], out _, out _));
        Assert.False(NodeReportCodec.TryDecode([255, 1, 2], out _, out _));
        Protos.NodeReport message = Protos.NodeReport.Parser.ParseFrom(NodeReportCodec.Encode(Report, 0));
        message.Led[0].Configuration = null;
        Assert.False(NodeReportCodec.TryDecode(message.ToByteArray(), out _, out _));
        message = Protos.NodeReport.Parser.ParseFrom(NodeReportCodec.Encode(Report, 0));
        message.Led[0].Keys.Range.From = new Protos.KeyPoint();
        Assert.False(NodeReportCodec.TryDecode(message.ToByteArray(), out _, out _));
    }

    [Fact]
    public void An_answer_comes_back_as_it_was_and_its_digest_names_the_list()
    {
        ImmutableArray<ClusterNodeStatus> nodes = [new ClusterNodeStatus(new NodeId(1), "n1", "127.0.0.1:1"), new ClusterNodeStatus(new NodeId(2), "n2", "127.0.0.1:2")];
        var answer = new ReportAnswer(SendEverything: true, nodes, ReportAnswer.DigestOf(nodes));

        Assert.True(ReportAnswer.TryDecode(answer.Encode(), out ReportAnswer? read));

        Assert.True(read.SendEverything);
        Assert.Equal(nodes.AsEnumerable(), read.Nodes);
        Assert.Equal(answer.NodesDigest, read.NodesDigest);
        Assert.NotEqual(0UL, answer.NodesDigest);
        Assert.NotEqual(ReportAnswer.DigestOf(nodes), ReportAnswer.DigestOf([nodes[0], nodes[1] with { Address = "127.0.0.1:3" }]));
        Assert.False(ReportAnswer.TryDecode([255], out _));
    }
}
