using System.Collections.Immutable;
using System.Globalization;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>What the config actor asks of the world. The hierarchy is closed; effects hold data only.</summary>
public abstract class ConfigEffect;

/// <summary>Put the command into the config group's log. Its outcome shows in the next state; it is asked for again if it does not.</summary>
public sealed class ProposeCommand(ConfigCommand command) : ConfigEffect
{
    public ConfigCommand Command { get; } = command;
}

/// <summary>Send an order to a node, then step <see cref="OrderEnded"/>.</summary>
public sealed class SendOrder(OrderNumber number, NodeId to, NodeOrder order) : ConfigEffect
{
    public OrderNumber Number { get; } = number;
    public NodeId To { get; } = to;
    public NodeOrder Order { get; } = order;
}

/// <summary>Step <see cref="TimeCame"/> then; it replaces the former time.</summary>
public sealed class WakeAt(MonotonicTime due) : ConfigEffect
{
    public MonotonicTime Due { get; } = due;
}

/// <summary>Matches an order's end to the order, within one stay in office. <c>default</c> is no order.</summary>
public readonly record struct OrderNumber(ulong Value) : IComparable<OrderNumber>
{
    public OrderNumber Next => new(checked(Value + 1));
    public int CompareTo(OrderNumber other) => Value.CompareTo(other.Value);
    public override string ToString() => $"o{Value.ToString(CultureInfo.InvariantCulture)}";
}

/// <summary>
/// What the config actor tells a node or a group's leader to do. Each rests on what the config group decided for good, or names the ConfigEpoch, handoff or
/// incarnation that it is about: an order of a deposed config leader does no harm. The hierarchy is closed.
/// </summary>
public abstract record NodeOrder(GroupId Group);

/// <summary>Hold this replica from now on.</summary>
public sealed record HostOrder(GroupCharter Charter, ReplicaId Replica) : NodeOrder(Charter.Group);

/// <summary>The group of this incarnation is over: its replica ends, and what it kept is deleted.</summary>
public sealed record RetireOrder(GroupId Group, GroupIncarnation Incarnation, string Reason) : NodeOrder(Group);

/// <summary>Change the group's members, if its ConfigEpoch is this one.</summary>
public sealed record ChangeMembersOrder(GroupId Group, ConfigEpoch Expected, MembershipTarget Target) : NodeOrder(Group);

/// <summary>Let another voter lead.</summary>
public sealed record TransferOrder(GroupId Group, NodeId Target) : NodeOrder(Group);

/// <summary>Hand the range out, if the group's ConfigEpoch is this one.</summary>
public sealed record HandOutOrder(Handoff Handoff, ConfigEpoch Expected, GroupIncarnation TakerIncarnation) : NodeOrder(Handoff.Giver);

/// <summary>Fetch the parcel from one of these nodes and take it in.</summary>
public sealed record FetchOrder(Handoff Handoff, GroupIncarnation GiverIncarnation, ImmutableArray<NodeId> Sources) : NodeOrder(Handoff.Taker)
{
    public bool Equals(FetchOrder? other) => other is not null && Handoff.Id == other.Handoff.Id && Sources.SequenceEqual(other.Sources);

    public override int GetHashCode() => (int)Handoff.Id.Value;
}

/// <summary>Drop the parcel: the taker owns the keys.</summary>
public sealed record ReleaseOrder(Handoff Handoff) : NodeOrder(Handoff.Giver);
