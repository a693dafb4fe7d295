namespace ActorPhysics.Checking;

/// <summary>What a checker found. Undecided is not a pass.</summary>
public enum Verdict
{
    /// <summary>Nothing was decided: a bound was reached, or the history does not tell.</summary>
    Undecided,

    Holds,

    Violated,
}
