using ActorPhysics.Core;

namespace ActorPhysics.Checking.Diagnosis;

/// <summary>
/// Names the failure class behind a set of observations (seed §7.2), from the observations alone. The earliest one decides: what follows is
/// consequence. Observations of one moment are weighed by how near to the cause they are.
/// </summary>
public sealed class Diagnosis
{
    private Diagnosis(FailureClass named, Evidence root, IReadOnlyList<Evidence> evidence)
    {
        Class = named;
        Root = root;
        Evidence = evidence;
    }

    public FailureClass Class { get; }

    /// <summary>The observation that decided.</summary>
    public Evidence Root { get; }

    /// <summary>All of them, earliest first.</summary>
    public IReadOnlyList<Evidence> Evidence { get; }

    /// <returns>Null when nothing was observed.</returns>
    public static Diagnosis? Of(IReadOnlyCollection<Evidence> observed)
    {
        List<Evidence> ordered = [.. observed.OrderBy(evidence => evidence.After).ThenBy(evidence => DistanceFromCause(evidence.Symptom))];
        return ordered.Count == 0 ? null : new Diagnosis(ClassOf(ordered[0]), ordered[0], ordered);
    }

    public override string ToString() => $"{Class}: {Root}";

    /// <summary>
    /// What lies on a disk comes before what was made of it, and who decides before what was decided. A symptom of the protocol's own rules is nearer to the cause than what clients see of it, and a
    /// standstill may be the consequence of anything.
    /// </summary>
    private static int DistanceFromCause(Symptom symptom) => symptom switch
    {
        Symptom.NoLeader or Symptom.NoCommits or Symptom.Unanswered or Symptom.LeftBehind or Symptom.ChangeUnfinished => 5,
        Symptom.NoLegalOrder => 4,
        Symptom.StaleRead or Symptom.WrongRead or Symptom.WrongResult or Symptom.PhantomAcknowledgement or Symptom.FalseRefusal => 3,
        Symptom.InvariantThrown or Symptom.StatesDiverged or Symptom.StrandedBelowCliff => 2,
        Symptom.QuorumsApart or Symptom.ChangesOverlap or Symptom.WrongConfiguration or Symptom.OwnershipApart => 0,
        Symptom.RecordsApart => -1,
        _ => 1,
    };

    private static FailureClass ClassOf(Evidence evidence) => evidence.Symptom switch
    {
        Symptom.TwoLeadersInOneEpoch or Symptom.TwoVotesInOneEpoch or Symptom.PromiseNotDurable or Symptom.PromiseForgotten
            or Symptom.VoteForStaleLog or Symptom.UnprovenAuthority or Symptom.LeaderWithoutTrunk => FailureClass.SplitBrain,
        Symptom.FencedWordObeyed or Symptom.LogsDisagree or Symptom.ExecutedTwice => FailureClass.ResurrectedHistory,
        Symptom.UnprovenCommit or Symptom.CommitOfFormerEpoch or Symptom.FalseAcknowledgement or Symptom.TrunkRewritten
            or Symptom.FalseRefusal or Symptom.PhantomAcknowledgement or Symptom.WrongResult => FailureClass.PhantomCommit,
        Symptom.AcknowledgedBeforeDurable or Symptom.CommittedNotDurable or Symptom.DamagedReplicaVoted or Symptom.RecoveredWrong
            or Symptom.RecordsApart or Symptom.StatesDiverged or Symptom.KeyLost => FailureClass.DataLossOnRecovery,
        Symptom.StaleRead or Symptom.WrongRead or Symptom.UnprovenRead or Symptom.NoLegalOrder => FailureClass.ReadAnomaly,
        Symptom.TrimmedWithoutSnapshot or Symptom.OvertakenByTrim or Symptom.StrandedBelowCliff => FailureClass.TrimCliff,
        Symptom.NoLeader or Symptom.NoCommits or Symptom.Unanswered or Symptom.LeftBehind or Symptom.ChangeUnfinished => FailureClass.NoProgress,
        Symptom.UnfencedEffect => FailureClass.ZombieSideEffect,
        Symptom.QuorumsApart or Symptom.ChangesOverlap or Symptom.WrongConfiguration or Symptom.RemovedReplicaActs
            or Symptom.KeyOwnedTwice or Symptom.OwnershipApart => FailureClass.ReconfigurationSplitBrain,
        _ => ClassOfInvariant(evidence.Invariant),
    };

    /// <summary>What the product says of itself when it stops.</summary>
    private static FailureClass ClassOfInvariant(string invariant) => invariant switch
    {
        InvariantNames.ElectionSafety => FailureClass.SplitBrain,
        InvariantNames.LogMatching => FailureClass.ResurrectedHistory,
        InvariantNames.LeaderCompleteness => FailureClass.DataLossOnRecovery,
        InvariantNames.TrimSafety => FailureClass.TrimCliff,
        InvariantNames.QuorumIntersection or InvariantNames.MembershipSafety => FailureClass.ReconfigurationSplitBrain,
        InvariantNames.ExternalizationOnce => FailureClass.ZombieSideEffect,
        InvariantNames.EpochFencing => FailureClass.ResurrectedHistory,
        InvariantNames.ReadFreshness or "ReadFrontier" => FailureClass.ReadAnomaly,
        "JournalOrder" or "LogContiguity" => FailureClass.DataLossOnRecovery,
        _ => FailureClass.PhantomCommit,
    };
}
