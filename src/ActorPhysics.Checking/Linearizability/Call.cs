using ActorPhysics.Checking.Histories;

namespace ActorPhysics.Checking.Linearizability;

/// <summary>An operation of a specification as a client saw it. Operations that are known not to have happened are no calls.</summary>
/// <param name="Result">What it answered; means nothing where the outcome is unknown.</param>
/// <param name="Completed"><see cref="EventPosition.Never"/> where the outcome is unknown: then it may take effect at any time after
/// <paramref name="Invoked"/>, or never.</param>
public readonly record struct Call<TOperation, TResult>(
    ProcessId Process,
    TOperation Operation,
    TResult? Result,
    EventPosition Invoked,
    EventPosition Completed)
{
    public bool IsOpen => Completed == EventPosition.Never;

    public static Call<TOperation, TResult> Returned(ProcessId process, TOperation operation, TResult result, EventPosition invoked, EventPosition completed) =>
        new(process, operation, result, invoked, completed);

    /// <summary>A call that timed out, or that the end of the history cuts off.</summary>
    public static Call<TOperation, TResult> Open(ProcessId process, TOperation operation, EventPosition invoked) =>
        new(process, operation, default, invoked, EventPosition.Never);
}
