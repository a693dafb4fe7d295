namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// What may be assumed of registers beyond the history, to learn the order of their versions (Kingsbury &amp; Alvaro, VLDB 2020, §5). An
/// assumption that does not hold of the system makes verdicts unsound; without any, only "initial value first" is known.
/// </summary>
[Flags]
public enum RegisterAssumptions
{
    None = 0,

    /// <summary>A transaction that reads a register and then writes it installs a later version than it read.</summary>
    WritesFollowReads = 1,

    /// <summary>Each register alone is sequentially consistent: every process meets its versions in their order.</summary>
    SequentialKeys = 2,

    /// <summary>Each register alone is linearizable: its versions follow real time.</summary>
    LinearizableKeys = 4,
}

/// <summary>How isolation is judged.</summary>
/// <param name="SearchBudget">Edges that may be followed in search of drawable cycles; past it cycles are named after what is already proved of them.</param>
public sealed record IsolationOptions(RegisterAssumptions Assumptions = RegisterAssumptions.None, long SearchBudget = 10_000_000)
{
    /// <summary>Past it no level is decided, save those that are violated by what was found until then.</summary>
    public CheckBudget Budget { get; init; } = CheckBudget.Default;

    /// <summary>Asked now and then; once it answers true the check ends like one whose budget is used up.</summary>
    public Func<bool> IsCancelled { get; init; } = static () => false;
}
