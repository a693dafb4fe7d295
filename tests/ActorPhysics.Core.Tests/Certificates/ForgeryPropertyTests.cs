using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using FsCheck;
using FsCheck.Fluent;
using static ActorPhysics.Core.Tests.Given;

namespace ActorPhysics.Core.Tests.Certificates;

/// <summary>Random evidence, mostly false: it is proven exactly when distinct voters who really hold the frontier are a quorum.</summary>
[Trait("Seed", "3.1")]
public sealed class ForgeryPropertyTests
{
    private const int Voters = 5;
    private static readonly GroupConfiguration Five = Configuration(voters: Voters, learners: 2);

    [Fact]
    public void Whatever_acknowledgements_are_listed_only_a_quorum_of_holders_commits() =>
        Prop.ForAll(Gen.ListOf(AnyAcknowledgement).ToArbitrary(), listed =>
        {
            var evidence = new CommitEvidence(
                Group, Incarnation, ConfigEpoch.Founding, At(4, 9), R(1), AcknowledgementMeaning.Durable, [.. listed]);
            bool allOfEpoch = listed.TrueForAll(acknowledgement => acknowledgement.Epoch == Le(4));
            int holders = listed.Where(ack => ack.Replica.Value is >= 1 and <= Voters && ack.Held >= I(9)).Select(ack => ack.Replica).Distinct().Count();
            CommitCertificate? certificate = CommitCertificate.TryProve(evidence, Five, out CertificateRefusal? refusal);
            return certificate is not null == (allOfEpoch && holders >= 3)
                && refusal is null == certificate is not null
                && (certificate is null || certificate.Verify(Five));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000).WithEndSize(8));

    [Fact]
    public void Whatever_votes_are_listed_only_a_quorum_of_voters_elects() =>
        Prop.ForAll(Gen.ListOf(AnyVote).ToArbitrary(), listed =>
        {
            var evidence = new AuthorityEvidence(Group, Incarnation, ConfigEpoch.Founding, Le(4), R(2), [.. listed]);
            bool allForIt = listed.TrueForAll(vote => vote.Epoch == Le(4) && vote.Candidate == R(2));
            int voters = listed.Where(vote => vote.Voter.Value is >= 1 and <= Voters).Select(vote => vote.Voter).Distinct().Count();
            return AuthorityCertificate.TryProve(evidence, Five) is not null == (allForIt && voters >= 3);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000).WithEndSize(8));

    private static Gen<Acknowledgement> AnyAcknowledgement =>
        from replica in Gen.Choose(0, Voters + 3)
        from epoch in Gen.Frequency((20, Gen.Constant(4)), (1, Gen.Choose(0, 6)))
        from held in Gen.Frequency((3, Gen.Choose(9, 11)), (1, Gen.Choose(0, 8)))
        select new Acknowledgement(R((ulong)replica), Le((ulong)epoch), I((ulong)held));

    private static Gen<Vote> AnyVote =>
        from voter in Gen.Choose(0, Voters + 3)
        from epoch in Gen.Frequency((20, Gen.Constant(4)), (1, Gen.Choose(0, 6)))
        from candidate in Gen.Frequency((20, Gen.Constant(2)), (1, Gen.Choose(0, 6)))
        select new Vote(R((ulong)voter), Le((ulong)epoch), R((ulong)candidate));
}
