using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Wire.Protobuf;
using ActorPhysics.Wire.Requests;
using ActorPhysics.Wire.Space;
using Google.Protobuf;

namespace ActorPhysics.Wire.Tests.Space;

/// <summary>Charters as bytes, alone and in an order to host a replica.</summary>
public sealed class CharterCodecTests
{
    private static readonly GroupConfiguration Founding = GroupConfiguration.Create(
        new GroupId(GroupCharter.FirstMadeGroup.Value + 5),
        new GroupIncarnation(77),
        ConfigEpoch.Founding,
        [new Member(new ReplicaId(1), new NodeId(4), MemberRole.Voter), new Member(new ReplicaId(2), new NodeId(9), MemberRole.Voter)],
        QuorumSystem.TryCreate(new MajorityRule([new ReplicaId(1), new ReplicaId(2)]), CrashRecovery.Instance, out _)!,
        CrashRecovery.Instance);

    public static TheoryData<string> Ranges => ["none", "awaits", "all", "hash", "ordered", "from", "to"];

    [Theory]
    [MemberData(nameof(Ranges))]
    public void A_charter_comes_back_as_it_was(string range)
    {
        GroupCharter charter = CharterOf(range);
        byte[] bytes = CharterCodec.Encode(charter);

        Assert.True(CharterCodec.TryDecode(bytes, out GroupCharter? read, out string? refusal), refusal);

        Assert.Equal((charter.Name, charter.Machine, charter.Group, charter.Incarnation), (read.Name, read.Machine, read.Group, read.Incarnation));
        Assert.Equal(charter.Keys, read.Keys);
        Assert.Equal(charter.Founding.Members.AsEnumerable(), read.Founding.Members);
        Assert.Equal(bytes, CharterCodec.Encode(read));
    }

    [Fact]
    public void An_order_carries_the_charter_and_one_without_is_as_before()
    {
        GroupCharter charter = CharterOf("hash");
        byte[] order = ProtoEncoding.ToArray<HostReplicaOperation.Encoder, HostReplicaOperation>(new HostReplicaOperation(new ReplicaId(2), charter));

        Assert.True(HostReplicaOperation.TryRead(order, out HostReplicaOperation read, out _));
        Assert.Equal(CharterCodec.Encode(charter), CharterCodec.Encode(read.Charter!));
        var generated = new Protos.HostReplica { Replica = 2, Charter = Protos.GroupCharter.Parser.ParseFrom(CharterCodec.Encode(charter)) };
        Assert.Equal(generated.ToByteArray(), order);
    }

    [Fact]
    public void A_charter_that_contradicts_itself_or_is_of_a_later_version_is_refused_with_the_reason()
    {
        Protos.GroupCharter message = Protos.GroupCharter.Parser.ParseFrom(CharterCodec.Encode(CharterOf("hash")));
        Refused("belong to settings", message, changed => changed.Founding.Scope.Group = 5);
        Refused("state machine", message, changed => changed.Machine = "");
        Refused("keys", message, changed => changed.Keys.Sharding = (Protos.Sharding)9);
        Refused("keys", message, changed => changed.Keys.Range.From = new Protos.KeyPoint());
        Refused("no range", message, changed => changed.Keys.Sharding = Protos.Sharding.Ordered);
        Refused("scope", message, changed => changed.Founding = null);
        Assert.False(CharterCodec.TryDecode([255, 255], out _, out _));

        var order = new Protos.HostReplica { Replica = 2, Charter = message.Clone() };
        order.Charter.Machine = "";
        Assert.False(HostReplicaOperation.TryRead(order.ToByteArray(), out _, out string? refusal));
        Assert.Contains("state machine", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void An_order_to_retire_a_group_agrees_with_generated_code()
    {
        byte[] order = ProtoEncoding.ToArray<RetireGroupOperation.Encoder, RetireGroupOperation>(new RetireGroupOperation(new GroupIncarnation(8), "merged into g5"));

        Assert.Equal(new Protos.RetireGroup { Incarnation = 8, Reason = "merged into g5" }.ToByteArray(), order);
        Assert.True(RetireGroupOperation.TryRead(order, out RetireGroupOperation read));
        Assert.Equal((new GroupIncarnation(8), "merged into g5"), (read.Incarnation, read.Reason));
        Assert.False(RetireGroupOperation.TryRead([], out _));
        Assert.False(RetireGroupOperation.TryRead(new Protos.RetireGroup { Incarnation = 8, Reason = new string('x', 1025) }.ToByteArray(), out _));
    }

    private static void Refused(string reason, Protos.GroupCharter message, Action<Protos.GroupCharter> change)
    {
        Protos.GroupCharter changed = message.Clone();
        change(changed);
        Assert.False(CharterCodec.TryDecode(changed.ToByteArray(), out _, out string? refusal));
        Assert.Contains(reason, refusal, StringComparison.Ordinal);
    }

    private static GroupCharter CharterOf(string range)
    {
        KeyPoint low = KeyPoint.At(new HashPoint(1UL << 40));
        KeyPoint high = KeyPoint.At(new HashPoint(ulong.MaxValue));
        (ShardingKind kind, KeyRange? keys) = range switch
        {
            "all" => (ShardingKind.Hash, KeyRange.All),
            "hash" => (ShardingKind.Hash, KeyRange.TryCreate(low, high)),
            "from" => (ShardingKind.Hash, KeyRange.TryCreate(high, to: null)),
            "to" => (ShardingKind.Hash, KeyRange.TryCreate(from: null, low)),
            "ordered" => (ShardingKind.Ordered, KeyRange.TryCreate(KeyPoint.At(SpaceKey.OfText("ab")), KeyPoint.At(SpaceKey.OfText("b")))),
            _ => (ShardingKind.Hash, (KeyRange?)null),
        };
        return new GroupCharter(
            "orders/1", "kv", Founding, range == "none" ? null : new KeysAtBirth(new SpaceId(2), kind, new ShardMapVersion(3), keys));
    }
}
