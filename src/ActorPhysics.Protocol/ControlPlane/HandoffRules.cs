using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Sessions;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>What the config group decides about keys that change their group. See docs/design/space-runtime.md for the stages.</summary>
internal static class HandoffRules
{
    public static (ConfigState, ConfigResult) Split(ConfigState state, SplitShard command, in CommandPlace place)
    {
        if (Prepare(state, command.Space, command.Shard, out SpaceRecord? space, out Shard? shard) is { } objection)
        {
            return (state, objection);
        }

        if ((command.At ?? MiddleOf(shard!.Range, space!.Map.Kind)) is not { } at)
        {
            return (state, ConfigResult.Refused("a shard of an ordered space is divided at a key, which must be named"));
        }

        ShardId newShard = space!.Map.LastShard.Next;
        GroupId newGroup = SpaceRules.After(state.LastGroup);
        if (space.Map.TrySplit(shard!.Id, at, newShard, newGroup, out string? refusal) is not { } map)
        {
            return (state, ConfigResult.Refused(refusal!));
        }

        if (SeatsFor(state, space.Description, state.Groups[shard.Group]) is not { } nodes)
        {
            return (state, ConfigResult.Refused($"too few nodes take replicas for another group of '{command.Space}'"));
        }

        var keys = new KeysAtBirth(space.Space, map.Kind, map.Version, Range: null);
        if (FoundingSeats.CharterFor(space.Description, newShard, newGroup, nodes, keys, place, out refusal) is not { } charter)
        {
            return (state, ConfigResult.Refused(refusal!));
        }

        var handoff = new Handoff(
            state.LastHandoff.Next, space.Space, IsMerge: false, shard.Id, newShard, shard.Group, newGroup, map.Find(newShard)!.Range, map.Version,
            HandoffStage.Founding, Freeze: null);
        ConfigState next = state.With(new GroupRecord(charter, GroupStage.Founding, charter.Founding, Move: null)).With(handoff);
        return (next, ConfigResult.Began(handoff.Id.Value));
    }

    public static (ConfigState, ConfigResult) Merge(ConfigState state, MergeShards command)
    {
        if (Prepare(state, command.Space, command.Left, out SpaceRecord? space, out Shard? left) is { } objection)
        {
            return (state, objection);
        }

        int place = space!.Map.Shards.IndexOf(left!);
        if (place + 1 == space.Map.Shards.Length)
        {
            return (state, ConfigResult.Refused($"{command.Left} is the last shard of '{command.Space}': nothing follows it"));
        }

        Shard right = space.Map.Shards[place + 1];
        if (ObjectionTo(state, state.Groups[right.Group]) is { } other)
        {
            return (state, other);
        }

        if (space.Map.TryMerge(left!.Id, right.Id, out string? refusal) is not { } map)
        {
            return (state, ConfigResult.Refused(refusal!));
        }

        var handoff = new Handoff(
            state.LastHandoff.Next, space.Space, IsMerge: true, right.Id, left.Id, right.Group, left.Group, right.Range, map.Version,
            HandoffStage.Founding, Freeze: null);
        return (state.With(handoff), ConfigResult.Began(handoff.Id.Value));
    }

    public static ConfigState TakerServes(ConfigState state, GroupId group) =>
        state.HandoffOf(group) is { Stage: HandoffStage.Founding } handoff && handoff.Taker == group
            ? state.With(handoff with { Stage = HandoffStage.Freezing })
            : state;

    public static (ConfigState, ConfigResult) Freeze(ConfigState state, NoteFrozen command)
    {
        if (!state.Handoffs.TryGetValue(command.Handoff, out Handoff? handoff) || handoff.Stage > HandoffStage.Freezing)
        {
            return (state, ConfigResult.Unchanged);
        }

        return handoff.Stage == HandoffStage.Founding || command.Freeze.At.Group != handoff.Giver
            ? (state, ConfigResult.Refused($"{handoff.Id} is {handoff.Stage} and waits for {handoff.Giver}"))
            : (state.With(handoff with { Stage = HandoffStage.Carrying, Freeze = command.Freeze }), ConfigResult.Done);
    }

