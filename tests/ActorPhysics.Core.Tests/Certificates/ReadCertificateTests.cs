using System.Collections.Immutable;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Time;
using static ActorPhysics.Core.Tests.Given;

namespace ActorPhysics.Core.Tests.Certificates;

[Trait("Seed", "5.4")]
public sealed class ReadCertificateTests
{
    private static readonly GroupConfiguration Three = Configuration(voters: 3);

    [Fact]
    public void A_confirmed_round_proves_a_read_at_the_frontier_committed_in_the_same_epoch()
    {
        var certificate = ReadCertificate.TryProve(Round(R(1), R(2)), Three, out CertificateRefusal? refusal);

        Assert.Null(refusal);
        Assert.True(certificate!.Verify(Three));
        Assert.Equal(I(9), certificate.ReadIndex);
        Assert.Equal(new Coordinate(Group, ConfigEpoch.Founding, Le(4), I(9)), certificate.Coordinate);
    }

    [Fact]
    public void A_later_round_confirms_an_earlier_one_and_an_earlier_does_not_confirm_a_later_one()
    {
        ReadIndexEvidence evidence = Round(R(1), R(2));

        Assert.NotNull(ReadCertificate.TryProve(evidence with { Confirmations = [Confirmed(1, round: 7), Confirmed(2, round: 8)] }, Three));
        AssertRefused(CertificateDefect.StaleRound, evidence with { Confirmations = [Confirmed(1, round: 7), Confirmed(2, round: 6)] });
    }

    [Fact]
    [Trait("Pitfall", "42")]
    public void A_new_leader_reads_nothing_before_it_committed_in_its_own_epoch() =>
        AssertRefused(CertificateDefect.OtherLeaderEpoch, Round(R(1), R(2), R(3)) with { Commit = Commit(3, 9) });

    [Fact]
    public void Confirmations_of_another_epoch_spoil_the_evidence() =>
        AssertRefused(
            CertificateDefect.OtherLeaderEpoch,
            Round(R(1), R(2)) with { Confirmations = [Confirmed(1, 7), Confirmed(2, 7), new Confirmation(R(3), Le(5), new ReadRound(7))] });

    [Fact]
    public void Confirmations_by_too_few_by_one_twice_or_by_strangers_prove_nothing()
    {
        AssertRefused(CertificateDefect.NoQuorum, Round(R(1)));
        AssertRefused(CertificateDefect.NoQuorum, Round(R(1), R(1)));
        AssertRefused(CertificateDefect.NoQuorum, Round(R(1), R(8)));
    }

    [Fact]
    public void Half_of_an_even_group_is_enough_to_fence_elections()
    {
        GroupConfiguration four = Configuration(voters: 4);
        CommitCertificate commit = CommitCertificate.TryProve(CommitEvidence(four, At(4, 9), 1, 2, 3), four)!;

        Assert.NotNull(ReadCertificate.TryProve(Round(R(1), R(2)) with { Commit = commit }, four));
        Assert.Null(ReadCertificate.TryProve(Round(R(1)) with { Commit = commit }, four));
    }

    [Fact]
    public void Another_groups_commit_or_another_leaders_proves_no_read()
    {
        ReadIndexEvidence evidence = Round(R(1), R(2));
        GroupConfiguration otherGroup = GroupConfiguration.Create(
            new GroupId(8), Incarnation, ConfigEpoch.Founding, Three.Members, Three.Quorums, Three.FailureModel);
        CommitCertificate foreign = CommitCertificate.TryProve(CommitEvidence(otherGroup, At(4, 9), 1, 2), otherGroup)!;
        GroupConfiguration later = Configuration(configEpoch: 2);
        CommitCertificate future = CommitCertificate.TryProve(CommitEvidence(later, At(4, 9), 1, 2), later)!;

        AssertRefused(CertificateDefect.OtherConfiguration, evidence with { Commit = foreign });
        AssertRefused(CertificateDefect.OtherConfiguration, evidence with { Commit = future });
        AssertRefused(CertificateDefect.OtherLeader, evidence with { Leader = R(2) });
    }

    [Fact]
    public void A_commit_of_an_earlier_configuration_in_the_same_epoch_serves_reads_in_the_later_one()
    {
        GroupConfiguration later = Configuration(configEpoch: 2);

        Assert.NotNull(ReadCertificate.TryProve(Round(R(1), R(2)) with { ConfigEpoch = later.Epoch }, later));
    }

