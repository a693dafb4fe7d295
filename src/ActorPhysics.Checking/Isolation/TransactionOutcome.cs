namespace ActorPhysics.Checking.Isolation;

/// <summary>What is known of a transaction's end.</summary>
public enum TransactionOutcome
{
    /// <summary>It may have committed, may still commit, or never: it counts as committed exactly where someone observed its writes.</summary>
    Unknown,

    Committed,

    /// <summary>It never happened: whoever observes one of its writes read dirty.</summary>
    Aborted,
}
