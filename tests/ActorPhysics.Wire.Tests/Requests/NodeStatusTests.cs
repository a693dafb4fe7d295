using System.Buffers;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Wire.Handshake;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Wire.Tests.Requests;

public class NodeStatusTests
{
    [Fact]
    public void Every_field_survives()
    {
        ReplicaStatus own = new(
            new ReplicaId(1), new NodeId(2), ReplicaRole.Leader, true, new LogIndex(30), new LogIndex(29), new LogIndex(27), new LogIndex(28),
            new LogIndex(4), new LogIndex(26), 3, new AppliedStateHash(0xABCD, new LogIndex(27)), string.Empty);
        ReplicaStatus stopped = own with { Replica = new ReplicaId(2), IsLocal = false, Role = ReplicaRole.Stopped, StateHash = null, StoppedBecause = "BoundaryLattice" };
        GroupStatus group = new(
            new GroupId(1), new GroupIncarnation(9), "kv", new ConfigEpoch(1), new LeaderEpoch(5), new ReplicaId(1), new NodeId(2), "localhost:7001", [own, stopped])
        {
            IsConfigurationCommitted = true,
            HighestReplicaHere = new ReplicaId(7),
            SizeBytes = 123_456_789_012,
            Ownership = KeyOwnership.Born(new KeysAtBirth(new SpaceId(5), ShardingKind.Hash, ShardMapVersion.Founding, KeyRange.All)),
        };
        NodeStatus status = new(new NodeId(2), new ClusterId(3), new ProcessRun(4), "actorphysics 0.1", [group])
        {
            Nodes = [new ClusterNodeStatus(new NodeId(2), "n2", "localhost:7001"), new ClusterNodeStatus(new NodeId(3), "n3", "localhost:7002")],
        };
        var output = new ArrayBufferWriter<byte>();

        status.WriteTo(output);

        Assert.True(NodeStatus.TryRead(output.WrittenSpan, out NodeStatus? back));
        Assert.Equal(status with { Groups = default, Nodes = default }, back with { Groups = default, Nodes = default });
        Assert.Equal(status.Nodes.ToArray(), back.Nodes.ToArray());
        GroupStatus backGroup = Assert.Single(back.Groups);
        Assert.Equal(group with { Replicas = default }, backGroup with { Replicas = default });
        Assert.Equal([own, stopped], backGroup.Replicas.ToArray());
    }

    [Fact]
    [Trait("Pitfall", "68")]
    public void Role_of_a_newer_version_reads_as_unknown()
    {
        var message = new Protos.NodeStatus { Groups = { new Protos.GroupStatus { Replicas = { new Protos.ReplicaStatus { Role = (Protos.ReplicaStatus.Types.Role)77 } } } } };
        Assert.True(NodeStatus.TryRead(Google.Protobuf.MessageExtensions.ToByteArray(message), out NodeStatus? back));
        Assert.Equal(ReplicaRole.Unknown, back.Groups[0].Replicas[0].Role);
    }
}
