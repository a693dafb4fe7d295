using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Ownership;

namespace ActorPhysics.Protocol.Tests.ControlPlane;

/// <summary>What a group is before its first entry fits together, or is refused with the reason.</summary>
[Trait("Seed", "5.1")]
public sealed class GroupCharterTests
{
    private static readonly KeysAtBirth Keys = new(new SpaceId(3), ShardingKind.Hash, new ShardMapVersion(4), KeyRange.All);

    [Fact]
    public void A_charter_tells_who_the_group_is()
    {
        var charter = new GroupCharter("orders/7", "kv", Founding(GroupCharter.FirstMadeGroup, 11, 12, 13), Keys);

        Assert.Equal((GroupCharter.FirstMadeGroup, new GroupIncarnation(9)), (charter.Group, charter.Incarnation));
        Assert.Null(GroupCharterRules.ComplaintAbout(charter));
    }

    [Fact]
    public void Ids_of_settings_are_never_those_of_charters() =>
        Refused("belong to settings", "kv", Founding(new GroupId(GroupCharter.FirstMadeGroup.Value - 1), 11));

    [Fact]
    [Trait("Pitfall", "38")]
    public void A_node_holds_one_founding_replica() => Refused("two replicas", "kv", Founding(GroupCharter.FirstMadeGroup, 11, 12, 11));

    [Fact]
    public void Founding_replicas_are_numbered_from_one()
    {
        ImmutableArray<Member> members = [new Member(new ReplicaId(2), new NodeId(11), MemberRole.Voter)];

        Refused("r1 to r1", "kv", Configured(GroupCharter.FirstMadeGroup, ConfigEpoch.Founding, members));
    }

    [Fact]
    public void A_group_is_founded_in_the_first_configuration()
    {
        GroupConfiguration later = Configured(GroupCharter.FirstMadeGroup, new ConfigEpoch(2), Members(11, 12, 13));

        Refused("founded in", "kv", later);
    }

    [Fact]
    public void Names_are_bounded_and_readable()
    {
        GroupConfiguration founding = Founding(GroupCharter.FirstMadeGroup, 11);

        Refused("state machine", "", founding);
        Refused("state machine", "k\nv", founding);
        Assert.Contains("128", GroupCharterRules.ComplaintAbout(new GroupCharter(new string('x', 129), "kv", founding, Keys: null)), StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_are_those_of_one_kind_of_space()
    {
        KeyRange ordered = KeyRange.TryCreate(KeyPoint.At(SpaceKey.OfText("a")), to: null)!.Value;

        Refused("sharded by Hash", "kv", Founding(GroupCharter.FirstMadeGroup, 11), Keys with { Range = ordered });
        Refused("no space", "kv", Founding(GroupCharter.FirstMadeGroup, 11), Keys with { Space = default });
        Refused("no version", "kv", Founding(GroupCharter.FirstMadeGroup, 11), Keys with { Version = default });
        Assert.Null(GroupCharterRules.ComplaintAbout(new GroupCharter("x", "kv", Founding(GroupCharter.FirstMadeGroup, 11), Keys with { Range = null })));
    }

    private static void Refused(string reason, string machine, GroupConfiguration founding, KeysAtBirth? keys = null)
    {
        Assert.Contains(reason, GroupCharterRules.ComplaintAbout(new GroupCharter("x", machine, founding, keys)), StringComparison.Ordinal);
    }

    private static GroupConfiguration Founding(GroupId group, params ulong[] nodes) => Configured(group, ConfigEpoch.Founding, Members(nodes));

    private static ImmutableArray<Member> Members(params ulong[] nodes) =>
        [.. nodes.Select((node, index) => new Member(new ReplicaId((ulong)index + 1), new NodeId(node), MemberRole.Voter))];

    private static GroupConfiguration Configured(GroupId group, ConfigEpoch epoch, ImmutableArray<Member> members) => GroupConfiguration.Create(
        group,
        new GroupIncarnation(9),
        epoch,
        members,
        QuorumSystem.TryCreate(new MajorityRule([.. members.Select(member => member.Replica)]), CrashRecovery.Instance, out _)!,
        CrashRecovery.Instance);
}
