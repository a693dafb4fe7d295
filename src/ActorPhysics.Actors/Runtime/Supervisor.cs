using ActorPhysics.Core;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Actors.Runtime;

/// <summary>What a supervisor knows of an actor.</summary>
public interface ISupervised
{
    ActorName Name { get; }
    bool IsStopped { get; }
}

/// <summary>Why an actor was stopped.</summary>
/// <param name="Actor">Whose fault it was.</param>
/// <param name="Invariant">The broken invariant's name as in docs/GLOSSARY.md, or null when the fault was of another kind.</param>
/// <param name="Fault">What was thrown.</param>
/// <param name="At">When, on the clock of the actor's loop.</param>
public sealed record ActorFailure(ActorName Actor, string? Invariant, Exception Fault, MonotonicTime At)
{
    public override string ToString() => Invariant is null ? $"{Actor}: {Fault.Message}" : $"{Actor}: invariant {Invariant}: {Fault.Message}";
}

/// <summary>Hears of failures, on the loop of the actor that failed.</summary>
public interface ISupervisionListener
{
    void ActorFailed(ActorFailure failure);
}

/// <summary>
/// Watches the actors of one loop. An actor that throws is stopped, alone, and never resumed: its state may be wrong, and what it holds
/// on disk is kept for diagnosis (seed §7.2). Coming back is a decision of whoever starts a new actor from durable state.
/// </summary>
public sealed class Supervisor(ISupervisionListener listener)
{
    private readonly List<ActorFailure> _failures = [];

    /// <summary>How many watched actors have not ended.</summary>
    public int Running { get; private set; }

    /// <summary>Every failure, oldest first. Bounded by the number of actors: each fails once, and once more at most while it ends.</summary>
    public IReadOnlyList<ActorFailure> Failures => _failures;

    internal void Watch(ISupervised actor)
    {
        Invariant.Require(!actor.IsStopped, "SupervisedOnce", "a stopped actor cannot be watched");
        Running++;
    }

    /// <summary>Counts an actor that stopped, by a fault or (null) without one.</summary>
    internal void ActorEnded(ISupervised actor, Exception? fault, MonotonicTime at)
    {
        Invariant.Require(actor.IsStopped, "SupervisedOnce", "an actor reported its end while it runs");
        Running--;
        if (fault is not null)
        {
            Record(actor, fault, at);
        }
    }

    /// <summary>Records what an actor threw while it released what it held.</summary>
    internal void EndFailed(ISupervised actor, Exception fault, MonotonicTime at) => Record(actor, fault, at);

    /// <summary>The listener's own fault is recorded in turn and harms nobody.</summary>
    private void Record(ISupervised actor, Exception fault, MonotonicTime at)
    {
        var failure = new ActorFailure(actor.Name, (fault as InvariantViolationException)?.Invariant, fault, at);
        _failures.Add(failure);
        try
        {
            listener.ActorFailed(failure);
        }
        catch (Exception listenersFault)
        {
            _failures.Add(new ActorFailure(actor.Name, Invariant: null, listenersFault, at));
        }
    }
}
