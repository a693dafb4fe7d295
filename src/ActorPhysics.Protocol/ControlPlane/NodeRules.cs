using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Placement;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>What the config group decides about nodes.</summary>
internal static class NodeRules
{
    private const int LongestTextCharacters = 256;

    public static (ConfigState, ConfigResult) Register(ConfigState state, RegisterNode command)
    {
        if (ComplaintAbout(state, command) is { } complaint)
        {
            return (state, ConfigResult.Refused(complaint));
        }

        NodeRecord? known = state.Nodes.GetValueOrDefault(command.Node);
        var record = new NodeRecord(
            command.Node, command.Name, command.Address, command.Zone, command.Weight, known is { Draining: true }, known?.AbsentSince);
        return record == known ? (state, ConfigResult.Unchanged) : (state.With(record), ConfigResult.Done);
    }

    public static (ConfigState, ConfigResult) Drain(ConfigState state, DrainNode command)
    {
        if (!state.Nodes.TryGetValue(command.Node, out NodeRecord? node))
        {
            return (state, Unknown(command.Node));
        }

        return node.Draining == command.Drain ? (state, ConfigResult.Unchanged) : (state.With(node with { Draining = command.Drain }), ConfigResult.Done);
    }

    public static (ConfigState, ConfigResult) Remove(ConfigState state, RemoveNode command)
    {
        if (!state.Nodes.ContainsKey(command.Node))
        {
            return (state, ConfigResult.Unchanged);
        }

        foreach (GroupRecord group in state.Groups.Values)
        {
            bool isMember = group.Configuration.Members.Any(member => member.Node == command.Node);
            if (isMember || (group.Move is { } move && Touches(move.Move, command.Node)))
            {
                return (state, ConfigResult.Refused($"{command.Node} holds a replica of {group.Charter.Name} ({group.Group}); drain it first"));
            }
        }

        return (state.Without(command.Node), ConfigResult.Done);
    }

    public static (ConfigState, ConfigResult) Note(ConfigState state, NoteNode command)
    {
        if (!state.Nodes.TryGetValue(command.Node, out NodeRecord? node))
        {
            return (state, Unknown(command.Node));
        }

        // Whoever is absent stays absent since the first time: a second config actor, which has waited less long, must not prolong it.
        bool isNews = (node.AbsentSince is null) != (command.AbsentSince is null);
        return isNews ? (state.With(node with { AbsentSince = command.AbsentSince }), ConfigResult.Done) : (state, ConfigResult.Unchanged);
    }

    private static bool Touches(PlacementMove move, NodeId node) => move switch
    {
        AddReplica add => add.To == node,
        ReplaceReplica replace => replace.To == node,
        _ => false,
    };

    private static string? ComplaintAbout(ConfigState state, RegisterNode command)
    {
        if (command.Node == default)
        {
            return "node 0 names no node";
        }

        if (string.IsNullOrEmpty(command.Name) || command.Name.Length > LongestTextCharacters)
        {
            return $"a node's name has 1 to {LongestTextCharacters} characters";
        }

        if (string.IsNullOrEmpty(command.Address) || command.Address.Length > LongestTextCharacters || command.Zone.Value.Length > LongestTextCharacters)
        {
            return $"a node's address has 1 to {LongestTextCharacters} characters, its zone at most as many";
        }

        if (command.Weight is < 1 or > ClusterNode.HighestWeight)
        {
            return $"the weight {command.Weight} is not between 1 and {ClusterNode.HighestWeight}";
        }

        foreach (NodeRecord other in state.Nodes.Values)
        {
            if (other.Node != command.Node && (other.Name == command.Name || other.Address == command.Address))
            {
                return $"{other.Node} has the name or the address already";
            }
        }

        return null;
    }

    private static ConfigResult Unknown(NodeId node) => ConfigResult.Refused($"{node} is not registered");
}
