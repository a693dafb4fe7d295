using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using static ActorPhysics.Core.Tests.Given;

namespace ActorPhysics.Core.Tests.Membership;

/// <summary>Which configuration is in force where, through appends, prunes, trims and snapshots (Pitfall M12).</summary>
[Trait("Seed", "5.1")]
[Trait("Pitfall", "M12")]
public sealed class ConfigurationTrailTests
{
    private static readonly GroupConfiguration First = Configuration(voters: 3);
    private static readonly GroupConfiguration Second = Reconfiguration.TryBegin(First, ReconfigurationTests.Target([1, 2]), out _)!;
    private static readonly GroupConfiguration Third = Reconfiguration.LeaveJoint(Second);
    private static readonly ConfigurationTrail Trail = ConfigurationTrail.Of(First).With(I(5), Second).With(I(9), Third);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(4, 1)]
    [InlineData(5, 2)]
    [InlineData(8, 2)]
    [InlineData(9, 3)]
    [InlineData(100, 3)]
    public void The_configuration_at_an_index_is_that_of_the_newest_entry_at_or_below_it(ulong index, ulong epoch) =>
        Assert.Equal(new ConfigEpoch(epoch), Trail.InForceAt(I(index)).Epoch);

    [Theory]
    [InlineData(5, 1)]
    [InlineData(6, 2)]
    [InlineData(9, 2)]
    [InlineData(10, 3)]
    public void The_ConfigEpoch_of_an_entry_is_a_function_of_the_log_below_it(ulong index, ulong epoch) =>
        Assert.Equal(new ConfigEpoch(epoch), Trail.EpochOfEntryAt(I(index)));

    [Theory]
    [InlineData(9, 3)]
    [InlineData(8, 2)]
    [InlineData(4, 1)]
    [InlineData(0, 1)]
    public void Pruning_takes_back_what_stood_above(ulong newEnd, ulong epoch) =>
        Assert.Equal(new ConfigEpoch(epoch), Trail.PrunedAfter(I(newEnd)).Newest.Epoch);

    [Fact]
    public void Trimming_keeps_the_configuration_in_force_at_the_base()
    {
        ConfigurationTrail trimmed = Trail.TrimmedThrough(I(7));
        Assert.Equal<ConfigEpoch>([new(2), new(3)], trimmed.Placed.Select(placed => placed.Configuration.Epoch));
        Assert.Equal(new ConfigEpoch(2), trimmed.InForceAt(I(8)).Epoch);
    }

    [Fact]
    public void A_snapshot_replaces_what_was_known_below_it_and_nothing_above()
    {
        ConfigurationTrail rebased = Trail.Rebased(I(7), Second);
        Assert.Equal<ConfigEpoch>([new(2), new(3)], rebased.Placed.Select(placed => placed.Configuration.Epoch));
        Assert.Equal(I(7), rebased.Placed[0].From);
    }

    [Fact]
    public void A_configuration_above_what_matches_cannot_be_asked_for()
    {
        Assert.Null(Trail.Find(new ConfigEpoch(3), through: I(8)));
        Assert.Same(Third, Trail.Find(new ConfigEpoch(3), through: I(9)));
        Assert.Same(First, Trail.Find(new ConfigEpoch(1), through: I(0)));
        Assert.Null(Trail.Find(new ConfigEpoch(4), through: I(100)));
    }

    [Fact]
    public void Configurations_follow_each_other_by_one()
    {
        Assert.Throws<InvariantViolationException>(() => ConfigurationTrail.Of(First).With(I(5), Third));
        Assert.Throws<InvariantViolationException>(() => Trail.With(I(9), Third));
    }

    [Fact]
    public void Former_members_are_known_as_long_as_the_log_knows_their_configuration()
    {
        Assert.True(Trail.Knows(R(3)));
        Assert.False(Trail.TrimmedThrough(I(9)).Knows(R(3)));
        Assert.False(Trail.Knows(R(4)));
    }
}
