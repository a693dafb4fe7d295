namespace ActorPhysics.Checking.Histories;

/// <summary>Leaves the recursion of a parser; <see cref="HistoryReader"/> turns it into a <see cref="HistoryFault"/>.</summary>
internal sealed class MalformedFormException(string message) : Exception(message);
