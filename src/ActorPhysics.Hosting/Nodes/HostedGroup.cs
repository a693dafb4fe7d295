using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Membership;
using ActorPhysics.Hosting.Configuration;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>A group of which this node holds a replica.</summary>
internal sealed class HostedGroup(GroupSettings settings, ReplicaActor actor)
{
    public GroupSettings Settings { get; } = settings;
    public GroupConfiguration Configuration => Actor.Configurations.Newest;
    public ReplicaActor Actor { get; } = actor;

    /// <summary>Why the supervisor stopped the replica; null while it runs.</summary>
    public string? StoppedBecause { get; set; }
}
