namespace ActorPhysics.Wire.Commands;

/// <summary>What a command asks of the replicated state; the numbers are part of the wire format.</summary>
public enum CommandKind : uint
{
    /// <summary>The payload is for the user's state machine.</summary>
    User = 0,

    /// <summary>
    /// Opens a session. <see cref="CommandView.Session"/> holds the client's nonce instead of a session's id; the result is a
    /// <see cref="SessionOpened"/>.
    /// </summary>
    OpenSession = 1,

    /// <summary>Ends the session and forgets its results.</summary>
    CloseSession = 2,

    /// <summary>Counts as use of the session and hands over the client's completed-through mark; no other effect.</summary>
    KeepAlive = 3,

    /// <summary>The giver of a handoff stops owning a range and packs it: message HandOut of handoff.proto. The result is a HandoffAnswer.</summary>
    HandOut = 4,

    /// <summary>The taker of a handoff receives a piece of the parcel, and with the last piece owns the range: message TakeIn. The result is a HandoffAnswer.</summary>
    TakeIn = 5,

    /// <summary>The giver drops the parcel: message Release. The result is a HandoffAnswer.</summary>
    Release = 6,
}
