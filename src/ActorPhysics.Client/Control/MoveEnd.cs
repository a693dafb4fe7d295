using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Placement;

namespace ActorPhysics.Client.Control;

/// <summary>Whether a group's members are as a move wants them.</summary>
internal static class MoveEnd
{
    /// <summary>Null for a move that the configuration says nothing about: who leads.</summary>
    public static bool? IsReached(PlacementMove move, GroupConfiguration configuration) => move switch
    {
        AddReplica add => Holds(configuration, add.To),
        RemoveReplica remove => !Holds(configuration, remove.From),
        ReplaceReplica replace => Holds(configuration, replace.To) && !Holds(configuration, replace.From),
        _ => null,
    };

    private static bool Holds(GroupConfiguration configuration, NodeId node) => configuration.Members.Any(member => member.Node == node);
}
