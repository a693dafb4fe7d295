using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Runtime;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Actors.Tests.Runtime;

/// <summary>A loop whose iterations and clock the test drives by hand: actors must run on it as they do on a thread.</summary>
internal sealed class ManualLoop : IEventLoop, ILoopFaultListener
{
    private readonly Queue<ILoopWork> _posted = new();
    private readonly TimerQueue _timers = new();
    private readonly RunQueue _runnables = new();

    public MonotonicTime Now { get; private set; } = new(1_000_000);
    public bool IsCurrent => true;
    public List<(object Source, Exception Fault)> Faults { get; } = [];
    public int Waiting => _runnables.Count;

    public void Post(ILoopWork work) => _posted.Enqueue(work);
    public void Schedule(IRunnable runnable) => _runnables.Schedule(runnable);
    public TimerHandle SetTimer(MonotonicTime due, ITimerTarget target, ulong tag) => _timers.Set(due, target, tag);
    public bool CancelTimer(TimerHandle timer) => _timers.Cancel(timer);
    public void LoopFault(object source, Exception fault) => Faults.Add((source, fault));

    public void Advance(TimeSpan by)
    {
        Now += by;
        RunUntilIdle();
    }

    /// <summary>Gives one turn.</summary>
    public int RunOne() => _runnables.RunTurns(1, this);

    public void RunUntilIdle()
    {
        int worked;
        do
        {
            worked = 0;
            while (_posted.TryDequeue(out ILoopWork? work))
            {
                work.RunOnLoop();
                worked++;
            }

            worked += _timers.FireDue(Now, this);
            worked += _runnables.RunTurns(100, this);
        }
        while (worked > 0);
    }
}

/// <summary>Writes down what it is told.</summary>
internal sealed class SupervisionRecorder : ISupervisionListener
{
    public List<ActorFailure> Failures { get; } = [];
    public void ActorFailed(ActorFailure failure) => Failures.Add(failure);
}
