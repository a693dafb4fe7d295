namespace ActorPhysics.Protocol.Sessions;

/// <summary>What the session table decided about a command.</summary>
public enum SessionDecision
{
    /// <summary>No effect; <see cref="SessionAdmission.Status"/> says why.</summary>
    Refuse,

    /// <summary>First time: apply it, then hand its outcome to <see cref="SessionTable.Record"/>.</summary>
    Execute,

    /// <summary>It took effect before: answer with the first outcome.</summary>
    Repeat,
}

/// <summary>The table's answer; <see cref="Result"/> is valid until the table changes. <c>default</c> is a refusal without a reason.</summary>
public readonly ref struct SessionAdmission
{
    public SessionDecision Decision { get; init; }

    /// <summary>The reason of a refusal, the first status of a repetition, else <see cref="CommandStatus.None"/>.</summary>
    public CommandStatus Status { get; init; }

    /// <summary>Where the command took effect first; only for a repetition.</summary>
    public CommandPlace AppliedAt { get; init; }

    /// <summary>The first result; only for a repetition.</summary>
    public ReadOnlySpan<byte> Result { get; init; }

    internal static SessionAdmission Refused(CommandStatus status) => new() { Decision = SessionDecision.Refuse, Status = status };
    internal static SessionAdmission Execute => new() { Decision = SessionDecision.Execute };
}
