namespace ActorPhysics.Core.Specifications;

/// <summary>
/// The illusion that a replicated object must refine (seed §1.1): a sequential object, given by its first state and by what each operation
/// does. A history of concurrent operations is correct when some order of them, allowed by the consistency model, has the results that this
/// object gives (Herlihy and Wing, "Linearizability", TOPLAS 1990). States are immutable and compared by value, so that a checker can
/// branch from any of them and recognize one that it has seen.
/// </summary>
/// <typeparam name="TState">Immutable, equal by value.</typeparam>
/// <typeparam name="TOperation">What is asked.</typeparam>
/// <typeparam name="TResult">What is answered, equal by value.</typeparam>
public abstract class Specification<TState, TOperation, TResult>
    where TState : IEquatable<TState>
    where TResult : IEquatable<TResult>
{
    /// <summary>For reports.</summary>
    public abstract string Name { get; }

    public abstract TState Initial { get; }

    /// <summary>Total and deterministic: every operation has one outcome in every state.</summary>
    public abstract SpecificationStep<TState, TResult> Apply(TState state, TOperation operation);

    /// <summary>Whether the operation leaves every state as it is. A checker may drop such an operation when its result is unknown.</summary>
    public abstract bool IsReadOnly(TOperation operation);

    /// <summary>
    /// Whether the operation leaves every state as it is that answers it with this result, as a compare-and-set does that differed. A checker
    /// may then order it as soon as a state gives that result.
    /// </summary>
    public virtual bool LeavesState(TOperation operation, TResult result) => IsReadOnly(operation);

    /// <summary>
    /// Names the part of the object that the operation is confined to, or null when it may concern all of it. Where no operation of a
    /// history yields null, each part may be checked alone, for linearizability is local (Herlihy and Wing, theorem 1).
    /// </summary>
    public virtual string? PartOf(TOperation operation) => null;
}

/// <summary>What an operation does in a state.</summary>
public readonly record struct SpecificationStep<TState, TResult>(TState State, TResult Result);
