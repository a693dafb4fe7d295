namespace ActorPhysics.Actors.Ports;

/// <summary>What kept an append from becoming durable.</summary>
public enum JournalFaultKind
{
    /// <summary>A write or an fsync failed. The journal accepts nothing more until it is opened again; an fsync is never retried.</summary>
    Poisoned,

    /// <summary>The disk has no room beyond the reserve. Nothing of the append was kept; the journal recovers by itself when room returns.</summary>
    DiskFull,

    /// <summary>The journal was closed before the append was written.</summary>
    Closed,
}

/// <summary>Why an append failed, in words for the operator.</summary>
public sealed record JournalFault(JournalFaultKind Kind, string Detail)
{
    /// <summary>True when the same append may be tried again later on the same open journal.</summary>
    public bool IsRecoverable => Kind == JournalFaultKind.DiskFull;

    public override string ToString() => $"{Kind}: {Detail}";
}
