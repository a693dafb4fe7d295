using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Placement;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>What the config group decides about single groups.</summary>
internal static class GroupRules
{
    public static (ConfigState, ConfigResult) Begin(ConfigState state, BeginMove command)
    {
        PlacementMove move = command.Move;
        if (!state.Groups.TryGetValue(move.Group, out GroupRecord? group) || group.Stage == GroupStage.Retiring)
        {
            return (state, Unknown(move.Group));
        }

        if (group.Move is { } other)
        {
            return other.Move == move ? (state, ConfigResult.Unchanged) : (state, ConfigResult.Busy($"{other.Id} of {move.Group} is under way"));
        }

        if (group.Stage == GroupStage.Founding || state.HandoffOf(move.Group) is not null)
        {
            return (state, ConfigResult.Busy(group.Stage == GroupStage.Founding ? $"{move.Group} is being founded" : $"{state.HandoffOf(move.Group)!.Id} concerns {move.Group}"));
        }

        if (ComplaintAbout(state, group.Configuration, move) is { } complaint)
        {
            return (state, ConfigResult.Refused(complaint));
        }

        ChangeId change = state.LastChange.Next;
        return (state.With(group with { Move = new GroupMove(change, move, command.ByOperator) }), ConfigResult.Began(change.Value));
    }

    public static (ConfigState, ConfigResult) Finish(ConfigState state, FinishMove command)
    {
        if (!state.Groups.TryGetValue(command.Group, out GroupRecord? group) || group.Move?.Id != command.Change)
        {
            return (state, ConfigResult.Unchanged);
        }

        GroupConfiguration configuration = Newer(group, command.Configuration);
        if (configuration.Incarnation != command.Configuration.Incarnation)
        {
            // The group has begun anew since: what the move has to do with its members now is still to be seen.
            return (state, ConfigResult.Unchanged);
        }

        return (state.With(group with { Move = null, Configuration = configuration }), ConfigResult.Done);
    }

    public static (ConfigState, ConfigResult) Serve(ConfigState state, NoteServing command)
    {
        if (!state.Groups.TryGetValue(command.Group, out GroupRecord? group))
        {
            return (state, Unknown(command.Group));
        }

        if (group.Stage != GroupStage.Founding)
        {
            ConfigState begun = HandoffRules.TakerServes(state, command.Group);
            return (begun, ReferenceEquals(begun, state) ? ConfigResult.Unchanged : ConfigResult.Done);
        }

        ConfigState next = state.With(group with { Stage = GroupStage.Serving });
        next = HandoffRules.TakerServes(next, command.Group);
        return (SpaceRules.Settle(next, group.Charter.Keys!.Space), ConfigResult.Done);
    }

    public static (ConfigState, ConfigResult) Note(ConfigState state, NoteConfiguration command)
    {
        if (!state.Groups.TryGetValue(command.Configuration.Group, out GroupRecord? group))
        {
            return (state, Unknown(command.Configuration.Group));
        }

        GroupConfiguration newer = Newer(group, command.Configuration);
        return ReferenceEquals(newer, group.Configuration) ? (state, ConfigResult.Unchanged) : (state.With(group with { Configuration = newer }), ConfigResult.Done);
    }

    public static (ConfigState, ConfigResult) Forget(ConfigState state, ForgetGroup command)
    {
        if (!state.Groups.TryGetValue(command.Group, out GroupRecord? group))
        {
            return (state, ConfigResult.Unchanged);
        }

        if (group.Stage != GroupStage.Retiring)
        {
            return (state, ConfigResult.Refused($"{command.Group} is not retiring"));
        }

        return (SpaceRules.Settle(state.Without(command.Group), group.Charter.Keys!.Space), ConfigResult.Done);
    }

    private static GroupConfiguration Newer(GroupRecord group, GroupConfiguration seen) => group.IsSucceededBy(seen) ? seen : group.Configuration;

    private static string? ComplaintAbout(ConfigState state, GroupConfiguration configuration, PlacementMove move)
    {
        (NodeId from, NodeId to) = move switch
        {
            AddReplica add => (default, add.To),
            RemoveReplica remove => (remove.From, default),
            ReplaceReplica replace => (replace.From, replace.To),
            TransferLeader transfer => (transfer.From, transfer.To),
            _ => default,
        };
        bool transfers = move is TransferLeader;
        if (from != default && !IsMember(configuration, from))
        {
            return $"{from} holds no member of {move.Group}";
        }

        if (to == default)
        {
            return configuration.Members.Count(member => member.Role == MemberRole.Voter) > 1 || from == default
                ? null
                : $"{from} holds the only voter of {move.Group}";
        }

        if (!state.Nodes.TryGetValue(to, out NodeRecord? node))
        {
            return $"{to} is not registered";
        }

        return IsMember(configuration, to) != transfers ? $"{to} {(transfers ? "holds no member" : "holds a member already")} of {move.Group}"
            : !transfers && !node.TakesReplicas ? $"{to} takes no replicas: it is {(node.Draining ? "being drained" : "absent")}"
            : null;
    }

    private static bool IsMember(GroupConfiguration configuration, NodeId node) => configuration.Members.Any(member => member.Node == node);

    private static ConfigResult Unknown(GroupId group) => ConfigResult.Refused($"the config group made no group {group}, or it is gone");
}
