namespace ActorPhysics.Checking.Diagnosis;

/// <summary>The nine ways in which a distributed history breaks (seed §7.2): each names the component whose rule was violated.</summary>
public enum FailureClass
{
    /// <summary>A commit that was none: the commit certificate, or its coupling to the epoch, is broken.</summary>
    PhantomCommit,

    /// <summary>A fenced author wrote on: the authority's epoch was not checked where its effects arrived.</summary>
    ResurrectedHistory,

    /// <summary>Two authorities at once: authority certificates overlapped, or a promise was forgotten.</summary>
    SplitBrain,

    /// <summary>An effect outside the history by someone who had no externalization certificate for it.</summary>
    ZombieSideEffect,

    /// <summary>A read from the wrong frontier, or without the certificate that its level needs.</summary>
    ReadAnomaly,

    /// <summary>What was acknowledged is not durable on a quorum: a replica's durable frontier was behind what it vouched for when it crashed.</summary>
    DataLossOnRecovery,

    /// <summary>The trimmed frontier moved without a safe way to catch up from it.</summary>
    TrimCliff,

    /// <summary>A configuration took over whose quorums need not intersect those of the one before.</summary>
    ReconfigurationSplitBrain,

    /// <summary>A quorum is up and connected, and yet nothing moves.</summary>
    NoProgress,
}
