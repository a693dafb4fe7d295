using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client;

/// <summary>A request did not end in a reply.</summary>
public abstract class RequestException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>
    /// Whether a command may have taken effect, or may still do so. False is a promise. True means that a repetition under a new sequence
    /// may apply it twice.
    /// </summary>
    public abstract bool MayHaveTakenEffect { get; }
}

/// <summary>Why a client stopped waiting for a command.</summary>
public enum UnknownCause
{
    Deadline,
    Cancellation,
    ClientClosed,

    /// <summary>A node refused to take it again, which says nothing about an earlier sending that was not answered.</summary>
    LaterRefusal,
}

/// <summary>
/// The client stopped waiting for a command that had been sent: it may have taken effect, or may yet. This is neither success nor
/// failure, and must not be reported as either (seed §5.5).
/// </summary>
public sealed class OutcomeUnknownException(UnknownCause cause, string lastTrouble, CancellationToken cancellation = default)
    : RequestException(
        $"The command's outcome is unknown ({cause}). {lastTrouble}".TrimEnd(),
        cause == UnknownCause.Cancellation ? new OperationCanceledException(cancellation) : null)
{
    public UnknownCause Cause { get; } = cause;
    public override bool MayHaveTakenEffect => true;
}

/// <summary>The deadline passed and nothing took effect: the request was a read, or was never accepted by any node.</summary>
public sealed class RequestTimedOutException(string lastTrouble)
    : RequestException($"The deadline passed before the request was served. {lastTrouble}".TrimEnd())
{
    public override bool MayHaveTakenEffect => false;
}

/// <summary>
/// The group has forgotten the session that the command belongs to. It was not applied now; what happened to an earlier sending of it can
/// no longer be told. Commands issued from here on get a new session.
/// </summary>
public sealed class SessionExpiredException(GroupId group, bool sentMoreThanOnce)
    : RequestException(
        $"The session with {group} has expired; the command was refused"
        + (sentMoreThanOnce ? ", and whether an earlier sending of it took effect can no longer be told." : " and has not taken effect."))
{
    public GroupId Group { get; } = group;
    public override bool MayHaveTakenEffect { get; } = sentMoreThanOnce;
}

/// <summary>Too much is going on, at the node or in this client; nothing took effect.</summary>
public sealed class OverloadedException(string detail, TimeSpan retryAfter) : RequestException($"Overloaded: {detail}")
{
    /// <summary>The node's advice on when to try again; zero when it gave none.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
    public override bool MayHaveTakenEffect => false;
}

/// <summary>The request was answered, and the answer is no.</summary>
public sealed class RequestRefusedException(ResponseOutcome outcome, string detail)
    : RequestException($"{outcome}: {(detail.Length > 0 ? detail : "no reason given")}")
{
    public ResponseOutcome Outcome { get; } = outcome;

    /// <summary>True only for <see cref="ResponseOutcome.ResultTooLarge"/>: the command did take effect, its result was dropped.</summary>
    public override bool MayHaveTakenEffect => Outcome == ResponseOutcome.ResultTooLarge;
}

/// <summary>No node could be reached; the message says why, node by node.</summary>
public sealed class ClusterUnreachableException(string detail, Exception? inner = null) : Exception(detail, inner);
