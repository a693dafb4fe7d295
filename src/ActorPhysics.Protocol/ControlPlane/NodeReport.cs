using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Placement;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>
/// What a node tells the config actor: that it lives, and about the groups that it leads. Reports decide nothing; they say where to look.
/// </summary>
/// <param name="Node">Who reports.</param>
/// <param name="Name">For people; unique in the cluster.</param>
/// <param name="Address">Where peers and clients reach it, as host:port.</param>
/// <param name="IsWhole">Whether <paramref name="Led"/> holds every group that the node leads, and <paramref name="Hosted"/> every replica that lives there; else only what changed.</param>
/// <param name="Led">Groups that this node leads.</param>
/// <param name="Hosted">Of a whole report: the replicas that live on the node, retired ones not among them.</param>
public sealed record NodeReport(
    NodeId Node,
    string Name,
    string Address,
    ZoneName Zone,
    int Weight,
    bool IsWhole,
    ImmutableArray<GroupReport> Led,
    ImmutableArray<HostedReplica> Hosted);

/// <summary>A replica that lives on a node.</summary>
public readonly record struct HostedReplica(GroupId Group, GroupIncarnation Incarnation, ReplicaId Replica);

/// <summary>A group as its leader knows it.</summary>
/// <param name="Epoch">Under which it leads.</param>
/// <param name="Configuration">Its newest configuration.</param>
/// <param name="IsCommitted">Whether that configuration is on the trunk.</param>
/// <param name="Keys">What it owns by its applied state; null for a group outside of spaces.</param>
/// <param name="Size">Of its applied state, roughly.</param>
/// <param name="Load">What leading it costs, in any unit that all nodes share; at least 1.</param>
public sealed record GroupReport(
    LeaderEpoch Epoch, GroupConfiguration Configuration, bool IsCommitted, KeysReport? Keys, ByteSize Size, int Load)
{
    public GroupId Group => Configuration.Group;
}

/// <summary>What a group owns by its applied state.</summary>
/// <param name="Version">The shard map version since when.</param>
/// <param name="Range">Null: nothing.</param>
/// <param name="Outgoing">The handoff whose parcel it still keeps; none otherwise.</param>
/// <param name="Incoming">The handoff whose parcel it is taking in; none otherwise.</param>
/// <param name="Divides">Whether its machine can divide its state by keys.</param>
public sealed record KeysReport(ShardMapVersion Version, KeyRange? Range, HandoffId Outgoing, HandoffId Incoming, bool Divides);
