using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>Follows one replica for the log, the metrics, and what the node must remember of it.</summary>
internal sealed class ReplicaWatch(ReplicaHosting hosting, JournalStreamId stream, HostingParts parts) : IReplicaObserver
{
    private bool _noted;

    /// <summary>Set before the replica's first word.</summary>
    public HostedGroup Watched { get; set; } = null!;

    public void RoleChanged(GroupConfiguration configuration, RoleChanged change)
    {
        if (!_noted)
        {
            // The first role comes after the run's record is durable.
            _noted = true;
            parts.Storage.NoteRun(stream);
        }

        parts.Metrics.RoleEntered(Watched.Name, change.Role);
        hosting.Control?.RoleChanged(Watched);
        NodeLog.Role(parts.Logger, Watched.Name, change.Role.ToString(), change.Epoch.Value, change.Leader.ToString(), change.Reason);
        if (change.Role == LineRole.Retired)
        {
            hosting.OnRetired(Watched, change.Reason);
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
