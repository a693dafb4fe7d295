namespace ActorPhysics.Actors.StateMachines;

/// <summary>
/// The state machine as its author writes it: an ordinary class with typed commands, results, queries and answers. It is run on every
/// replica, under the contract of <see cref="IReplicatedStateMachine"/>: <see cref="Apply"/> depends on the state, the context and the
/// command alone, and answers every command with a result; an exception out of it stops the replica.
/// </summary>
public abstract class StateMachine<TCommand, TResult, TQuery, TAnswer>
{
    /// <summary>Applies a committed command. Whatever may go wrong in the application ("balance too low") is a result, not an exception.</summary>
    public abstract TResult Apply(in ApplyContext context, TCommand command);

    /// <summary>Answers from the state without changing it.</summary>
    public abstract TAnswer Query(TQuery query);

    /// <summary>
    /// A picture of the state that later applies do not change. The usual ways: <see cref="StateCapture.Json{T}"/> over an immutable
    /// value, or <see cref="StateCapture.JsonNow{T}"/> over a mutable one of moderate size.
    /// </summary>
    public abstract IStateCapture Capture();

    /// <summary>Takes over a captured state; called on a fresh instance. The counterpart of JSON captures is <see cref="StateCapture.ReadJson{T}"/>.</summary>
    public abstract void Restore(Stream snapshot);
}

/// <summary>A state machine without queries of its own: everything is a command.</summary>
public abstract class StateMachine<TCommand, TResult> : StateMachine<TCommand, TResult, NoQuery, NoAnswer>
{
    public sealed override NoAnswer Query(NoQuery query) => default;
}

/// <summary>The query of a machine that answers none.</summary>
public readonly record struct NoQuery;

/// <summary>The answer to <see cref="NoQuery"/>.</summary>
public readonly record struct NoAnswer;
