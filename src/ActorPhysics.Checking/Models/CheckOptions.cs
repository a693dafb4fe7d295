using ActorPhysics.Checking.Isolation;

namespace ActorPhysics.Checking.Models;

/// <summary>What a failed compare-and-set says.</summary>
public enum FailedCompareAndSet
{
    /// <summary>It compared and the value differed, which is information.</summary>
    Compared,

    /// <summary>It did not happen, and says nothing.</summary>
    NoOperation,
}

/// <summary>How a history is to be judged.</summary>
public sealed record CheckOptions
{
    /// <summary>The level to hold the history against; null to find the strongest that holds.</summary>
    public string? Level { get; init; }

    public FailedCompareAndSet FailedCompareAndSet { get; init; }

    /// <summary>What may be assumed of registers in transactions, beyond what the history says.</summary>
    public RegisterAssumptions Assumptions { get; init; }

    public CheckBudget Budget { get; init; } = CheckBudget.Default;

    /// <summary>Asked now and then; once it answers true the check ends as undecided. A pure checker has no clock: the caller may look at one here.</summary>
    public Func<bool> IsCancelled { get; init; } = static () => false;

    /// <summary>Runs independent parts of a check, at once where the caller has threads.</summary>
    public RunParts Parts { get; init; } = CheckParts.InOrder;

    /// <summary>How many parts <see cref="Parts"/> runs at once, at most; they share the memory.</summary>
    public int PartsAtOnce { get; init; } = 1;
}

/// <summary>Calls <paramref name="part"/> with each number from 0 to below <paramref name="count"/>, in any order or at once, and returns when all have returned.</summary>
public delegate void RunParts(int count, Action<int> part);

/// <summary>Ways to run independent parts without threads.</summary>
public static class CheckParts
{
    public static void InOrder(int count, Action<int> part)
    {
        for (int i = 0; i < count; i++)
        {
            part(i);
        }
    }
}