    public static (ConfigState, ConfigResult) Publish(ConfigState state, PublishHandoff command)
    {
        if (!state.Handoffs.TryGetValue(command.Handoff, out Handoff? handoff) || handoff.Stage > HandoffStage.Carrying)
        {
            return (state, ConfigResult.Unchanged);
        }

        if (handoff.Stage != HandoffStage.Carrying)
        {
            return (state, ConfigResult.Refused($"{handoff.Id} is {handoff.Stage}: nothing was handed out yet"));
        }

        SpaceRecord space = state.Find(handoff.Space)!;
        string? refusal;
        ShardMap? map = handoff.IsMerge
            ? space.Map.TryMerge(handoff.TakerShard, handoff.GiverShard, out refusal)
            : space.Map.TrySplit(handoff.GiverShard, handoff.Range.From!.Value, handoff.TakerShard, handoff.Taker, out refusal);
        Core.Invariant.Require(map is not null && map.Version == handoff.Version, "ShardMapOrder", (handoff, refusal),
            static x => $"{x.handoff.Id} was decided as {x.handoff.Version} and cannot be published: {x.refusal}");
        return (state.With(space with { Map = map! }).With(handoff with { Stage = HandoffStage.Releasing }), ConfigResult.Done);
    }

    public static (ConfigState, ConfigResult) Finish(ConfigState state, FinishHandoff command)
    {
        if (!state.Handoffs.TryGetValue(command.Handoff, out Handoff? handoff))
        {
            return (state, ConfigResult.Unchanged);
        }

        if (handoff.Stage != HandoffStage.Releasing)
        {
            return (state, ConfigResult.Refused($"{handoff.Id} is {handoff.Stage}: its keys are on their way"));
        }

        ConfigState next = state.Without(handoff.Id);
        return (handoff.IsMerge ? next.With(next.Groups[handoff.Giver] with { Stage = GroupStage.Retiring, Move = null }) : next, ConfigResult.Done);
    }

    public static (ConfigState, ConfigResult) Cancel(ConfigState state, CancelHandoff command)
    {
        if (!state.Handoffs.TryGetValue(command.Handoff, out Handoff? handoff))
        {
            return (state, ConfigResult.Unchanged);
        }

        if (handoff.Stage != HandoffStage.Founding)
        {
            return (state, ConfigResult.Refused($"{handoff.Id} is {handoff.Stage}: it can only be finished"));
        }

        ConfigState next = state.Without(handoff.Id);
        return (handoff.IsMerge ? next : next.With(next.Groups[handoff.Taker] with { Stage = GroupStage.Retiring }), ConfigResult.Done);
    }

    /// <summary>Whether the shard may take part in a handoff now; null when it may.</summary>
    private static ConfigResult? Prepare(ConfigState state, string name, ShardId id, out SpaceRecord? space, out Shard? shard)
    {
        shard = null;
        if (!state.Spaces.TryGetValue(name, out space) || space.Stage == SpaceStage.Deleting)
        {
            return ConfigResult.Refused($"there is no space '{name}'");
        }

        shard = space.Map.Find(id);
        return shard is null ? ConfigResult.Refused($"'{name}' has no {id}")
            : state.HandoffIn(space.Space) is { } other ? ConfigResult.Busy($"{other.Id} is under way in '{name}'")
            : ObjectionTo(state, state.Groups[shard.Group]);
    }

    private static ConfigResult? ObjectionTo(ConfigState state, GroupRecord group) =>
        group.Stage != GroupStage.Serving ? ConfigResult.Busy($"{group.Charter.Name} ({group.Group}) does not serve yet")
        : group.Move is { } move ? ConfigResult.Busy($"{move.Id} changes the members of {group.Charter.Name} ({group.Group})")
        : null;

    private static KeyPoint? MiddleOf(KeyRange range, ShardingKind kind)
    {
        if (kind != ShardingKind.Hash)
        {
            return null;
        }

        UInt128 from = range.From is { } begin ? begin.Hash.Value : 0;
        UInt128 to = range.To is { } end ? end.Hash.Value : UInt128.One << 64;
        return KeyPoint.At(new HashPoint((ulong)(from + (to - from) / 2)));
    }

    /// <summary>The giver's nodes where all of them take replicas, so that a split moves nothing to other machines; others otherwise.</summary>
    private static ImmutableArray<NodeRecord>? SeatsFor(ConfigState state, SpaceDescription space, GroupRecord giver)
    {
        int members = space.Settings.Replicas + space.Settings.Witnesses;
        ImmutableArray<NodeRecord> own =
        [
            .. giver.Configuration.Members.Where(member => member.Votes).OrderBy(member => member.Role).ThenBy(member => member.Replica)
                .Select(member => state.Nodes.GetValueOrDefault(member.Node)).OfType<NodeRecord>().Where(node => node.TakesReplicas),
        ];
        if (own.Length == members)
        {
            return own;
        }

        var seats = new FoundingSeats(state);
        return seats.Available < members ? null : seats.Take(members);
    }
}
