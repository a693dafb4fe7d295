using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Actors.Runtime;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Loops;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>What a node lends to its replicas.</summary>
internal sealed record HostingParts(
    NodeOptions Options,
    StateMachineRegistry Machines,
    NodeStorage Storage,
    BackgroundWorker Worker,
    EventLoop Loop,
    Supervisor Supervisor,
    ReplicaHost Host,
    NodeMetrics Metrics,
    IRandomSource Random,
    ILogger Logger);

/// <summary>A replica as it was read back, without an actor yet.</summary>
internal sealed record RecoveredReplicaHere(GroupOrigin Origin, ReplicaSettings Settings, RecoveredState State);

/// <summary>Reads replicas back from the disk, which blocks, and gives them actors, which happens where the groups are listed.</summary>
internal sealed class ReplicaStarter(HostingParts parts)
{
    private readonly RunNotes _notes = new(parts);

    /// <exception cref="NodeStartException">The group cannot be as it is configured.</exception>
    /// <exception cref="UnrecoverableReplicaException">What is on the disk is damaged, and nobody could help.</exception>
    public RecoveredReplicaHere Recover(GroupOrigin group, ReplicaId replica)
    {
        ReplicaSettings settings = GroupPlan.SettingsOf(parts.Options, group, parts.Machines, replica);
        var stream = new JournalStreamId(group.Id, replica);
        bool ranBefore = parts.Storage.HasRun(stream);
        if (group.IsCrashStop)
        {
            // Its memory dies with the process, so the note must come before its first word.
            parts.Storage.NoteRuns(stream);
        }

        RecoveredState recovered = ReplicaRecovery.Recover(settings, group.Founding, parts.Host.Journal, parts.Host.Snapshots, ranBefore);
        if (recovered.Replica.Damage is { } damage && parts.Options.Cluster.Nodes.Length == 1)
        {
            // In a cluster of one node nobody can have joined the group: it would wait for ever.
            throw new UnrecoverableReplicaException(
                $"{stream}: {damage.Reason}; the group has no other voter from whom to repair it. Restore the data folder from a copy, or give the group up.");
        }

        return new RecoveredReplicaHere(group, settings, recovered);
    }

    /// <summary>Gives a replica its actor; it says nothing before it is started.</summary>
    /// <param name="replica">The replica.</param>
    /// <param name="hosting">Hears when it retires.</param>
    public HostedGroup Settle(RecoveredReplicaHere replica, ReplicaHosting hosting)
    {
        foreach (string notice in replica.State.Notices)
        {
            NodeLog.Recovery(parts.Logger, notice);
        }

        GroupOrigin group = replica.Origin;
        var name = new ActorName($"{parts.Options.OwnNode.Name}/{group.Name}{(group.Charter is null ? "" : $"/{group.Id}")}");
        ActorSettings actorSettings = ActorSettings.WithDefaults(name, parts.Loop, parts.Supervisor) with
        {
            Mailbox = new MailboxBounds(parts.Options.Limits.MailboxCapacity, PeerReserve: 4096, SignalReserve: 1024),
        };
        var watch = new ReplicaWatch(hosting, new JournalStreamId(group.Id, replica.Settings.Self), parts, _notes);
        ReplicaHost own = parts.Host with { Observer = watch };
        var actor = new ReplicaActor(actorSettings, replica.Settings, replica.State, own, parts.Random.NextBits());
        var hosted = new HostedGroup(group, actor);
        watch.Watched = hosted;
        return hosted;
    }
}
