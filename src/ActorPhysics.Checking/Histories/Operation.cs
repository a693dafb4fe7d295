namespace ActorPhysics.Checking.Histories;

/// <summary>How an operation ended.</summary>
public enum OperationOutcome
{
    /// <summary>It may have taken effect, may yet take effect at any later time, or never: it timed out, crashed, or the history ends first.</summary>
    Unknown,

    /// <summary>It took effect between its invocation and its completion.</summary>
    Ok,

    /// <summary>It did not happen. Some models learn something from it all the same, as from a compare-and-set that differed.</summary>
    Failed,
}

/// <summary>An invocation together with its completion.</summary>
/// <param name="Ordinal">The operation's place among those of the history, in the order of their invocations, from 0.</param>
/// <param name="Argument">The invocation's value.</param>
/// <param name="Result">The completion's value; nil where the outcome is unknown.</param>
/// <param name="Invoked">Where the invocation stands among the events.</param>
/// <param name="Completed">Where the completion stands; <see cref="EventPosition.Never"/> where the outcome is unknown, for the effect may come
/// at any later time.</param>
/// <param name="InvocationIndex">The invocation's number in its file, by which reports name the operation.</param>
/// <param name="CompletionIndex">The completion's number, also that of an info; null where the history ends first.</param>
/// <param name="InvocationLine">The invocation's line in its file, 0 where it has none.</param>
/// <param name="CompletionLine">The completion's line, also that of an info; 0 where it has none.</param>
public sealed record Operation(
    int Ordinal,
    ProcessId Process,
    string Function,
    Value Key,
    Value Argument,
    Value Result,
    OperationOutcome Outcome,
    EventPosition Invoked,
    EventPosition Completed,
    EventIndex InvocationIndex,
    EventIndex? CompletionIndex,
    int InvocationLine = 0,
    int CompletionLine = 0)
{
    /// <summary>Whether this completed before the other was invoked, so that every reader of a clock agrees on their order.</summary>
    public bool Precedes(Operation other) => Completed < other.Invoked;

    /// <summary>Says where this operation is not one that a model knows.</summary>
    public HistoryFault Fault(string reason) =>
        new(Outcome == OperationOutcome.Unknown || CompletionLine == 0 ? InvocationLine : CompletionLine, $"the {Function} invoked at event {InvocationIndex}: {reason}");
}
