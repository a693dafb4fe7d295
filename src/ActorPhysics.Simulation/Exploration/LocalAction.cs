namespace ActorPhysics.Simulation.Exploration;

/// <summary>What can happen to one replica.</summary>
internal enum LocalActionKind
{
    /// <summary>The message with this handle arrives.</summary>
    Deliver,

    /// <summary>The oldest so many writes become durable, and the messages that waited for them leave.</summary>
    Sync,

    /// <summary>The election timer fires, and the replica opens the next epoch.</summary>
    Campaign,

    /// <summary>The heartbeat timer fires in time; with argument 1 an election timeout late.</summary>
    Heartbeat,

    /// <summary>A client asks the leader for the command of this number.</summary>
    Write,

    /// <summary>The process dies and starts again; so many of the records not yet durable survive.</summary>
    Restart,

    /// <summary>An operator asks the leader for the change of the scope.</summary>
    Change,
}

/// <summary>An action and its argument. It is a function of the replica alone, so its outcome is computed once.</summary>
/// <param name="Surviving">
/// When it is not negative, the process dies right after and starts again, and so many of the records that the action wrote survive.
/// </param>
internal readonly record struct LocalAction(LocalActionKind Kind, int Argument, int Surviving = LocalAction.Lives)
{
    public const int Lives = -1;

    public int Code => (Argument << 7) | ((Surviving + 1) << 3) | (int)Kind;
}

/// <summary>What an action does to a replica: a function of the two, so it is computed once for all states in which it happens.</summary>
/// <param name="Next">Null when nothing happens, or when it is out of scope.</param>
/// <param name="Violation">The stepper or a check of its effects found an invariant broken.</param>
internal sealed record Outcome(LocalState? Next, SearchMessage[] Sends, Core.InvariantViolationException? Violation);
