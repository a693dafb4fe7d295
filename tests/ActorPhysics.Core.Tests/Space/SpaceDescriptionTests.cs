using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Space;
using static ActorPhysics.Core.Tests.Given;

namespace ActorPhysics.Core.Tests.Space;

[Trait("Seed", "5.1.1")]
public sealed class SpaceDescriptionTests
{
    private static readonly SpaceSettings Good = new() { Name = "orders", Specification = "kv", InitialShards = 4 };

    [Fact]
    public void A_good_description_says_what_it_is() =>
        Assert.Equal("orders: kv, by hash, 3 replicas, majority, crash-recovery", SpaceDescription.Create(Good).ToString());

    [Fact]
    public void Settings_are_equal_by_content()
    {
        SpaceSettings ordered = Good with { Sharding = ShardingKind.Ordered, InitialShards = 2, InitialSplits = Keys("m") };

        Assert.Equal(ordered, ordered with { InitialSplits = Keys("m") });
        Assert.NotEqual(ordered, ordered with { InitialSplits = Keys("n") });
        Assert.NotEqual(ordered, ordered with { Witnesses = 1 });
    }

    [Theory]
    [InlineData("")]
    [InlineData("Orders")]
    [InlineData("7up")]
    [InlineData("or ders")]
    [InlineData("or/ders")]
    [InlineData("ördér")]
    public void A_name_that_no_file_or_command_could_carry_is_refused(string name)
    {
        AssertRefused(nameof(SpaceSettings.Name), Good with { Name = name });
        AssertRefused(nameof(SpaceSettings.Specification), Good with { Specification = name });
    }

    [Fact]
    public void A_name_of_more_than_64_characters_is_refused()
    {
        Assert.NotNull(SpaceDescription.TryCreate(Good with { Name = new string('a', 64) }, out _));
        AssertRefused(nameof(SpaceSettings.Name), Good with { Name = new string('a', 65) });
    }

    [Fact]
    public void The_number_of_shards_is_bounded()
    {
        AssertRefused(nameof(SpaceSettings.InitialShards), Good with { InitialShards = 0 });
        AssertRefused(nameof(SpaceSettings.InitialShards), Good with { InitialShards = SpaceDescription.MostInitialShards + 1 });
        AssertRefused(nameof(SpaceSettings.Sharding), Good with { Sharding = (ShardingKind)5 });
    }

    [Fact]
    public void An_ordered_space_needs_a_rising_key_between_its_shards()
    {
        SpaceSettings ordered = Good with { Sharding = ShardingKind.Ordered, InitialShards = 3 };

        Assert.NotNull(SpaceDescription.TryCreate(ordered with { InitialSplits = Keys("g", "p") }, out _));
        Assert.NotNull(SpaceDescription.TryCreate(ordered with { InitialShards = 1 }, out _));
        AssertRefused(nameof(SpaceSettings.InitialSplits), ordered);
        AssertRefused(nameof(SpaceSettings.InitialSplits), ordered with { InitialSplits = Keys("p", "g") });
        AssertRefused(nameof(SpaceSettings.InitialSplits), ordered with { InitialSplits = Keys("", "g") });
        AssertRefused(nameof(SpaceSettings.InitialSplits), Good with { InitialShards = 2, InitialSplits = Keys("g") });
    }

    [Fact]
    public void The_founding_map_has_the_shards_that_were_asked_for()
    {
        SpaceDescription ordered = SpaceDescription.Create(Good with { Sharding = ShardingKind.Ordered, InitialShards = 2, InitialSplits = Keys("m") });

        Assert.Equal(4, SpaceDescription.Create(Good).FoundingMap(new SpaceId(1), Groups(4)).Shards.Length);
        Assert.Equal(new GroupId(2), ordered.FoundingMap(new SpaceId(1), Groups(2)).Find("m"u8).Group);
        Assert.Throws<ArgumentException>(() => ordered.FoundingMap(new SpaceId(1), Groups(3)));
    }

    [Fact]
    public void Replication_is_at_least_one_and_at_most_what_a_quorum_system_holds()
    {
        AssertRefused(nameof(SpaceSettings.Replicas), Good with { Replicas = 0 });
        AssertRefused(nameof(SpaceSettings.Replicas), Good with { Replicas = MemberSet.Capacity + 1 });
        AssertRefused(nameof(SpaceSettings.Witnesses), Good with { Witnesses = -1 });
        AssertRefused(nameof(SpaceSettings.Witnesses), Good with { Replicas = 60, Witnesses = 5 });
        AssertRefused(nameof(SpaceSettings.FailureModel), Good with { FailureModel = null! });
    }

