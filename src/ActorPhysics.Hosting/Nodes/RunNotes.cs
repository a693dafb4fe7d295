using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>Notes durably which replicas have run. Those that begin together are noted together, off the loop.</summary>
internal sealed class RunNotes(HostingParts parts) : IRunnable
{
    private readonly List<JournalStreamId> _waiting = [];

    /// <summary>On the loop, once the run's first record is durable.</summary>
    public void Note(JournalStreamId replica)
    {
        _waiting.Add(replica);
        if (_waiting.Count == 1)
        {
            parts.Loop.Schedule(this);
        }
    }

    /// <summary>The turn after those of the replicas that began meanwhile.</summary>
    public void Run()
    {
        JournalStreamId[] replicas = [.. _waiting];
        _waiting.Clear();
        parts.Worker.Start(new Job(parts, replicas), parts.Loop);
    }

    private sealed class Job(HostingParts parts, JournalStreamId[] replicas) : IBackgroundJob
    {
        public void Run() => parts.Storage.NoteRuns(replicas);

        public void Failed(Exception fault) => NodeLog.RunsNotNoted(parts.Logger, replicas.Length, fault.Message);

        public void RunOnLoop()
        {
            // Nobody waits for it.
        }
    }
}
