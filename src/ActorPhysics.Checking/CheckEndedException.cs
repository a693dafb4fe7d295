namespace ActorPhysics.Checking;

/// <summary>Leaves a pass whose budget is used up; the checker that began it turns it into an undecided verdict.</summary>
internal sealed class CheckEndedException(string reason) : Exception(reason);
