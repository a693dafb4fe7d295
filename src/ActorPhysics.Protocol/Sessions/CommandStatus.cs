namespace ActorPhysics.Protocol.Sessions;

/// <summary>
/// How a command of the trunk ended. It is decided by the log alone, so it is the same on every replica; the numbers are part of the wire
/// format and of snapshots. <c>default</c> (0) is no status and is never recorded.
/// </summary>
public enum CommandStatus : byte
{
    None = 0,

    /// <summary>The command took effect; the result says how.</summary>
    Applied = 1,

    /// <summary>The state machine cannot make sense of the command's bytes; nothing changed. The result is the reason, in UTF-8.</summary>
    Refused = 2,

    /// <summary>
    /// The session is unknown or evicted, or the client itself declared the sequence completed: whether the command took effect earlier can
    /// no longer be told from the log, and it takes no effect now.
    /// </summary>
    SessionExpired = 3,

    /// <summary>Too many results are kept for this session already; nothing changed, and the same sequence may be tried again.</summary>
    SessionWindowFull = 4,

    /// <summary>The command took effect, but its result exceeds <see cref="SessionLimits.MaxResultBytes"/> and was dropped.</summary>
    ResultTooLarge = 5,

    /// <summary>A session command without a sequence, or an open command without a nonce; nothing changed.</summary>
    Malformed = 6,

    /// <summary>
    /// The group does not own the command's key at this place of its log; nothing changed, and nothing is kept of it. The result says what the group knows.
    /// Never recorded in a session, so the same sequence may be tried at the group that owns the key.
    /// </summary>
    WrongShard = 7,
}
