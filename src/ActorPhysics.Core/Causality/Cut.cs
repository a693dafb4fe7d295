namespace ActorPhysics.Core.Causality;

/// <summary>
/// A line through a trace: of each process the events through a number are before it. Drawn as it likes it may be no state that the system
/// can have been in; a <em>consistent</em> cut contains with each event its causes (Chandy and Lamport, "Distributed Snapshots", 1985).
/// </summary>
/// <param name="Frontier">The last event of each process that is before the cut.</param>
public sealed record Cut(VectorClock Frontier)
{
    public bool Contains(TraceEvent happening)
    {
        ArgumentNullException.ThrowIfNull(happening);
        return happening.Number <= Frontier[happening.Process];
    }

    /// <summary>Whether every event before this cut is before the other.</summary>
    public bool IsWithin(Cut other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Frontier.IsWithin(other.Frontier);
    }

    public override string ToString() => Frontier.ToString();
}

/// <summary>Why a cut is not consistent: an effect is before it and its cause is not.</summary>
/// <param name="Message">Received before the cut and sent after it.</param>
public sealed record CutViolation(MessageId Message, TraceEvent Sent, TraceEvent Received)
{
    public override string ToString() => $"{Received} is before the cut and received {Message}, which {Sent} sent after it";
}
