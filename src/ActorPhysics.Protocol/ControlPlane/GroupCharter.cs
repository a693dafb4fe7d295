using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Ownership;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>
/// What a group was founded as, for a node whose settings do not name it. It never changes: what became of the group since stands in its own log.
/// </summary>
/// <param name="Name">For people.</param>
/// <param name="Machine">The state machine that it runs.</param>
/// <param name="Founding">Its first configuration; it carries the group's id and incarnation.</param>
/// <param name="Keys">What it owned at its birth; null for a group outside of any space.</param>
public sealed record GroupCharter(string Name, string Machine, GroupConfiguration Founding, KeysAtBirth? Keys)
{
    /// <summary>Groups that the config group makes have ids from here on; groups of the settings have lower ones.</summary>
    public static GroupId FirstMadeGroup => new(1UL << 32);

    public GroupId Group => Founding.Group;

    public GroupIncarnation Incarnation => Founding.Incarnation;

    public override string ToString() => $"{Name} ({Group}, {Machine})";
}
