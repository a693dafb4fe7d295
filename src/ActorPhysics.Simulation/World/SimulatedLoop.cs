using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Runtime;
using ActorPhysics.Core;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Simulation.World;

/// <summary>
/// The event loop of one process run, turned by the world instead of by a thread. Timers and turns are the shipped ones; only who waits, and
/// how, is another.
/// </summary>
internal sealed class SimulatedLoop(SimulatedClock clock, ILoopFaultListener faults) : IEventLoop
{
    private const int MostTurns = 10_000;
    private readonly TimerQueue _timers = new();
    private readonly RunQueue _runnables = new();
    private readonly Queue<ILoopWork> _posted = new();

    public MonotonicTime Now { get; private set; }
    public bool IsCurrent => true;
    public MonotonicTime NextDue => _timers.NextDue;
    public bool HasWork => _posted.Count > 0 || _runnables.Count > 0;

    public void Post(ILoopWork work) => _posted.Enqueue(work);
    public void Schedule(IRunnable runnable) => _runnables.Schedule(runnable);
    public TimerHandle SetTimer(MonotonicTime due, ITimerTarget target, ulong tag) => _timers.Set(due, target, tag);
    public bool CancelTimer(TimerHandle timer) => _timers.Cancel(timer);

    public void BeginTurn() => Now = MonotonicTime.Max(Now, clock.BeginTurn());

    /// <summary>Runs what is due and what that leads to, until the loop would wait.</summary>
    public void Turn()
    {
        _timers.FireDue(Now, faults);
        for (int round = 0; HasWork; round++)
        {
            Invariant.Require(round < MostTurns, InvariantNames.Liveness, "the loop is busy with itself and time stands still");
            while (_posted.TryDequeue(out ILoopWork? work))
            {
                work.RunOnLoop();
            }

            _runnables.RunTurns(MostTurns, faults);
        }
    }
}
