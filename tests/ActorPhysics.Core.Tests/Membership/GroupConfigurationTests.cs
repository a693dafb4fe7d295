using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using static ActorPhysics.Core.Tests.Given;

namespace ActorPhysics.Core.Tests.Membership;

[Trait("Seed", "5.1.2")]
public sealed class GroupConfigurationTests
{
    [Fact]
    public void Members_are_sorted_and_found_by_id_and_by_voter_position()
    {
        GroupConfiguration configuration = Configuration(voters: 3, learners: 1);

        Assert.Equal(MemberRole.Learner, configuration.Find(R(4))!.Value.Role);
        Assert.Null(configuration.Find(R(5)));
        Assert.Equal(R(2), configuration.VoterAt(1).Replica);
        Assert.True(configuration.MayLead(R(1)));
        Assert.False(configuration.MayLead(R(4)));
    }

    [Fact]
    [Trait("Pitfall", "35")]
    public void A_learner_in_the_quorum_system_is_refused() =>
        AssertRefused("r3 is a learner", [Voter(1), Voter(2), Member(3, MemberRole.Learner)], MajorityOf(3));

    [Fact]
    public void A_voter_outside_of_the_quorum_system_is_refused() => AssertRefused("r3 votes", [Voter(1), Voter(2), Voter(3)], MajorityOf(2));

    [Fact]
    public void A_quorum_system_of_strangers_is_refused() => AssertRefused("no members", [Voter(1), Voter(2)], MajorityOf(3));

    [Fact]
    public void A_replica_listed_twice_is_refused() => AssertRefused("r1 is a member twice", [Voter(1), Voter(1)], MajorityOf(1));

    [Fact]
    public void Witnesses_alone_make_no_group() => AssertRefused("no member may lead", [Member(1, MemberRole.Witness)], MajorityOf(1));

    [Fact]
    public void Members_without_names_are_refused()
    {
        AssertRefused("no replica id or no node", [new Member(R(1), default, MemberRole.Voter)], MajorityOf(1));
        AssertRefused("no member may lead", [], MajorityOf(1));
    }

    [Fact]
    public void A_group_without_id_incarnation_or_epoch_is_refused()
    {
        Assert.Null(GroupConfiguration.TryCreate(default, Incarnation, ConfigEpoch.Founding, [Voter(1)], MajorityOf(1), CrashRecovery.Instance, out _));
        Assert.Null(GroupConfiguration.TryCreate(Group, default, ConfigEpoch.Founding, [Voter(1)], MajorityOf(1), CrashRecovery.Instance, out _));
        Assert.Null(GroupConfiguration.TryCreate(Group, Incarnation, default, [Voter(1)], MajorityOf(1), CrashRecovery.Instance, out _));
    }

    [Fact]
    [Trait("Seed", "5.3")]
    public void Quorums_that_withstand_fewer_liars_than_the_failure_model_allows_are_refused()
    {
        Member[] members = [Voter(1), Voter(2), Voter(3), Voter(4)];

        Assert.Null(GroupConfiguration.TryCreate(Group, Incarnation, ConfigEpoch.Founding, [.. members], MajorityOf(4), new Byzantine(1), out string? refusal));
        Assert.Contains("withstand 0", refusal, StringComparison.Ordinal);
        QuorumSystem firm = QuorumSystem.Create(new ByzantineRule([.. Replicas(4)], 1));
        Assert.NotNull(GroupConfiguration.TryCreate(Group, Incarnation, ConfigEpoch.Founding, [.. members], firm, new Byzantine(1), out _));
    }

    private static Member Voter(ulong id) => Member(id, MemberRole.Voter);

    private static Member Member(ulong id, MemberRole role) => new(R(id), new NodeId(id), role);

    private static void AssertRefused(string expected, Member[] members, QuorumSystem quorums)
    {
        Assert.Null(GroupConfiguration.TryCreate(Group, Incarnation, ConfigEpoch.Founding, [.. members], quorums, CrashRecovery.Instance, out string? refusal));
        Assert.Contains(expected, refusal, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() =>
            GroupConfiguration.Create(Group, Incarnation, ConfigEpoch.Founding, [.. members], quorums, CrashRecovery.Instance));
    }
}
