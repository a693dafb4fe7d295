using ActorPhysics.Actors.Ports;

namespace ActorPhysics.Actors.Runtime;

/// <summary>
/// The runnables of one loop that asked for a turn, first come, first served. Every loop, real or simulated, uses this one, so they
/// agree on the order of turns.
/// </summary>
public sealed class RunQueue
{
    private readonly Queue<IRunnable> _waiting = new();

    public int Count => _waiting.Count;

    public void Schedule(IRunnable runnable)
    {
        ArgumentNullException.ThrowIfNull(runnable);
        _waiting.Enqueue(runnable);
    }

    /// <summary>
    /// Gives up to <paramref name="maxTurns"/> turns. A runnable that asks again while it runs goes to the end of the queue.
    /// </summary>
    /// <returns>How many turns were given.</returns>
    public int RunTurns(int maxTurns, ILoopFaultListener faults)
    {
        int turns = 0;
        while (turns < maxTurns && _waiting.TryDequeue(out IRunnable? runnable))
        {
            turns++;
            try
            {
                runnable.Run();
            }
            catch (Exception fault)
            {
                faults.LoopFault(runnable, fault);
            }
        }

        return turns;
    }
}
