namespace ActorPhysics.Actors.Ports;

/// <summary>
/// Hears of work, timers and runnables that threw although they must not. The loop goes on with the rest: one faulty object never stops
/// the others on its loop.
/// </summary>
public interface ILoopFaultListener
{
    /// <param name="source">The object that threw.</param>
    /// <param name="fault">What it threw.</param>
    void LoopFault(object source, Exception fault);
}
