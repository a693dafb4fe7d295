using System.Collections.Concurrent;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>One thread for blocking work on snapshots: nothing of it may hold up an event loop, and one job at a time bounds its memory.</summary>
internal sealed class BackgroundWorker : IBackgroundWorker, IDisposable
{
    private readonly BlockingCollection<(IBackgroundJob Job, IEventLoop Home)> _jobs = [];
    private readonly Thread _thread;

    public BackgroundWorker(string name)
    {
        _thread = new Thread(Work) { IsBackground = true, Name = name };
        _thread.Start();
    }

    public void Start(IBackgroundJob job, IEventLoop home)
    {
        if (!_jobs.IsAddingCompleted)
        {
            _jobs.Add((job, home));
        }
    }

    /// <summary>Finishes the job under way and those that wait.</summary>
    public void Dispose()
    {
        _jobs.CompleteAdding();
        _thread.Join();
        _jobs.Dispose();
    }

    private void Work()
    {
        foreach ((IBackgroundJob job, IEventLoop home) in _jobs.GetConsumingEnumerable())
        {
            try
            {
                job.Run();
            }
            catch (Exception fault)
            {
                job.Failed(fault);
            }

            home.Post(job);
        }
    }
}