    [Fact]
    [Trait("Pitfall", "10")]
    public void Evidence_of_another_group_incarnation_or_configuration_is_refused()
    {
        ReadIndexEvidence evidence = Round(R(1), R(2));

        AssertRefused(CertificateDefect.OtherConfiguration, evidence with { Group = new GroupId(8) });
        AssertRefused(CertificateDefect.OtherConfiguration, evidence with { Incarnation = new GroupIncarnation(1) });
        AssertRefused(CertificateDefect.OtherConfiguration, evidence with { ConfigEpoch = new ConfigEpoch(2) });
        AssertRefused(CertificateDefect.Malformed, evidence with { Confirmations = default });
    }

    [Fact]
    [Trait("Pitfall", "5")]
    public void A_lease_serves_until_the_earliest_moment_at_which_a_promise_may_have_ended()
    {
        LeaseEvidence lease = Lease(servedAtMs: 1_989);

        Assert.NotNull(ReadCertificate.TryProve(lease, Three));
        Assert.NotNull(ReadCertificate.TryProve(lease with { ServedAt = lease.ValidUntil - TimeSpan.FromMicroseconds(1) }, Three));
        AssertRefused(CertificateDefect.LeaseExpired, lease with { ServedAt = lease.ValidUntil });
        AssertRefused(CertificateDefect.LeaseExpired, lease with { ServedAt = MonotonicTime.Never });
    }

    [Fact]
    [Trait("Pitfall", "5")]
    public void A_lease_is_shorter_than_the_promise_by_what_two_clocks_may_drift_apart()
    {
        LeaseEvidence lease = Lease(servedAtMs: 1_000);

        // 1 s × (1 − 0.005) / (1 + 0.005) after 1 s.
        Assert.Equal(new MonotonicTime(1_990_049), lease.ValidUntil);
        AssertRefused(CertificateDefect.LeaseExpired, lease with { ServedAt = MonotonicTime.FromMilliseconds(1_995) });
        AssertRefused(CertificateDefect.LeaseExpired, lease with { DriftBound = new ClockDriftBound(1_000_000), ServedAt = lease.SentAt });
    }

    [Fact]
    public void A_lease_of_too_few_promises_proves_nothing() =>
        AssertRefused(CertificateDefect.NoQuorum, Lease(1_000) with { Confirmations = [Confirmed(1, 7)] });

    [Fact]
    public void Evidence_is_equal_by_content_and_kind()
    {
        Assert.Equal(Round(R(1), R(2)), Round(R(1), R(2)));
        Assert.NotEqual(Round(R(1), R(2)), Round(R(1), R(3)));
        Assert.NotEqual<ReadEvidence>(Round(R(1), R(2)), Lease(1_000));
        Assert.NotEqual(Lease(1_000), Lease(1_001));
    }

    private static Confirmation Confirmed(ulong replica, ulong round) => new(R(replica), Le(4), new ReadRound(round));

    private static ReadIndexEvidence Round(params ReplicaId[] replicas)
    {
        ImmutableArray<Confirmation> confirmations = [.. replicas.Select(replica => Confirmed(replica.Value, round: 7))];
        return new ReadIndexEvidence(Group, Incarnation, ConfigEpoch.Founding, Le(4), R(1), new ReadRound(7), confirmations, Commit(4, 9));
    }

    private static LeaseEvidence Lease(long servedAtMs) => new(
        Group,
        Incarnation,
        ConfigEpoch.Founding,
        Le(4),
        R(1),
        new ReadRound(7),
        [Confirmed(1, 7), Confirmed(2, 7)],
        Commit(4, 9),
        SentAt: MonotonicTime.FromMilliseconds(1_000),
        Promise: TimeSpan.FromSeconds(1),
        DriftBound: new ClockDriftBound(5_000),
        ServedAt: MonotonicTime.FromMilliseconds(servedAtMs));

    private static void AssertRefused(CertificateDefect defect, ReadEvidence evidence)
    {
        Assert.Null(ReadCertificate.TryProve(evidence, Three, out CertificateRefusal? refusal));
        Assert.Equal(defect, refusal!.Defect);
        Assert.NotEmpty(refusal.Detail);
    }
}
