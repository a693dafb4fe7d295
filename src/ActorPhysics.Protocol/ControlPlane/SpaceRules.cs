using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Sessions;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>What the config group decides about spaces.</summary>
internal static class SpaceRules
{
    public static (ConfigState, ConfigResult) Create(ConfigState state, CreateSpace command, in CommandPlace place)
    {
        if (SpaceDescription.TryCreate(command.Settings, out SpaceRefusal? refusal) is not { } space)
        {
            return (state, ConfigResult.Refused(refusal!.ToString()));
        }

        if (state.Spaces.TryGetValue(space.Name, out SpaceRecord? known))
        {
            return known.Stage == SpaceStage.Deleting ? (state, ConfigResult.Busy($"the former space '{space.Name}' is still being deleted"))
                : known.Description.Settings == command.Settings ? (state, ConfigResult.Unchanged)
                : (state, ConfigResult.Refused($"there is a space '{space.Name}' already, with other settings"));
        }

        if (space.Settings.FailureModel is not CrashRecovery)
        {
            return (state, ConfigResult.Refused($"FailureModel: {space.Settings.FailureModel}: a node that was ordered a replica twice could not tell its second life from its first"));
        }

        var seats = new FoundingSeats(state);
        int members = space.Settings.Replicas + space.Settings.Witnesses;
        return seats.Available < members
            ? (state, ConfigResult.Refused($"'{space.Name}' needs {members} nodes for each group, and {seats.Available} take replicas"))
            : Found(state, space, seats, members, place);
    }

    public static (ConfigState, ConfigResult) Delete(ConfigState state, DeleteSpace command)
    {
        if (!state.Spaces.TryGetValue(command.Name, out SpaceRecord? space) || space.Stage == SpaceStage.Deleting)
        {
            return (state, ConfigResult.Unchanged);
        }

        if (state.HandoffIn(space.Space) is { } handoff)
        {
            return (state, ConfigResult.Busy($"{handoff.Id} is under way in '{command.Name}'"));
        }

        ConfigState next = state.With(space with { Stage = SpaceStage.Deleting });
        foreach (Shard shard in space.Map.Shards)
        {
            next = next.With(next.Groups[shard.Group] with { Stage = GroupStage.Retiring, Move = null });
        }

        return (next, ConfigResult.Done);
    }

    /// <summary>After a group of the space began to serve or was forgotten: whether that was the last one.</summary>
    public static ConfigState Settle(ConfigState state, SpaceId id)
    {
        // A taker that was given up may outlive its space.
        return state.Find(id) is not { } space ? state : space.Stage switch
        {
            SpaceStage.Founding when space.Map.Shards.All(shard => state.Groups[shard.Group].Stage == GroupStage.Serving) =>
                state.With(space with { Stage = SpaceStage.Serving }),
            SpaceStage.Deleting when space.Map.Shards.All(shard => !state.Groups.ContainsKey(shard.Group)) => state.Without(space),
            _ => state,
        };
    }

    private static (ConfigState, ConfigResult) Found(ConfigState state, SpaceDescription space, FoundingSeats seats, int members, in CommandPlace place)
    {
        var id = new SpaceId(state.LastSpace.Value + 1);
        GroupId[] groups = new GroupId[space.Settings.InitialShards];
        GroupId last = state.LastGroup;
        for (int shard = 0; shard < groups.Length; shard++)
        {
            groups[shard] = last = After(last);
        }

        ShardMap map = space.FoundingMap(id, groups);
        ConfigState next = state;
        foreach (Shard shard in map.Shards)
        {
            var keys = new KeysAtBirth(id, map.Kind, map.Version, shard.Range);
            if (FoundingSeats.CharterFor(space, shard.Id, shard.Group, seats.Take(members), keys, place, out string? refusal) is not { } charter)
            {
                return (state, ConfigResult.Refused(refusal!));
            }

            next = next.With(new GroupRecord(charter, GroupStage.Founding, charter.Founding, Move: null));
        }

        return (next.With(new SpaceRecord(id, space, map, SpaceStage.Founding)), ConfigResult.Began(id.Value));
    }

    public static GroupId After(GroupId last) => last.CompareTo(GroupCharter.FirstMadeGroup) < 0 ? GroupCharter.FirstMadeGroup : new GroupId(last.Value + 1);
}
