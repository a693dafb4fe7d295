using ActorPhysics.Actors.Ports;

namespace ActorPhysics.Actors.Replicas;

/// <summary>Runs blocking work off the event loops, one job after another in the order given.</summary>
public interface IBackgroundWorker
{
    /// <summary>Runs <see cref="IBackgroundJob.Run"/> elsewhere, then posts the job back to <paramref name="home"/>, also when it threw.</summary>
    void Start(IBackgroundJob job, IEventLoop home);
}

/// <summary>A piece of blocking work and what follows on the loop.</summary>
public interface IBackgroundJob : ILoopWork
{
    /// <summary>May block. What it throws is handed to <see cref="Failed"/> before the job goes back to its loop.</summary>
    void Run();

    void Failed(Exception fault);
}
