using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Space;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Placement;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>A node as the config group knows it.</summary>
/// <param name="Address">Where peers and clients reach it, as host:port.</param>
/// <param name="Zone">Its failure domain.</param>
/// <param name="Weight">Of two nodes, one of twice the weight is given twice the replicas.</param>
/// <param name="Draining">An operator wants it empty.</param>
/// <param name="AbsentSince">Since when nobody has heard of it; null while it is heard.</param>
public sealed record NodeRecord(NodeId Node, string Name, string Address, ZoneName Zone, int Weight, bool Draining, LogTime? AbsentSince)
{
    /// <summary>Whether it may be given replicas.</summary>
    public bool TakesReplicas => !Draining && AbsentSince is null;
}

public enum SpaceStage
{
    /// <summary>Some of its first groups do not serve yet.</summary>
    Founding = 0,
    Serving = 1,

    /// <summary>Its groups are being retired; nothing of it will be left.</summary>
    Deleting = 2,
}

/// <summary>A space and where its keys are.</summary>
public sealed record SpaceRecord(SpaceId Space, SpaceDescription Description, ShardMap Map, SpaceStage Stage);

public enum GroupStage
{
    /// <summary>Its first replicas are ordered to their nodes.</summary>
    Founding = 0,
    Serving = 1,

    /// <summary>It owns nothing any more: its replicas are ordered away.</summary>
    Retiring = 2,
}

/// <summary>A group that the config group made.</summary>
/// <param name="Charter">What it was founded as.</param>
/// <param name="Configuration">
/// The last settled configuration that is known; the truth is in the group's log. It is of another incarnation than the charter when the group was recovered.
/// </param>
/// <param name="Move">The change of its members or its leader that was decided and is not finished; null when there is none.</param>
public sealed record GroupRecord(GroupCharter Charter, GroupStage Stage, GroupConfiguration Configuration, GroupMove? Move)
{
    public GroupId Group => Charter.Group;

    /// <summary>
    /// Whether a configuration that was seen takes the place of the one on record: a later one of its incarnation, or one of a group that began anew. Nobody
    /// goes back to the incarnation that it was founded in; of two others the one of the higher ConfigEpoch is the later, as nodes have it too.
    /// </summary>
    public bool IsSucceededBy(GroupConfiguration seen)
    {
        ArgumentNullException.ThrowIfNull(seen);
        bool beganAnew = Configuration.Incarnation == Charter.Incarnation && seen.Incarnation != Charter.Incarnation;
        bool isLater = seen.Epoch > Configuration.Epoch && (seen.Incarnation == Configuration.Incarnation || seen.Incarnation != Charter.Incarnation);
        return (beganAnew || isLater) && seen.Stage == MembershipStage.Settled;
    }
}

/// <summary>A decided change of one group's placement.</summary>
/// <param name="ByOperator">Whether a person asked for it; what the planner asked for is given up when it cannot be done.</param>
public sealed record GroupMove(ChangeId Id, PlacementMove Move, bool ByOperator);

/// <summary>How far a handoff has come; each stage is recorded before what belongs to the next is begun.</summary>
public enum HandoffStage
{
    /// <summary>
    /// Until it is known that the taker serves and that both can do what will be asked of them; the giver knows of nothing. Only here the handoff can be
    /// given up.
    /// </summary>
    Founding = 0,

    /// <summary>The taker serves; the giver is told to hand out.</summary>
    Freezing = 1,

    /// <summary>The giver has handed out; the taker is told to fetch.</summary>
    Carrying = 2,

    /// <summary>The taker owns the keys and the map says so; the giver is told to release the parcel.</summary>
    Releasing = 3,
}

/// <summary>What proves that the giver gave the keys away.</summary>
/// <param name="At">The entry of the giver's log.</param>
/// <param name="Proof">The commit certificate that covers it, encoded, as the giver's leader sent it.</param>
/// <param name="LengthBytes">Of the parcel.</param>
/// <param name="Checksum">Of the parcel.</param>
public sealed record HandoffFreeze(Coordinate At, ReadOnlyMemory<byte> Proof, long LengthBytes, ulong Checksum)
{
    public bool Equals(HandoffFreeze? other) =>
        other is not null && At == other.At && LengthBytes == other.LengthBytes && Checksum == other.Checksum && Proof.Span.SequenceEqual(other.Proof.Span);

    public override int GetHashCode() => (int)Checksum;
}

/// <summary>
/// A range of keys on its way from one group to another. A split hands a part of a shard to a new group; a merge hands a whole shard to its neighbour.
/// </summary>
/// <param name="IsMerge">Whether the giver ends with it.</param>
/// <param name="GiverShard">The shard that loses keys; at a merge it ends.</param>
/// <param name="TakerShard">The shard that gets them; at a split it is new.</param>
/// <param name="Version">The shard map version that it makes.</param>
/// <param name="Freeze">Null before <see cref="HandoffStage.Carrying"/>.</param>
public sealed record Handoff(
    HandoffId Id,
    SpaceId Space,
    bool IsMerge,
    ShardId GiverShard,
    ShardId TakerShard,
    GroupId Giver,
    GroupId Taker,
    KeyRange Range,
    ShardMapVersion Version,
    HandoffStage Stage,
    HandoffFreeze? Freeze);

/// <summary>The whole state of the config group as plain data, each list in the order of its ids: what a snapshot holds.</summary>
public sealed record ConfigParts
{
    public ImmutableArray<NodeRecord> Nodes { get; init; } = [];
    public ImmutableArray<SpaceRecord> Spaces { get; init; } = [];
    public ImmutableArray<GroupRecord> Groups { get; init; } = [];
    public ImmutableArray<Handoff> Handoffs { get; init; } = [];

    /// <summary>The highest id ever given to a space; ids are used once.</summary>
    public SpaceId LastSpace { get; init; }

    /// <summary>The highest id ever given to a group; <c>default</c> before the first.</summary>
    public GroupId LastGroup { get; init; }

    public ChangeId LastChange { get; init; }

    public HandoffId LastHandoff { get; init; }
}
