using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>A group of which this node holds a replica.</summary>
internal sealed class HostedGroup(GroupOrigin origin, ReplicaActor actor)
{
    public GroupOrigin Origin { get; } = origin;
    public GroupId Id => Origin.Id;
    public string Name => Origin.Name;
    public GroupConfiguration Configuration => Actor.Configurations.Newest;
    public ReplicaActor Actor { get; } = actor;

    /// <summary>Commands that the replica has applied in this run of the node.</summary>
    public long Commands { get; set; }

    /// <summary>Why the supervisor stopped the replica; null while it runs.</summary>
    public string? StoppedBecause { get; set; }

    /// <summary>Why it takes no part any more; null while it does.</summary>
    public string? RetiredBecause { get; set; }

    /// <summary>
    /// Whether it was ordered and then not made a member, as far as it has heard: it has promised nothing and holds nothing, so another may take its place.
    /// </summary>
    public bool NeverBegan =>
        !Actor.Configurations.Knows(Actor.Replica) && Actor.Epoch == LeaderEpoch.None && Actor.Boundaries.Appended == LogIndex.Zero;

    /// <summary>Whether another replica of the group may take its place on this node.</summary>
    public bool MayBeReplaced => Actor.IsStopped || Actor.Role == LineRole.Retired || NeverBegan;
}
