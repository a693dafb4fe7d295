namespace ActorPhysics.Client.Control;

/// <summary>How a change of the cluster ended.</summary>
public enum ControlOutcome
{
    /// <summary>It is so now.</summary>
    Done,

    /// <summary>It was so before.</summary>
    Unchanged,

    /// <summary>Nothing was changed, or the change was given up: look again before you decide.</summary>
    Conflict,

    /// <summary>Nothing was changed and it would not be: the detail says why.</summary>
    Refused,

    /// <summary>It is decided and goes on by itself; the time to wait for its end is over.</summary>
    UnderWay,

    /// <summary>The client stopped waiting before anybody said what became of it.</summary>
    Unknown,
}

/// <summary>The end of a change, as far as the client saw it.</summary>
/// <param name="Detail">One sentence for people.</param>
public sealed record ControlResult(ControlOutcome Outcome, string Detail)
{
    /// <summary>Whether the cluster is now as it was asked to be.</summary>
    public bool IsSo => Outcome is ControlOutcome.Done or ControlOutcome.Unchanged;
}
