namespace ActorPhysics.Checking.Diagnosis;

/// <summary>
/// What a monitor or a history check can see going wrong. A symptom is an observation and names no cause; <see cref="Diagnosis"/> draws the
/// conclusion.
/// </summary>
public enum Symptom
{
    /// <summary>Two replicas claimed to lead one epoch.</summary>
    TwoLeadersInOneEpoch,

    /// <summary>One voter spoke for two candidates in one epoch.</summary>
    TwoVotesInOneEpoch,

    /// <summary>A word about a vote or an epoch left before the promise behind it was durable.</summary>
    PromiseNotDurable,

    /// <summary>A replica fell back below an epoch that it had promised.</summary>
    PromiseForgotten,

    /// <summary>A vote went to a candidate whose log was behind the voter's.</summary>
    VoteForStaleLog,

    /// <summary>A replica leads without an election quorum of true votes behind it.</summary>
    UnprovenAuthority,

    /// <summary>A replica obeyed, or counted, the word of an epoch below its own.</summary>
    FencedWordObeyed,

    /// <summary>Two logs that share a position disagree below it: a branch that had lost came back.</summary>
    LogsDisagree,

    /// <summary>A finished command took effect once more.</summary>
    ExecutedTwice,

    /// <summary>A commit certificate does not follow from its own evidence.</summary>
    UnprovenCommit,

    /// <summary>A commit was claimed for an entry of a former epoch by counting its copies.</summary>
    CommitOfFormerEpoch,

    /// <summary>A replica is said to hold an entry that it does not hold at all.</summary>
    FalseAcknowledgement,

    /// <summary>Two replicas took different entries for committed at one index, or one took back what it had committed.</summary>
    TrunkRewritten,

    /// <summary>Replicas that applied the same trunk are in different states.</summary>
    StatesDiverged,

    /// <summary>A client was told that nothing happened, and it did.</summary>
    FalseRefusal,

    /// <summary>A write was acknowledged that is not on the trunk at the place it was said to be.</summary>
    PhantomAcknowledgement,

    /// <summary>The result of a write is not what its place on the trunk gives.</summary>
    WrongResult,

    /// <summary>A replica vouched for an entry that was in its memory and not on its disk.</summary>
    AcknowledgedBeforeDurable,

    /// <summary>No quorum durably holds what was committed.</summary>
    CommittedNotDurable,

    /// <summary>A leader was elected that lacks what was committed before.</summary>
    LeaderWithoutTrunk,

    /// <summary>A replica whose disk lost records took part in an election before it was repaired.</summary>
    DamagedReplicaVoted,

    /// <summary>A replica came back from its disk with another log than the disk holds.</summary>
    RecoveredWrong,

    /// <summary>What a replica wrote of its snapshot and of its log does not fit together: after a restart it has another history than before.</summary>
    RecordsApart,

    /// <summary>A read did not see a write that was finished before it began.</summary>
    StaleRead,

    /// <summary>A read's answer is not the state at the frontier that it names.</summary>
    WrongRead,

    /// <summary>A read was answered without the certificate that its level needs.</summary>
    UnprovenRead,

    /// <summary>What left a log is in no durable snapshot of that replica.</summary>
    TrimmedWithoutSnapshot,

    /// <summary>A leader trimmed what a replica that it is reseeding needs to go on from its snapshot.</summary>
    OvertakenByTrim,

    /// <summary>A replica is below the cliff and is not being brought over it.</summary>
    StrandedBelowCliff,

    /// <summary>The core is healed and has no leader.</summary>
    NoLeader,

    /// <summary>The core has a leader and commits nothing.</summary>
    NoCommits,

    /// <summary>A request was never answered.</summary>
    Unanswered,

    /// <summary>A replica of the healed core stays behind the others although its log reaches theirs.</summary>
    LeftBehind,

    /// <summary>A change of the healed group's members does not come to its end.</summary>
    ChangeUnfinished,

    /// <summary>The frontiers of one replica contradict each other.</summary>
    LatticeBroken,

    /// <summary>An effect was delivered by someone whose authority had ended, or twice.</summary>
    UnfencedEffect,

    /// <summary>Two configurations whose quorums need not meet were in force at once.</summary>
    QuorumsApart,

    /// <summary>A change of the members began before the former one was trunk, or before its leader had committed anything in its epoch.</summary>
    ChangesOverlap,

    /// <summary>A replica goes by another configuration than the newest of its log.</summary>
    WrongConfiguration,

    /// <summary>A replica goes on although it knows that it was removed.</summary>
    RemovedReplicaActs,

    /// <summary>Two groups decide about one key at once.</summary>
    KeyOwnedTwice,

    /// <summary>A group takes other keys for its own than the orders on its trunk leave it.</summary>
    OwnershipApart,

    /// <summary>No group decides about a key, and none is on the way to.</summary>
    KeyLost,

    /// <summary>The product found out by itself that an invariant of its own was broken.</summary>
    InvariantThrown,

    /// <summary>A client's history has no order that its consistency level allows.</summary>
    NoLegalOrder,
}
