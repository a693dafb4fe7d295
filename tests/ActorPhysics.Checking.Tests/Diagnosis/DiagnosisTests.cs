using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using Finding = ActorPhysics.Checking.Diagnosis.Diagnosis;

namespace ActorPhysics.Checking.Tests.Diagnosis;

/// <summary>What is concluded from observations (seed §7.2).</summary>
[Trait("Seed", "7.2")]
public sealed class DiagnosisTests
{
    [Fact]
    public void Nothing_is_concluded_from_nothing() => Assert.Null(Finding.Of([]));

    [Fact]
    public void The_earliest_observation_decides()
    {
        Finding found = Finding.Of([Seen(Symptom.StaleRead, 3), Seen(Symptom.TwoVotesInOneEpoch, 1), Seen(Symptom.CommittedNotDurable, 2)])!;

        Assert.Equal(FailureClass.SplitBrain, found.Class);
        Assert.Equal([1, 2, 3], found.Evidence.Select(evidence => evidence.After.TotalSeconds));
    }

    [Fact]
    public void Of_one_moment_the_one_nearest_to_the_cause_decides()
    {
        Finding found = Finding.Of([Seen(Symptom.NoLeader, 1), Seen(Symptom.StaleRead, 1), Seen(Symptom.InvariantThrown, 1), Seen(Symptom.FencedWordObeyed, 1)])!;

        Assert.Equal(FailureClass.ResurrectedHistory, found.Class);
    }

    [Fact]
    public void Who_decides_comes_before_what_was_decided()
    {
        Finding found = Finding.Of([Seen(Symptom.CommittedNotDurable, 1), Seen(Symptom.ChangesOverlap, 1)])!;

        Assert.Equal(FailureClass.ReconfigurationSplitBrain, found.Class);
    }

    [Theory]
    [InlineData(InvariantNames.ReadFreshness, FailureClass.ReadAnomaly)]
    [InlineData(InvariantNames.EpochFencing, FailureClass.ResurrectedHistory)]
    [InlineData(InvariantNames.MembershipSafety, FailureClass.ReconfigurationSplitBrain)]
    [InlineData(InvariantNames.ElectionSafety, FailureClass.SplitBrain)]
    [InlineData(InvariantNames.TrimSafety, FailureClass.TrimCliff)]
    [InlineData(InvariantNames.CertificateValidity, FailureClass.PhantomCommit)]
    public void A_replica_that_stops_itself_is_named_by_the_invariant_that_it_gives(string invariant, FailureClass expected) =>
        Assert.Equal(expected, Finding.Of([new Evidence(Symptom.InvariantThrown, invariant, "r1", TimeSpan.Zero)])!.Class);

    private static Evidence Seen(Symptom symptom, double seconds) => new(symptom, "rule", "detail", TimeSpan.FromSeconds(seconds));
}
