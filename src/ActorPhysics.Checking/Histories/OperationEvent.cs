namespace ActorPhysics.Checking.Histories;

/// <summary>What an event says of its operation.</summary>
public enum EventType
{
    /// <summary>A process begins an operation.</summary>
    Invoke,

    /// <summary>It took effect, with the result that the event carries.</summary>
    Ok,

    /// <summary>It did not take effect, and never will.</summary>
    Fail,

    /// <summary>Nobody knows: it may take effect at any later time, or never.</summary>
    Info,
}

/// <summary>One event of a history, with the fields that Jepsen gives it. Events stand in the order in which they happened.</summary>
/// <param name="Function">What is done, such as <c>read</c> or <c>txn</c>.</param>
/// <param name="Key">The object that it is done to; nil where a history concerns one object, or where the value tells.</param>
/// <param name="Value">An invocation's argument, a completion's result.</param>
/// <param name="Line">The line of its file, from 1; 0 where it was read from none.</param>
public readonly record struct OperationEvent(
    EventIndex Index,
    EventTime Time,
    ProcessId Process,
    EventType Type,
    string Function,
    Value Key,
    Value Value,
    int Line = 0);
