using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Placement;

namespace ActorPhysics.Client.Control;

/// <summary>
/// Changes what the config group decides: spaces, shards, where replicas are, which nodes are emptied. A change is decided by one entry of its log and
/// then carried out by the cluster itself; whoever waits for its end can go away without stopping it. All members may be called from many threads at once.
/// </summary>
/// <remarks>
/// What a caller must decide on comes as a <see cref="ControlResult"/>. A task ends in a <see cref="RequestException"/> when nothing was decided for a
/// reason that has nothing to do with the change (no config group, nobody leads it), and in <see cref="OperationCanceledException"/> when it was
/// cancelled, which takes nothing back. While another change that must end first is under way, the command waits for it within its time.
/// </remarks>
/// <param name="client">The connection to the cluster.</param>
public sealed class ControlClient(ActorPhysicsClient client)
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(1);

    /// <summary>Makes a space, and waits until all its shards serve.</summary>
    /// <param name="settings">What it shall be.</param>
    /// <param name="progress">Hears of each step, in lines for people.</param>
    /// <param name="timeout">How long to wait for the end; a minute unless it is said. The change goes on without anybody who waits.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<ControlResult> CreateSpaceAsync(
        SpaceSettings settings, IProgress<string>? progress = null, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ControlRun run = Run(progress, timeout, cancellation);
        (_, ControlResult? end) = await run.DecideAsync(new CreateSpace(settings)).ConfigureAwait(false);
        if (end is not null and not { Outcome: ControlOutcome.Unchanged })
        {
            return end;
        }

        return await run.UntilAsync(async () =>
        {
            SpaceSummary? space = (await run.AskAsync<SpaceAnswer>(new AskSpace(settings.Name, default)).ConfigureAwait(false)).Summary;
            if (space?.Stage == SpaceStage.Serving)
            {
                return end ?? new ControlResult(ControlOutcome.Done, $"'{settings.Name}' serves with {Count(space.Shards, "shard")}");
            }

            if (space?.Stage != SpaceStage.Founding)
            {
                return new ControlResult(ControlOutcome.Conflict, $"somebody has deleted '{settings.Name}' meanwhile");
            }

            ImmutableArray<GroupRecord> groups = await GroupsAsync(settings.Name, run).ConfigureAwait(false);
            run.Report($"{groups.Count(group => group.Stage == GroupStage.Serving)} of {Count(groups.Length, "group")} serve");
            return null;
        }).ConfigureAwait(false);
    }

    /// <summary>Deletes a space and all that is in it, and waits until nothing of it is left.</summary>
    /// <inheritdoc cref="CreateSpaceAsync"/>
    public async Task<ControlResult> DeleteSpaceAsync(
        string space, IProgress<string>? progress = null, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        ControlRun run = Run(progress, timeout, cancellation);
        if ((await run.AskAsync<SpaceAnswer>(new AskSpace(space, default)).ConfigureAwait(false)).Summary is null)
        {
            return new ControlResult(ControlOutcome.Refused, $"there is no space '{space}'");
        }

        (_, ControlResult? end) = await run.DecideAsync(new DeleteSpace(space)).ConfigureAwait(false);
        if (end is not null and not { Outcome: ControlOutcome.Unchanged })
        {
            return end;
        }

        return await run.UntilAsync(async () =>
        {
            if ((await run.AskAsync<SpaceAnswer>(new AskSpace(space, default)).ConfigureAwait(false)).Summary is null)
            {
                return new ControlResult(ControlOutcome.Done, $"nothing is left of '{space}'");
            }

            run.Report($"{Count((await GroupsAsync(space, run).ConfigureAwait(false)).Length, "group")} left");
            return null;
        }).ConfigureAwait(false);
    }

    /// <summary>Makes one shard two, and waits until the new one serves. Other keys are not concerned, and those of the new shard only for a moment.</summary>
    /// <param name="space">The space's name.</param>
    /// <param name="shard">The shard that is divided.</param>
    /// <param name="at">Where the new shard begins; null for the middle, which only a space sharded by hash has.</param>
    /// <inheritdoc cref="CreateSpaceAsync"/>
    public Task<ControlResult> SplitAsync(
        string space, ShardId shard, KeyPoint? at = null, IProgress<string>? progress = null, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        HandOverAsync(new SplitShard(space, shard, at), space, Run(progress, timeout, cancellation));

    /// <summary>Joins a shard with its right neighbour, whose keys move to it, and waits until it serves them.</summary>
    /// <param name="space">The space's name.</param>
    /// <param name="left">The shard that gets the keys.</param>
    /// <inheritdoc cref="CreateSpaceAsync"/>
    public Task<ControlResult> MergeAsync(
        string space, ShardId left, IProgress<string>? progress = null, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        HandOverAsync(new MergeShards(space, left), space, Run(progress, timeout, cancellation));

    /// <summary>Splits the widest shards of a hash space in the middle, one after the other, until there are as many as asked for.</summary>
    /// <param name="space">The space's name.</param>
    /// <param name="shards">How many shards there shall be.</param>
    /// <inheritdoc cref="CreateSpaceAsync"/>
    public Task<ControlResult> SplitIntoAsync(
        string space, int shards, IProgress<string>? progress = null, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        ReshardAsync(space, shards, map => map.Shards.Length >= shards ? null : new SplitShard(space, ShardChoice.Widest(map), null), Run(progress, timeout, cancellation));

    /// <summary>Merges neighbouring shards, those first that have the fewest points together, until there are as many as asked for.</summary>
    /// <param name="space">The space's name.</param>
    /// <param name="shards">How many shards there shall be.</param>
    /// <inheritdoc cref="CreateSpaceAsync"/>
    public Task<ControlResult> MergeIntoAsync(
        string space, int shards, IProgress<string>? progress = null, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        ReshardAsync(space, shards, map => map.Shards.Length <= shards ? null : new MergeShards(space, ShardChoice.Narrowest(map)), Run(progress, timeout, cancellation));

    /// <summary>Changes where one group's replicas are, or who leads it, and waits until it is so. Only for groups that the config group made.</summary>
    /// <inheritdoc cref="CreateSpaceAsync"/>
    public async Task<ControlResult> MoveAsync(
        PlacementMove move, IProgress<string>? progress = null, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(move);
        ControlRun run = Run(progress, timeout, cancellation);
        (ConfigResult? decided, ControlResult? end) = await run.DecideAsync(new BeginMove(move, ByOperator: true)).ConfigureAwait(false);
        if (end is not null and not { Outcome: ControlOutcome.Unchanged })
        {
            return end;
        }

        return await run.UntilAsync(async () =>
        {
            GroupRecord? group = await GroupAsync(move.Group, run).ConfigureAwait(false);
            if (group is null)
            {
                return new ControlResult(ControlOutcome.Conflict, $"{move.Group} is gone");
            }

            if (group.Move is { } current && (decided is null || current.Id.Value == decided.Change))
            {
                run.Report($"{current.Id}: {current.Move}");
                return null;
            }

            return MoveEnd.IsReached(move, group.Configuration) ?? true
                ? new ControlResult(ControlOutcome.Done, $"{move.Group} is settled in {group.Configuration.Epoch}")
                : new ControlResult(ControlOutcome.Conflict, $"it was given up: {move.Group} is in {group.Configuration.Epoch}, which is not so");
        }).ConfigureAwait(false);
    }

    /// <summary>Empties a node: its replicas move to others, and none comes to it. Or allows it to be given replicas again.</summary>
    /// <param name="node">The node.</param>
    /// <param name="drain">False: take an earlier drain back.</param>
    /// <inheritdoc cref="CreateSpaceAsync"/>
    public async Task<ControlResult> DrainAsync(
        NodeId node, bool drain = true, IProgress<string>? progress = null, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        ControlRun run = Run(progress, timeout, cancellation);
        (_, ControlResult? end) = await run.DecideAsync(new DrainNode(node, drain)).ConfigureAwait(false);
        if (!drain || end is not null and not { Outcome: ControlOutcome.Unchanged })
        {
            return end ?? new ControlResult(ControlOutcome.Done, $"{node} may be given replicas again");
        }

        return await run.UntilAsync(async () =>
        {
            NodesAnswer nodes = await run.AskAsync<NodesAnswer>(new AskNodes()).ConfigureAwait(false);
            NodeAnswer? drained = nodes.Nodes.FirstOrDefault(answer => answer.Node.Node == node);
            if (drained is null or { Node.Draining: false })
            {
                return new ControlResult(ControlOutcome.Conflict, $"somebody has taken it back: {node} is not being drained any more");
            }

            if (drained.Replicas == 0)
            {
                return end ?? new ControlResult(ControlOutcome.Done, $"{node} holds no replica of any space");
            }

            run.Report($"{node}: {Count(drained.Replicas, "replica")} left");
            return null;
        }).ConfigureAwait(false);
    }

    /// <summary>All nodes as the config group knows them.</summary>
    public async Task<ImmutableArray<NodeAnswer>> NodesAsync(CancellationToken cancellation = default) =>
        (await Run(null, null, cancellation).AskAsync<NodesAnswer>(new AskNodes()).ConfigureAwait(false)).Nodes;

    /// <summary>All spaces.</summary>
    public async Task<ImmutableArray<SpaceSummary>> SpacesAsync(CancellationToken cancellation = default) =>
        (await Run(null, null, cancellation).AskAsync<SpacesAnswer>(new AskSpaces()).ConfigureAwait(false)).Spaces;

    /// <summary>A space with its map, its groups and what is under way in it; null when there is none of that name.</summary>
    public async Task<SpaceView?> DescribeAsync(string space, CancellationToken cancellation = default)
    {
        ControlRun run = Run(null, null, cancellation);
        SpaceAnswer answer = await run.AskAsync<SpaceAnswer>(new AskSpace(space, default)).ConfigureAwait(false);
        if (answer is not { Summary: { } summary, Map: { } map })
        {
            return null;
        }

        ImmutableArray<GroupRecord> groups = await GroupsAsync(space, run).ConfigureAwait(false);
        ImmutableArray<Handoff> handoffs = (await run.AskAsync<HandoffsAnswer>(new AskHandoffs()).ConfigureAwait(false)).Handoffs;
        return new SpaceView(summary, map, groups, [.. handoffs.Where(handoff => handoff.Space == map.Space)]);
    }

    /// <summary>One group that the config group made; null when it knows none of that id.</summary>
    public Task<GroupRecord?> GroupAsync(GroupId group, CancellationToken cancellation = default) => GroupAsync(group, Run(null, null, cancellation));

    private static async Task<GroupRecord?> GroupAsync(GroupId group, ControlRun run)
    {
        GroupsAnswer answer = await run.AskAsync<GroupsAnswer>(new AskGroups("", group, 1)).ConfigureAwait(false);
        return answer.Groups.FirstOrDefault(candidate => candidate.Group == group);
    }

    private static async Task<ImmutableArray<GroupRecord>> GroupsAsync(string space, ControlRun run)
    {
        const int PageGroups = 1000;
        var groups = ImmutableArray.CreateBuilder<GroupRecord>();
        GroupId from = default;
        while (true)
        {
            GroupsAnswer page = await run.AskAsync<GroupsAnswer>(new AskGroups(space, from, PageGroups)).ConfigureAwait(false);
            groups.AddRange(page.Groups);
            if (!page.More || page.Groups.IsEmpty)
            {
                return groups.ToImmutable();
            }

            from = new GroupId(page.Groups[^1].Group.Value + 1);
        }
    }

    /// <summary>Has a split or a merge decided, and waits until its keys belong to their new group.</summary>
    private static async Task<ControlResult> HandOverAsync(ConfigCommand command, string space, ControlRun run)
    {
        ShardMapVersion before = (await run.AskAsync<SpaceAnswer>(new AskSpace(space, default)).ConfigureAwait(false)).Summary?.Version ?? default;
        (ConfigResult? decided, ControlResult? end) = await run.DecideAsync(command).ConfigureAwait(false);
        if (decided is null)
        {
            return end!;
        }

        var id = new HandoffId(decided.Change);
        Handoff? seen = null;
        return await run.UntilAsync(async () =>
        {
            HandoffsAnswer handoffs = await run.AskAsync<HandoffsAnswer>(new AskHandoffs()).ConfigureAwait(false);
            Handoff? handoff = handoffs.Handoffs.FirstOrDefault(candidate => candidate.Id == id);
            seen = handoff ?? seen;
            if (handoff is { Stage: < HandoffStage.Releasing })
            {
                run.Report($"{id} {handoff.Stage.ToString().ToLowerInvariant()}: {handoff.Range} from {handoff.Giver} to {handoff.Taker}");
                return null;
            }

            ShardMapVersion now = (await run.AskAsync<SpaceAnswer>(new AskSpace(space, default)).ConfigureAwait(false)).Summary?.Version ?? default;
            bool isPublished = handoff is not null || (seen is not null ? now >= seen.Version : now > before);
            return isPublished
                ? new ControlResult(ControlOutcome.Done, seen is null ? $"{id} is over in {now}" : $"{seen.Range} belongs to {seen.TakerShard} ({seen.Taker}) since {seen.Version}")
                : new ControlResult(ControlOutcome.Conflict, $"{id} was given up; the map is {now}");
        }).ConfigureAwait(false);
    }

    private static async Task<ControlResult> ReshardAsync(string space, int shards, Func<ShardMap, ConfigCommand?> choose, ControlRun run)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shards, 1);
        for (int steps = 0; ; steps++)
        {
            if ((await run.AskAsync<SpaceAnswer>(new AskSpace(space, default)).ConfigureAwait(false)).Map is not { } map)
            {
                return new ControlResult(ControlOutcome.Refused, $"there is no space '{space}'");
            }

            run.Report($"{Count(map.Shards.Length, "shard")} in {map.Version}");
            if (choose(map) is not { } step)
            {
                return new ControlResult(steps == 0 ? ControlOutcome.Unchanged : ControlOutcome.Done, $"'{space}' has {Count(map.Shards.Length, "shard")} in {map.Version}");
            }

            ControlResult end = await HandOverAsync(step, space, run).ConfigureAwait(false);
            if (!end.IsSo)
            {
                return end with { Detail = $"{end.Detail} ('{space}' had {Count(map.Shards.Length, "shard")} of {shards})" };
            }
        }
    }

    private ControlRun Run(IProgress<string>? progress, TimeSpan? timeout, CancellationToken cancellation) =>
        new(client, timeout ?? DefaultTimeout, progress, cancellation);

    private static string Count(int number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";
}

/// <summary>A space as the config group knows it.</summary>
/// <param name="Groups">Its groups in the order of their ids, those also that are being founded or retired.</param>
/// <param name="Handoffs">What is under way.</param>
public sealed record SpaceView(SpaceSummary Summary, ShardMap Map, ImmutableArray<GroupRecord> Groups, ImmutableArray<Handoff> Handoffs);
