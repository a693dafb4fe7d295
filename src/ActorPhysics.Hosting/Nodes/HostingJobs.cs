using System.Collections.Immutable;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Requests;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>Deletes what is kept of replicas that will never run again, and notes that, and that their group is over where it is.</summary>
/// <param name="storage">Where it is kept.</param>
/// <param name="group">Whose replicas.</param>
/// <param name="replicas">None of them runs.</param>
/// <param name="end">Null when only replicas end.</param>
/// <param name="answer">Called once, on the loop.</param>
internal sealed class EndingJob(
    NodeStorage storage, GroupId group, ImmutableArray<HostingEntry> replicas, GroupEnd? end, Action<HostingAnswer> answer) : IBackgroundJob
{
    private Exception? _fault;

    public GroupId Group { get; } = group;

    /// <summary>Called on the loop, before the answer.</summary>
    public Action Ended { get; set; } = static () => { };

    public void Run()
    {
        // Retired first and discarded last: after a crash in between it can be told to do it again, and does not run on what is left.
        ImmutableArray<HostingEntry> retired = [.. replicas.Select(entry => storage.Hosting.Find(entry.Replica) is { State: not HostingState.Hosted } known ? known : entry)];
        storage.Hosting.Write([.. retired, .. Ends()]);
        foreach (HostingEntry entry in retired)
        {
            storage.Discard(entry.Replica);
        }

        storage.Hosting.Write([.. retired.Select(entry => entry with { State = HostingState.Discarded }), .. Ends()]);
    }

    public void Failed(Exception fault) => _fault = fault;

    public void RunOnLoop()
    {
        Ended();
        answer(_fault is null ? HostingAnswer.Done : new HostingAnswer(ResponseOutcome.Unavailable, _fault.Message));
    }

    private IEnumerable<HostingItem> Ends() => end is null ? [] : [end];
}

/// <summary>Writes down that a replica is retired.</summary>
internal sealed class RetirementNote(HostingBook book, HostingEntry entry, ILogger logger) : IBackgroundJob
{
    public void Run()
    {
        // It may have been discarded meanwhile, which says more, or its whole group may be over.
        if (book.Find(entry.Replica) is not { State: HostingState.Retired or HostingState.Discarded } && book.Of(entry.Replica.Group).End is null)
        {
            book.Write(entry);
        }
    }

    // The replica will be told again after the next start.
    public void Failed(Exception fault) => NodeLog.RetirementNotNoted(logger, entry.Replica.ToString(), fault.Message);

    public void RunOnLoop()
    {
        // Nobody waits for it.
    }
}