    [Fact]
    public void Witnesses_that_could_commit_alone_are_refused()
    {
        Assert.NotNull(SpaceDescription.TryCreate(Good with { Replicas = 2, Witnesses = 1 }, out _));
        AssertRefused(nameof(SpaceSettings.Witnesses), Good with { Replicas = 1, Witnesses = 2 });
        AssertRefused(nameof(SpaceSettings.Witnesses), Good with { Replicas = 3, Witnesses = 2, Quorums = new FlexibleShape(4, 2) });
    }

    [Fact]
    [Trait("Seed", "4.1")]
    public void A_shape_whose_quorums_miss_each_other_is_refused_with_two_of_them()
    {
        SpaceRefusal refusal = AssertRefused(nameof(SpaceSettings.Quorums), Good with { Quorums = new FlexibleShape(2, 1) });

        Assert.Equal("Quorums: election quorum {r1, r2} and commit quorum {r3} do not intersect", refusal.ToString());
        AssertRefused(nameof(SpaceSettings.Quorums), Good with { Quorums = new FlexibleShape(4, 4) });
        AssertRefused(nameof(SpaceSettings.Quorums), Good with { Quorums = new FailureDomainShape(1, 3) });
        AssertRefused(nameof(SpaceSettings.Quorums), Good with { Quorums = null! });
    }

    [Fact]
    [Trait("Seed", "5.3")]
    public void Liars_need_quorums_that_withstand_them()
    {
        SpaceSettings lying = Good with { Replicas = 4, FailureModel = new Byzantine(1) };

        AssertRefused(nameof(SpaceSettings.Quorums), lying with { Replicas = 3 });
        AssertRefused(nameof(SpaceSettings.Quorums), Good with { Quorums = ByzantineShape.Instance });
        Assert.NotNull(SpaceDescription.TryCreate(lying with { Quorums = ByzantineShape.Instance }, out _));
    }

    [Fact]
    [Trait("Seed", "5.1.2")]
    public void A_group_is_configured_with_the_shape_of_its_space()
    {
        SpaceDescription zoned = SpaceDescription.Create(Good with { Quorums = new FailureDomainShape(), Witnesses = 1, Replicas = 2 });
        GroupConfiguration configuration = zoned.TryConfigure(
            Group,
            Incarnation,
            ConfigEpoch.Founding,
            [Placed(1, 1), Placed(2, 2), Placed(3, 3, MemberRole.Witness), Placed(4, 3, MemberRole.Learner)],
            out string? refusal)!;

        Assert.Null(refusal);
        Assert.Equal(
            new FailureDomainRule([new(R(1), new(1)), new(R(2), new(2)), new(R(3), new(3))]), Assert.IsType<FailureDomainRule>(configuration.Quorums.Rule));
        Assert.Same(CrashRecovery.Instance, configuration.FailureModel);
        Assert.False(configuration.MayLead(R(3)));
    }

    [Fact]
    [Trait("Seed", "5.1.2")]
    public void Members_whose_quorums_do_not_meet_are_no_configuration()
    {
        SpaceDescription flexible = SpaceDescription.Create(Good with { Quorums = new FlexibleShape(2, 2) });

        Assert.Null(flexible.TryConfigure(Group, Incarnation, ConfigEpoch.Founding, [Placed(1, 1), Placed(2, 1), Placed(3, 1), Placed(4, 1)], out string? refusal));
        Assert.Contains("do not intersect", refusal, StringComparison.Ordinal);
        Assert.Null(flexible.TryConfigure(Group, default, ConfigEpoch.Founding, [Placed(1, 1), Placed(2, 1), Placed(3, 1)], out refusal));
        Assert.Contains("incarnation", refusal, StringComparison.Ordinal);
    }

    private static PlacedMember Placed(ulong id, ulong domain, MemberRole role = MemberRole.Voter) =>
        new(new Member(R(id), new NodeId(id), role), new FailureDomainId(domain));

    private static ImmutableArray<SpaceKey> Keys(params string[] keys) => [.. keys.Select(SpaceKey.OfText)];

    private static GroupId[] Groups(int count) => [.. Enumerable.Range(1, count).Select(id => new GroupId((ulong)id))];

    private static SpaceRefusal AssertRefused(string setting, SpaceSettings settings)
    {
        Assert.Null(SpaceDescription.TryCreate(settings, out SpaceRefusal? refusal));
        Assert.Equal(setting, refusal!.Setting);
        Assert.Throws<ArgumentException>(() => SpaceDescription.Create(settings));
        return refusal;
    }
}
