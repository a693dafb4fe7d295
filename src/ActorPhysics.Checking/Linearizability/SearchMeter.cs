namespace ActorPhysics.Checking.Linearizability;

/// <summary>Counts what one search uses against its share of the budget.</summary>
internal sealed class SearchMeter(CheckBudget budget, Func<bool> isCancelled)
{
    private const int StepsBetweenPolls = 4096;

    private long _nextPoll = StepsBetweenPolls;
    private long _memoryBytes;

    /// <summary>Why the search must end; null while it may go on.</summary>
    public string? Exhausted { get; private set; }

    public long Steps { get; private set; }

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

    private void Poll()
    {
        _nextPoll = Steps + StepsBetweenPolls;
        if (Steps >= budget.Steps)
        {
            Exhausted ??= $"no answer within {budget.Steps} steps";
        }
        else if (isCancelled())
        {
            Exhausted ??= $"ended by the caller after {Steps} steps";
        }
    }
}
