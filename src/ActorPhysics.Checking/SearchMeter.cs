namespace ActorPhysics.Checking;

/// <summary>
/// Counts what one check uses against its share of the budget. A search that can stop anywhere asks <see cref="Exhausted"/>; a pass that has
/// nothing to tell before it is through uses <see cref="Spend"/> and <see cref="Checkpoint"/>, which leave it.
/// </summary>
internal sealed class SearchMeter(CheckBudget budget, Func<bool> isCancelled)
{
    private const int StepsBetweenPolls = 4096;

    private long _nextPoll = StepsBetweenPolls;
    private long _memoryBytes;

    /// <summary>Why the search must end; null while it may go on.</summary>
    public string? Exhausted { get; private set; }

    public long Steps { get; private set; }

    /// <summary>The memory that may still be taken; below 0 once it is exceeded.</summary>
    public long LeftBytes => budget.MemoryBytes - _memoryBytes;

    public static SearchMeter Unbounded() => new(new CheckBudget(long.MaxValue, long.MaxValue), static () => false);

    public void Step()
    {
        if (++Steps >= _nextPoll)
        {
            Poll();
        }
    }

    public void Allocate(long bytes)
    {
        _memoryBytes += bytes;
        if (_memoryBytes > budget.MemoryBytes)
        {
            Exhausted ??= $"the search would need more than {budget.MemoryBytes} bytes of memory";
        }
    }

    /// <summary>What was allocated is held no more.</summary>
    public void Release(long bytes) => _memoryBytes -= bytes;

    /// <summary>One step that takes so much memory.</summary>
    /// <exception cref="CheckEndedException">The budget is used up, or the caller has ended the check.</exception>
    public void Spend(long bytes)
    {
        Step();
        Allocate(bytes);
        if (Exhausted is { } reason)
        {
            throw new CheckEndedException(reason);
        }
    }

    /// <summary>Before a phase that takes so much memory at once; asks the caller, too.</summary>
    /// <exception cref="CheckEndedException">As for <see cref="Spend"/>.</exception>
    public void Checkpoint(long bytes)
    {
        Poll();
        Spend(bytes);
    }

    private void Poll()
    {
        _nextPoll = Steps + StepsBetweenPolls;
        if (Steps >= budget.Steps)
        {
            Exhausted ??= $"no answer within {budget.Steps} steps";
        }
        else if (isCancelled())
        {
            Exhausted ??= $"ended by the caller, or its time-out, after {Steps} steps";
        }
    }
}
