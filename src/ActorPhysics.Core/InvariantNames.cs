namespace ActorPhysics.Core;

/// <summary>
/// The names under which a broken invariant is reported. They are the same in exceptions, in the simulator's findings and in
/// docs/GLOSSARY.md, so that one search finds the rule, its check and its tests.
/// </summary>
public static class InvariantNames
{
    /// <summary>At most one leader holds authority in one (group, LeaderEpoch).</summary>
    public const string ElectionSafety = nameof(ElectionSafety);

    /// <summary>Two logs that hold the same (LeaderEpoch, index) agree on every entry below it.</summary>
    public const string LogMatching = nameof(LogMatching);

    /// <summary>What was committed in one epoch is in the log of every leader of a later epoch.</summary>
    public const string LeaderCompleteness = nameof(LeaderCompleteness);

    /// <summary>No two replicas apply different entries at one index.</summary>
    public const string StateMachineSafety = nameof(StateMachineSafety);

    /// <summary>The committed trunk only grows, and never changes below its frontier.</summary>
    public const string TrunkMonotonicity = nameof(TrunkMonotonicity);

    /// <summary>The order between a replica's frontiers: <c>TrimmedThrough ≤ Applied ≤ Committed ≤ Appended</c> and its companions.</summary>
    public const string BoundaryLattice = nameof(BoundaryLattice);

    /// <summary>A certificate that was acted upon is proven by its own evidence.</summary>
    public const string CertificateValidity = nameof(CertificateValidity);

    /// <summary>Nothing leaves the log that a member still needs and no durable snapshot replaces.</summary>
    public const string TrimSafety = nameof(TrimSafety);

    /// <summary>Every election quorum meets every election quorum and every commit quorum in a replica that cannot lie.</summary>
    public const string QuorumIntersection = nameof(QuorumIntersection);

    /// <summary>
    /// Configurations follow each other one ConfigEpoch at a time and by steps whose quorums meet, none before the former is trunk; replica ids never
    /// come back; each replica goes by the newest configuration of its log, and one that knows it was removed is out.
    /// </summary>
    public const string MembershipSafety = nameof(MembershipSafety);

    /// <summary>One external effect of one history entry is delivered under one identity and fenced against older authorities.</summary>
    public const string ExternalizationOnce = nameof(ExternalizationOnce);

    /// <summary>A transaction is decided once: every participant commits it or every participant aborts it.</summary>
    public const string TransactionAtomicity = nameof(TransactionAtomicity);

    /// <summary>Nobody obeys, or counts, the word of an epoch below its own.</summary>
    public const string EpochFencing = nameof(EpochFencing);

    /// <summary>At every moment some commit quorum durably holds the trunk through everything ever committed.</summary>
    public const string CommitQuorumDurability = nameof(CommitQuorumDurability);

    /// <summary>A linearizable read observes every operation that was finished before it was asked for.</summary>
    public const string ReadFreshness = nameof(ReadFreshness);

    /// <summary>Every key belongs to one group at each moment, or is on its way from one to another: never to two, and never to none.</summary>
    public const string KeyOwnership = nameof(KeyOwnership);

    /// <summary>A command of a session takes effect once, however often it is in the log.</summary>
    public const string ExactlyOnce = nameof(ExactlyOnce);

    /// <summary>What was refused as "nothing happened" never happens.</summary>
    public const string TruthfulRefusal = nameof(TruthfulRefusal);

    /// <summary>With a quorum up, connected and in time, a leader is elected, C advances and every request is answered.</summary>
    public const string Liveness = nameof(Liveness);
}
