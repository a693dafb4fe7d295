using System.Collections.Immutable;
using System.Reflection;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using static ActorPhysics.Core.Tests.Given;

namespace ActorPhysics.Core.Tests.Certificates;

[Trait("Seed", "3.2")]
public sealed class CommitCertificateTests
{
    private static readonly GroupConfiguration Three = Configuration(voters: 3, learners: 1);

    [Fact]
    public void A_quorum_that_holds_an_entry_of_the_leaders_epoch_proves_its_commit_to_anybody()
    {
        var certificate = CommitCertificate.TryProve(CommitEvidence(Three, At(4, 9), 1, 2), Three, out CertificateRefusal? refusal);

        Assert.Null(refusal);
        Assert.NotNull(certificate);
        Assert.True(certificate.Verify(Three));
        Assert.Equal(At(4, 9), certificate.Frontier);
        Assert.Equal(new Coordinate(Group, ConfigEpoch.Founding, Le(4), I(9)), certificate.Coordinate);
    }

    [Fact]
    public void What_the_leader_gathers_from_its_voters_is_proven_and_lists_only_those_who_hold_the_frontier()
    {
        CommitEvidence evidence = Core.Certificates.CommitEvidence.Gather(Three, At(4, 9), R(2), [I(8), I(9), I(12)]);

        Assert.Equal<Acknowledgement>([new Acknowledgement(R(2), Le(4), I(9)), new Acknowledgement(R(3), Le(4), I(12))], evidence.Acknowledgements);
        Assert.NotNull(CommitCertificate.TryProve(evidence, Three));
        Assert.Throws<ArgumentException>(() => Core.Certificates.CommitEvidence.Gather(Three, At(4, 9), R(2), [I(8)]));
    }

    [Fact]
    public void A_replica_that_holds_less_than_the_frontier_does_not_count()
    {
        CommitEvidence evidence = CommitEvidence(Three, At(4, 9), 1, 2, 3);
        ImmutableArray<Acknowledgement> shorter = [.. evidence.Acknowledgements.Select((ack, i) => i == 0 ? ack : ack with { Held = I(8) })];

        AssertRefused(CertificateDefect.NoQuorum, evidence with { Acknowledgements = shorter });
    }

    [Fact]
    public void One_replica_counts_once_however_often_it_is_listed() => AssertRefused(CertificateDefect.NoQuorum, CommitEvidence(Three, At(4, 9), 2, 2, 2));

    [Fact]
    [Trait("Pitfall", "35")]
    public void A_learner_and_a_stranger_do_not_count() => AssertRefused(CertificateDefect.NoQuorum, CommitEvidence(Three, At(4, 9), 1, 4, 77));

    [Fact]
    [Trait("Seed", "4.3")]
    [Trait("Pitfall", "4")]
    public void Acknowledgements_of_an_earlier_epoch_prove_nothing_in_a_later_one()
    {
        CommitEvidence evidence = CommitEvidence(Three, At(4, 9), 1, 2, 3);
        ImmutableArray<Acknowledgement> stale = [.. evidence.Acknowledgements.Select((ack, i) => i == 2 ? ack with { Epoch = Le(2) } : ack)];

        AssertRefused(CertificateDefect.OtherLeaderEpoch, evidence with { Acknowledgements = stale });
    }

    [Fact]
    [Trait("Seed", "4.3")]
    [Trait("Pitfall", "4")]
    public void A_leader_cannot_commit_an_entry_of_a_prior_epoch_by_counting_its_own_acknowledgements()
    {
        // Figure 8: the leader of epoch 4 finds an entry of epoch 2 on a quorum, but every acknowledgement it ever got is of epoch 4.
        CommitEvidence evidence = CommitEvidence(Three, At(4, 9), 1, 2, 3);

        AssertRefused(CertificateDefect.OtherLeaderEpoch, evidence with { Frontier = At(2, 9) });
    }

    [Fact]
    [Trait("Pitfall", "2")]
    public void Appended_is_enough_in_crash_stop_and_not_in_crash_recovery()
    {
        GroupConfiguration forgetful = Configuration(failureModel: CrashStop.Instance);
        CommitEvidence appended = CommitEvidence(forgetful, At(4, 9), 1, 2);

        Assert.Equal(AcknowledgementMeaning.Appended, appended.Meaning);
        Assert.NotNull(CommitCertificate.TryProve(appended, forgetful));
        AssertRefused(CertificateDefect.WeakAcknowledgement, appended);
        Assert.NotNull(CommitCertificate.TryProve(appended with { Meaning = AcknowledgementMeaning.Durable }, forgetful));
    }

    [Fact]
    [Trait("Pitfall", "10")]
    [Trait("Pitfall", "11")]
    public void Evidence_of_another_group_incarnation_or_configuration_is_refused()
    {
        CommitEvidence evidence = CommitEvidence(Three, At(4, 9), 1, 2);

        AssertRefused(CertificateDefect.OtherConfiguration, evidence with { Group = new GroupId(8) });
        AssertRefused(CertificateDefect.OtherConfiguration, evidence with { Incarnation = new GroupIncarnation(1) });
        AssertRefused(CertificateDefect.OtherConfiguration, evidence with { ConfigEpoch = new ConfigEpoch(2) });
        Assert.False(CommitCertificate.TryProve(evidence, Three)!.Verify(Configuration(voters: 3, learners: 1, configEpoch: 2)));
    }

