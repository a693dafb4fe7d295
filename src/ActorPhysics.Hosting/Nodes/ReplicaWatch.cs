using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>Follows one replica for the log, the metrics, and what the node must remember of it.</summary>
internal sealed class ReplicaWatch(ReplicaHosting hosting, JournalStreamId stream, HostingParts parts, RunNotes notes) : IReplicaObserver
{
    private const int MostTalkativeGroups = 100;

    private bool _noted;

    /// <summary>Set before the replica's first word.</summary>
    public HostedGroup Watched { get; set; } = null!;

    public void RoleChanged(GroupConfiguration configuration, RoleChanged change)
    {
        if (!_noted)
        {
            // The first role comes after the run's record is durable.
            _noted = true;
            notes.Note(stream);
        }

        parts.Metrics.RoleEntered(Watched.Name, change.Role);
        hosting.Control?.RoleChanged(Watched);
        LogRole(change);
        if (change.Role == LineRole.Retired)
        {
            hosting.OnRetired(Watched, change.Reason);
        }
    }

    /// <summary>Of few groups every change is news; of thousands it is noise.</summary>
    private void LogRole(RoleChanged change)
    {
        if (parts.Options.Groups.Length <= MostTalkativeGroups)
        {
            NodeLog.Role(parts.Logger, Watched.Name, change.Role.ToString(), change.Epoch.Value, change.Leader.ToString(), change.Reason);
        }
        else if (parts.Logger.IsEnabled(LogLevel.Debug))
        {
            NodeLog.RoleOfMany(parts.Logger, Watched.Name, change.Role.ToString(), change.Epoch.Value, change.Leader.ToString(), change.Reason);
        }
    }

    public void ConfigurationChanged(GroupConfiguration configuration)
    {
        NodeLog.Configuration(parts.Logger, Watched.Name, configuration.ToString());
        hosting.Control?.ConfigurationChanged(Watched);
    }

    public void Applied(int entries, int commands)
    {
        Watched.Commands += commands;
        parts.Metrics.Applied(Watched.Name, entries, commands);
        hosting.Control?.Applied(Watched);
    }
}
