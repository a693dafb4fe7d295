namespace ActorPhysics.Checking.Histories;

/// <summary>Why a history could not be read.</summary>
/// <param name="Line">The line of the input, from 1, at which the unreadable event begins; 0 where the events came from no text.</param>
public sealed record HistoryFault(int Line, string Reason)
{
    public override string ToString() => Line > 0 ? $"line {Line}: {Reason}" : Reason;
}