    [Fact]
    public void Verification_repeats_the_proof_and_does_not_trust_its_result()
    {
        CommitCertificate certificate = CommitCertificate.TryProve(CommitEvidence(Three, At(4, 9), 1, 2), Three)!;
        GroupConfiguration larger = Configuration(voters: 5);

        Assert.False(certificate.Verify(larger, out CertificateRefusal? refusal));
        Assert.Equal(CertificateDefect.NoQuorum, refusal!.Defect);
    }

    [Fact]
    public void Evidence_with_holes_is_malformed()
    {
        CommitEvidence evidence = CommitEvidence(Three, At(4, 9), 1, 2);

        AssertRefused(CertificateDefect.Malformed, evidence with { Acknowledgements = default });
        AssertRefused(CertificateDefect.Malformed, evidence with { Frontier = At(0, 9) });
        AssertRefused(CertificateDefect.Malformed, CommitEvidence(Three, At(4, 0), 1, 2));
        AssertRefused(CertificateDefect.Malformed, evidence with { Leader = ReplicaId.None });
    }

    [Fact]
    public void A_leader_that_removes_itself_still_proves_the_commit_without_counting_itself()
    {
        GroupConfiguration without = GroupConfiguration.Create(
            Group, Incarnation, ConfigEpoch.Founding, [.. Configuration().Members.RemoveAt(0)], QuorumSystem.Majority(R(2), R(3)), CrashRecovery.Instance);

        Assert.NotNull(CommitCertificate.TryProve(CommitEvidence(without, At(4, 9), 2, 3), without));
        Assert.Null(CommitCertificate.TryProve(CommitEvidence(without, At(4, 9), 1, 2), without));
    }

    [Fact]
    [Trait("Seed", "4.3")]
    public void A_frontier_covers_only_its_own_branch()
    {
        CommitCertificate certificate = CommitCertificate.TryProve(CommitEvidence(Three, At(5, 12), 1, 2), Three)!;
        EpochRuns branch = Runs((1, 1), (3, 8), (5, 11));

        Assert.True(certificate.Covers(X(3, 10), branch));
        Assert.True(certificate.Covers(X(5, 12), branch));
        Assert.True(certificate.Covers(X(1, 7), branch));
        Assert.False(certificate.Covers(X(4, 10), branch));
        Assert.False(certificate.Covers(X(5, 13), branch));
        Assert.False(certificate.Covers(X(0, 0), branch));
        Assert.False(certificate.Covers(X(3, 10) with { Group = new GroupId(8) }, branch));
        Assert.False(certificate.Covers(X(3, 10) with { ConfigEpoch = new ConfigEpoch(2) }, branch));
    }

    [Fact]
    public void Runs_of_another_branch_prove_nothing_under_a_frontier()
    {
        CommitCertificate certificate = CommitCertificate.TryProve(CommitEvidence(Three, At(5, 12), 1, 2), Three)!;
        EpochRuns another = Runs((1, 1), (4, 8));

        Assert.False(certificate.Covers(X(4, 10), another));
        Assert.Null(CommitProof.TryProve(certificate, another));
        Assert.True(CommitProof.TryProve(certificate, Runs((3, 8), (5, 11)))!.Covers(X(3, 9)));
        Assert.True(CommitProof.TryProve(certificate, Runs((3, 8), (5, 11)))!.Verify(Three));
        Assert.False(CommitProof.TryProve(certificate, Runs((3, 8), (5, 11)))!.Covers(X(3, 7)));
    }

    [Fact]
    public void Evidence_is_equal_by_content()
    {
        Assert.Equal(CommitEvidence(Three, At(4, 9), 1, 2), CommitEvidence(Three, At(4, 9), 1, 2));
        Assert.NotEqual(CommitEvidence(Three, At(4, 9), 1, 2), CommitEvidence(Three, At(4, 9), 1, 3));
    }

    [Fact]
    public void No_certificate_can_be_made_copied_or_defaulted_but_by_proof()
    {
        Type[] proofs = [.. typeof(Certificate).Assembly.GetExportedTypes().Where(type => typeof(Certificate).IsAssignableFrom(type) && !type.IsAbstract)];
        Type[] all = [.. proofs, typeof(CommitProof), typeof(Core.Boundaries.LogMatch), typeof(Core.Boundaries.VerifiedStateSnapshot), typeof(QuorumSystem)];

        Assert.Equal(4, proofs.Length);
        Assert.All(all, type =>
        {
            Assert.True(type.IsClass && type.IsSealed, $"{type.Name} can be subclassed or defaulted");
            Assert.Empty(type.GetConstructors(BindingFlags.Public | BindingFlags.Instance));
            Assert.Null(type.GetMethod("<Clone>$"));
            Assert.DoesNotContain(type.GetProperties(), property => property.SetMethod is { IsPublic: true });
        });
    }

    private static Coordinate X(ulong epoch, ulong index) => new(Group, ConfigEpoch.Founding, Le(epoch), I(index));

    private static EpochRuns Runs(params (ulong Epoch, ulong First)[] runs) =>
        EpochRuns.TryCreate([.. runs.Select(run => new EpochRun(Le(run.Epoch), I(run.First)))], out _)!;

    private static void AssertRefused(CertificateDefect defect, CommitEvidence evidence)
    {
        Assert.Null(CommitCertificate.TryProve(evidence, Three, out CertificateRefusal? refusal));
        Assert.Equal(defect, refusal!.Defect);
        Assert.NotEmpty(refusal.Detail);
    }
}
