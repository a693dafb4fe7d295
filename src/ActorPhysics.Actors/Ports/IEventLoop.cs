using ActorPhysics.Core.Time;

namespace ActorPhysics.Actors.Ports;

/// <summary>
/// The one thread of control that a set of actors shares. All of them run on it, so an actor needs no lock and no message is handled
/// while another is (seed §2.1: one total order per object). The real loop owns a thread, the simulated one a virtual clock, the
/// Akka one an actor; an actor cannot tell which it has.
/// </summary>
public interface IEventLoop
{
    /// <summary>The time at which the current iteration began. It does not move while an actor runs.</summary>
    MonotonicTime Now { get; }

    /// <summary>Whether the caller is on this loop. Every member but <see cref="Post"/> may be used only there.</summary>
    bool IsCurrent { get; }

    /// <summary>
    /// Runs <paramref name="work"/> on the loop, from any thread, in the order of posting per thread. Whoever posts bounds what it has
    /// outstanding: one reusable object per source of completions, posted again only after it ran. After the loop has ended, work is dropped.
    /// </summary>
    void Post(ILoopWork work);

    /// <summary>
    /// Lets <paramref name="runnable"/> run once, after those scheduled before it. Scheduling it while it waits for its turn is an error
    /// of the caller, who knows whether it has asked already.
    /// </summary>
    void Schedule(IRunnable runnable);

    /// <summary>Calls <paramref name="target"/> with <paramref name="tag"/> once, at <paramref name="due"/> or soon after. Timers of equal due time fire in the order they were set.</summary>
    TimerHandle SetTimer(MonotonicTime due, ITimerTarget target, ulong tag);

    /// <summary>False when the timer has fired or was cancelled before; it will not fire after this call either way.</summary>
    bool CancelTimer(TimerHandle timer);
}

/// <summary>What an actor hands to its loop: run one bounded batch of work.</summary>
public interface IRunnable
{
    /// <summary>Must not block and must not throw: an actor's faults go to its supervisor.</summary>
    void Run();
}

/// <summary>What another thread hands to a loop: a completion, a frame, an administrative question.</summary>
public interface ILoopWork
{
    void RunOnLoop();
}

/// <summary>Receives the timers that were set in its name.</summary>
public interface ITimerTarget
{
    /// <param name="timer">The handle that setting it returned; it is spent.</param>
    /// <param name="tag">What the setter gave, to tell its timers apart.</param>
    void TimerFired(TimerHandle timer, ulong tag);
}

/// <summary>Names one set timer. <c>default</c> names none. A spent handle never names a later timer.</summary>
public readonly record struct TimerHandle(uint Slot, uint Generation)
{
    public static TimerHandle None => default;
    public bool IsNone => Generation == 0;
    public override string ToString() => IsNone ? "timer-" : $"timer{Slot}.{Generation}";
}
