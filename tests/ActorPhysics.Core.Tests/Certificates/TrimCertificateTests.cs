using System.Collections.Immutable;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using static ActorPhysics.Core.Tests.Given;

namespace ActorPhysics.Core.Tests.Certificates;

[Trait("Seed", "4.4")]
public sealed class TrimCertificateTests
{
    private static readonly GroupConfiguration ThreeAndLearner = Configuration(voters: 3, learners: 1);

    [Fact]
    public void A_snapshot_past_the_trim_point_and_members_past_it_prove_a_trim()
    {
        var certificate = TrimCertificate.TryProve(Evidence(), ThreeAndLearner, out CertificateRefusal? refusal);

        Assert.Null(refusal);
        Assert.True(certificate!.Verify(ThreeAndLearner));
        Assert.Equal(At(3, 50), certificate.TrimThrough);
    }

    [Fact]
    public void A_member_behind_is_fine_if_it_is_to_be_reseeded_from_that_snapshot() =>
        Assert.NotNull(TrimCertificate.TryProve(Evidence(fourth: new MemberReach(R(4), I(2), CatchUpRoute.Reseed)), ThreeAndLearner));

    [Fact]
    public void A_member_that_follows_by_log_holds_the_trim_back() =>
        AssertRefused(CertificateDefect.MemberLeftBehind, Evidence(fourth: new MemberReach(R(4), I(49), CatchUpRoute.Replay)));

    [Fact]
    [Trait("Pitfall", "22")]
    public void A_trim_does_not_overtake_a_member_that_is_being_reseeded_from_an_older_snapshot()
    {
        AssertRefused(CertificateDefect.MemberLeftBehind, Evidence(fourth: new MemberReach(R(4), I(40), CatchUpRoute.ReseedUnderway)));
        Assert.NotNull(TrimCertificate.TryProve(Evidence(fourth: new MemberReach(R(4), I(50), CatchUpRoute.ReseedUnderway)), ThreeAndLearner));
    }

    [Fact]
    public void A_member_that_nothing_is_known_of_holds_the_trim_back() =>
        AssertRefused(CertificateDefect.MemberLeftBehind, Evidence() with { Members = Evidence().Members.RemoveAt(3) });

    [Fact]
    public void A_member_listed_twice_is_judged_by_its_worse_word()
    {
        TrimEvidence evidence = Evidence();

        AssertRefused(CertificateDefect.MemberLeftBehind, evidence with { Members = evidence.Members.Add(new MemberReach(R(2), I(1), CatchUpRoute.Replay)) });
    }

    [Fact]
    public void A_snapshot_that_is_older_or_of_another_branch_replaces_nothing()
    {
        AssertRefused(CertificateDefect.SnapshotTooOld, Evidence() with { Snapshot = Snapshot(3, 49) });
        AssertRefused(CertificateDefect.SnapshotTooOld, Evidence() with { Snapshot = Snapshot(4, 50) });
        AssertRefused(CertificateDefect.SnapshotTooOld, Evidence() with { Snapshot = Snapshot(2, 60) });
        Assert.NotNull(TrimCertificate.TryProve(Evidence() with { Snapshot = Snapshot(3, 50) }, ThreeAndLearner));
    }

    [Fact]
    public void Another_groups_snapshot_or_a_later_configurations_replaces_nothing()
    {
        AssertRefused(CertificateDefect.OtherConfiguration, Evidence() with { Snapshot = Verified(SnapshotHeader(3, 60) with { Group = new GroupId(8) }) });
        AssertRefused(CertificateDefect.OtherConfiguration, Evidence() with { Snapshot = Verified(SnapshotHeader(3, 60, configEpoch: 2)) });
        AssertRefused(CertificateDefect.OtherConfiguration, Evidence() with { ConfigEpoch = new ConfigEpoch(2) });
    }

    [Fact]
    public void Evidence_with_holes_is_malformed()
    {
        AssertRefused(CertificateDefect.Malformed, Evidence() with { Members = default });
        AssertRefused(CertificateDefect.Malformed, Evidence() with { TrimThrough = At(3, 0) });
        AssertRefused(CertificateDefect.Malformed, Evidence() with { TrimThrough = At(0, 5) });
    }

    [Fact]
    public void A_snapshot_whose_body_is_not_what_its_header_says_is_no_snapshot()
    {
        StateSnapshotHeader header = SnapshotHeader(3, 50);

        Assert.NotNull(VerifiedStateSnapshot.TryProve(header, 10, new SnapshotChecksum(0, 99), out _));
        Assert.Null(VerifiedStateSnapshot.TryProve(header, 9, new SnapshotChecksum(0, 99), out string? length));
        Assert.Contains("9 bytes", length, StringComparison.Ordinal);
        Assert.Null(VerifiedStateSnapshot.TryProve(header, 10, new SnapshotChecksum(0, 98), out string? checksum));
        Assert.Null(VerifiedStateSnapshot.TryProve(header, 10, new SnapshotChecksum(1, 99), out _));
        Assert.Contains("checksum", checksum, StringComparison.Ordinal);
        Assert.Null(VerifiedStateSnapshot.TryProve(header with { Position = At(3, 0) }, 10, new SnapshotChecksum(0, 99), out _));
        Assert.Null(VerifiedStateSnapshot.TryProve(header with { Position = At(0, 3) }, 10, new SnapshotChecksum(0, 99), out _));
        Assert.Null(VerifiedStateSnapshot.TryProve(header with { ConfigEpoch = default }, 10, new SnapshotChecksum(0, 99), out _));
    }

    private static TrimEvidence Evidence(MemberReach? fourth = null)
    {
        ImmutableArray<MemberReach> members =
        [
            new(R(1), I(70), CatchUpRoute.Replay),
            new(R(2), I(50), CatchUpRoute.Replay),
            new(R(3), I(55), CatchUpRoute.Replay),
            fourth ?? new MemberReach(R(4), I(50), CatchUpRoute.Replay),
        ];
        return new TrimEvidence(Group, Incarnation, ConfigEpoch.Founding, At(3, 50), Snapshot(3, 60), members);
    }

    private static void AssertRefused(CertificateDefect defect, TrimEvidence evidence)
    {
        Assert.Null(TrimCertificate.TryProve(evidence, ThreeAndLearner, out CertificateRefusal? refusal));
        Assert.Equal(defect, refusal!.Defect);
        Assert.NotEmpty(refusal.Detail);
    }
}
