using System.Collections.Immutable;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using static ActorPhysics.Core.Tests.Given;

namespace ActorPhysics.Core.Tests.Certificates;

[Trait("Seed", "3.2")]
public sealed class AuthorityCertificateTests
{
    private static readonly GroupConfiguration Three = Configuration(voters: 3, learners: 1);

    [Fact]
    public void A_quorum_of_votes_in_one_epoch_for_one_replica_proves_authority_to_anybody()
    {
        var certificate = AuthorityCertificate.TryProve(Votes(R(1), R(3)), Three, out CertificateRefusal? refusal);

        Assert.Null(refusal);
        Assert.NotNull(certificate);
        Assert.True(certificate.Verify(Three));
        Assert.Equal(Le(5), certificate.LeaderEpoch);
        Assert.Equal(new Coordinate(Group, ConfigEpoch.Founding, Le(5), LogIndex.Zero), certificate.Coordinate);
    }

    [Fact]
    public void Too_few_votes_prove_nothing() => AssertRefused(CertificateDefect.NoQuorum, Votes(R(1)));

    [Fact]
    [Trait("Pitfall", "M20")]
    public void One_voter_counts_once_however_often_it_is_listed() => AssertRefused(CertificateDefect.NoQuorum, Votes(R(1), R(1), R(1)));

    [Fact]
    [Trait("Pitfall", "35")]
    public void A_learner_and_a_stranger_do_not_count() => AssertRefused(CertificateDefect.NoQuorum, Votes(R(1), R(4), R(77)));

    [Fact]
    [Trait("Pitfall", "6")]
    public void A_vote_of_another_epoch_spoils_the_evidence()
    {
        AuthorityEvidence evidence = Votes(R(1), R(2), R(3));

        AssertRefused(CertificateDefect.OtherLeaderEpoch, evidence with { Votes = evidence.Votes.SetItem(2, new Vote(R(3), Le(4), R(1))) });
    }

    [Fact]
    public void A_vote_for_another_candidate_spoils_the_evidence()
    {
        AuthorityEvidence evidence = Votes(R(1), R(2), R(3));

        AssertRefused(CertificateDefect.OtherLeader, evidence with { Votes = evidence.Votes.SetItem(2, new Vote(R(3), Le(5), R(2))) });
    }

    [Theory]
    [InlineData(4)]
    [InlineData(9)]
    public void A_learner_or_a_stranger_cannot_lead_whatever_the_votes_say(ulong leader)
    {
        AuthorityEvidence evidence = Votes(R(1), R(2), R(3));
        ImmutableArray<Vote> votes = [.. evidence.Votes.Select(vote => vote with { Candidate = R(leader) })];

        AssertRefused(CertificateDefect.OtherLeader, evidence with { Leader = R(leader), Votes = votes });
    }

    [Fact]
    public void A_witness_votes_but_cannot_lead()
    {
        GroupConfiguration witnessed = Configuration(voters: 3, lastVoter: MemberRole.Witness);
        AuthorityEvidence evidence = Votes(R(2), R(3));

        Assert.NotNull(AuthorityCertificate.TryProve(evidence, witnessed));
        AuthorityEvidence forWitness = evidence with { Leader = R(3), Votes = [.. evidence.Votes.Select(vote => vote with { Candidate = R(3) })] };
        Assert.Null(AuthorityCertificate.TryProve(forWitness, witnessed, out CertificateRefusal? refusal));
        Assert.Equal(CertificateDefect.OtherLeader, refusal!.Defect);
    }

    [Fact]
    [Trait("Pitfall", "10")]
    [Trait("Pitfall", "11")]
    public void Evidence_of_another_group_incarnation_or_configuration_is_refused()
    {
        AuthorityEvidence evidence = Votes(R(1), R(2));

        AssertRefused(CertificateDefect.OtherConfiguration, evidence with { Group = new GroupId(8) });
        AssertRefused(CertificateDefect.OtherConfiguration, evidence with { Incarnation = new GroupIncarnation(1) });
        AssertRefused(CertificateDefect.OtherConfiguration, evidence with { ConfigEpoch = new ConfigEpoch(2) });
        Assert.False(AuthorityCertificate.TryProve(evidence, Three)!.Verify(Configuration(voters: 3, learners: 1, configEpoch: 2)));
    }

    [Fact]
    public void Evidence_with_holes_is_malformed()
    {
        AuthorityEvidence evidence = Votes(R(1), R(2));

        AssertRefused(CertificateDefect.Malformed, evidence with { Votes = default });
        AssertRefused(CertificateDefect.Malformed, evidence with { LeaderEpoch = LeaderEpoch.None });
        AssertRefused(CertificateDefect.Malformed, evidence with { Leader = ReplicaId.None });
    }

    private static AuthorityEvidence Votes(params ReplicaId[] voters) =>
        new(Group, Incarnation, ConfigEpoch.Founding, Le(5), R(1), [.. voters.Select(voter => new Vote(voter, Le(5), R(1)))]);

    private static void AssertRefused(CertificateDefect defect, AuthorityEvidence evidence)
    {
        Assert.Null(AuthorityCertificate.TryProve(evidence, Three, out CertificateRefusal? refusal));
        Assert.Equal(defect, refusal!.Defect);
        Assert.NotEmpty(refusal.Detail);
    }
}
