using ActorPhysics.Client.Control;
using ActorPhysics.Client.Tests.Fakes;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Placement;

namespace ActorPhysics.Client.Tests.Control;

/// <summary>Changes that the config group decides, as whoever asked for them sees them end. The rules are the real ones; the test carries the decisions out.</summary>
[Trait("Seed", "5.1")]
public sealed class ControlClientTests
{
    private static readonly SpaceSettings Orders = new() { Name = "orders", Specification = "kv", InitialShards = 2 };
    private static readonly ShardId First = new(1);

    [Fact]
    public async Task Space_is_done_when_all_its_groups_serve()
    {
        await using var cluster = new FakeControl();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        var control = new ControlClient(client);
        var said = new Lines();

        Task<ControlResult> creating = control.CreateSpaceAsync(Orders, said);
        await said.SaysAsync("0 of 2 groups serve");
        cluster.Step();
        await said.SaysAsync("1 of 2 groups serve");
        Assert.False(creating.IsCompleted);
        cluster.Step();

        Assert.Equal(ControlOutcome.Done, (await creating.Soon()).Outcome);
        Assert.Equal(ControlOutcome.Unchanged, (await control.CreateSpaceAsync(Orders).Soon()).Outcome);
        ControlResult other = await control.CreateSpaceAsync(Orders with { Replicas = 5 }).Soon();
        Assert.Equal(ControlOutcome.Refused, other.Outcome);
        Assert.Contains("other settings", other.Detail, StringComparison.Ordinal);
        Assert.Equal("orders", Assert.Single(await control.SpacesAsync().Soon()).Settings.Name);
    }

    [Fact]
    public async Task Deleted_space_is_done_when_nothing_of_it_is_left()
    {
        await using FakeControl cluster = WithOrders();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        var control = new ControlClient(client);
        var said = new Lines();

        Task<ControlResult> deleting = control.DeleteSpaceAsync("orders", said);
        await said.SaysAsync("2 groups left");
        cluster.IsDiligent = true;

        Assert.Equal(ControlOutcome.Done, (await deleting.Soon()).Outcome);
        Assert.Equal(ControlOutcome.Refused, (await control.DeleteSpaceAsync("orders").Soon()).Outcome);
        Assert.Null(await control.DescribeAsync("orders").Soon());
    }

    [Fact]
    public async Task Split_is_told_stage_by_stage_and_done_once_the_map_says_so()
    {
        await using FakeControl cluster = WithOrders();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        var control = new ControlClient(client);
        var said = new Lines();

        Task<ControlResult> splitting = control.SplitAsync("orders", First, progress: said);
        foreach (string stage in (string[])["founding", "freezing", "carrying"])
        {
            await said.SaysAsync(stage);
            Assert.False(splitting.IsCompleted);
            cluster.Step();
        }

        ControlResult result = await splitting.Soon();
        Assert.Equal(ControlOutcome.Done, result.Outcome);
        Assert.Contains("sh3", result.Detail, StringComparison.Ordinal);
        SpaceView view = (await control.DescribeAsync("orders").Soon())!;
        Assert.Equal(3, view.Map.Shards.Length);
        Assert.Equal(HandoffStage.Releasing, Assert.Single(view.Handoffs).Stage);
        Assert.Equal(3, view.Groups.Length);
    }

    [Fact]
    public async Task Command_waits_for_the_handoff_that_is_under_way()
    {
        await using FakeControl cluster = WithOrders();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        var said = new Lines();
        Assert.Equal(ConfigOutcome.Done, cluster.Decide(new SplitShard("orders", First, null)).Outcome);

        Task<ControlResult> merging = new ControlClient(client).MergeAsync("orders", First, said);
        await said.SaysAsync("waits: h1 is under way");
        while (cluster.Step())
        {
        }

        cluster.IsDiligent = true;
        Assert.Equal(ControlOutcome.Done, (await merging.Soon()).Outcome);
        Assert.Equal(2, cluster.State.Spaces["orders"].Map.Shards.Length);
    }

    [Fact]
    public async Task Handoff_that_was_given_up_is_a_conflict()
    {
        await using FakeControl cluster = WithOrders();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        var said = new Lines();

        Task<ControlResult> splitting = new ControlClient(client).SplitAsync("orders", First, progress: said);
        await said.SaysAsync("founding");
        Assert.Equal(ConfigOutcome.Done, cluster.Decide(new CancelHandoff(new HandoffId(1))).Outcome);

        ControlResult result = await splitting.Soon();
        Assert.Equal(ControlOutcome.Conflict, result.Outcome);
        Assert.Contains("given up", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Space_is_split_into_as_many_shards_as_asked_for_and_merged_back_evenly()
    {
        await using FakeControl cluster = WithOrders();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        var control = new ControlClient(client);
        cluster.IsDiligent = true;

        Assert.Equal(ControlOutcome.Done, (await control.SplitIntoAsync("orders", 8).Soon()).Outcome);
        ShardMap split = cluster.State.Spaces["orders"].Map;
        Assert.Equal(ControlOutcome.Done, (await control.MergeIntoAsync("orders", 4).Soon()).Outcome);
        ShardMap merged = cluster.State.Spaces["orders"].Map;
        Assert.Equal(ControlOutcome.Unchanged, (await control.MergeIntoAsync("orders", 4).Soon()).Outcome);

        Assert.Equal(ShardMap.Uniform(split.Space, [.. split.Shards.Select(shard => shard.Group)]).Shards.Select(shard => shard.Range), split.Shards.Select(shard => shard.Range));
        Assert.Equal(ShardMap.Uniform(split.Space, [.. merged.Shards.Select(shard => shard.Group)]).Shards.Select(shard => shard.Range), merged.Shards.Select(shard => shard.Range));
    }

    [Fact]
    public async Task Ordered_shard_is_not_split_without_a_key()
    {
        await using var cluster = new FakeControl();
        cluster.Decide(new CreateSpace(new SpaceSettings { Name = "names", Specification = "kv", Sharding = ShardingKind.Ordered }));
        cluster.Step();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        var control = new ControlClient(client);
        cluster.IsDiligent = true;

        Assert.Equal(ControlOutcome.Refused, (await control.SplitAsync("names", First).Soon()).Outcome);
        Assert.Equal(ControlOutcome.Done, (await control.SplitAsync("names", First, FakeSpace.At("m")).Soon()).Outcome);
        Assert.Equal(ControlOutcome.Refused, (await control.SplitAsync("nowhere", First).Soon()).Outcome);
    }

    [Fact]
    public async Task Move_is_done_when_the_groups_own_configuration_is_so()
    {
        await using FakeControl cluster = WithOrders();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        var control = new ControlClient(client);
        (ReplaceReplica move, GroupRecord group) = AMove(cluster);
        var said = new Lines();

        Task<ControlResult> moving = control.MoveAsync(move, said);
        await said.SaysAsync("ReplaceReplica");
        cluster.Step();

        Assert.Equal(ControlOutcome.Done, (await moving.Soon()).Outcome);
        Assert.Contains((await control.GroupAsync(group.Group).Soon())!.Configuration.Members, member => member.Node == move.To);
    }

    [Fact]
    public async Task Move_that_was_given_up_is_a_conflict()
    {
        await using FakeControl cluster = WithOrders();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        (ReplaceReplica move, GroupRecord group) = AMove(cluster);
        var said = new Lines();

        Task<ControlResult> moving = new ControlClient(client).MoveAsync(move, said);
        await said.SaysAsync("ReplaceReplica");
        cluster.Decide(new FinishMove(group.Group, cluster.State.LastChange, group.Configuration, "the new node is not there"));

        Assert.Equal(ControlOutcome.Conflict, (await moving.Soon()).Outcome);
        ControlResult unknown = await new ControlClient(client).MoveAsync(new ReplaceReplica(new GroupId(77), move.From, move.To, PlacementReason.Drain)).Soon();
        Assert.Equal(ControlOutcome.Refused, unknown.Outcome);
    }

    [Fact]
    public async Task Drain_is_done_when_the_node_is_empty_and_can_be_taken_back()
    {
        await using FakeControl cluster = WithOrders();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        var control = new ControlClient(client);
        (ReplaceReplica move, _) = AMove(cluster);
        var said = new Lines();

        Task<ControlResult> draining = control.DrainAsync(move.From, progress: said);
        await said.SaysAsync("left");
        foreach (GroupRecord group in cluster.State.Groups.Values.Where(group => group.Configuration.Members.Any(member => member.Node == move.From)))
        {
            NodeId to = cluster.State.Nodes.Keys.First(node => node != move.From && group.Configuration.Members.All(member => member.Node != node));
            cluster.Decide(new BeginMove(new ReplaceReplica(group.Group, move.From, to, PlacementReason.Drain), ByOperator: false));
            cluster.Step();
        }

        Assert.Equal(ControlOutcome.Done, (await draining.Soon()).Outcome);
        Assert.True((await control.NodesAsync().Soon()).Single(node => node.Node.Node == move.From).Node.Draining);
        Assert.Equal(ControlOutcome.Done, (await control.DrainAsync(move.From, drain: false).Soon()).Outcome);
        Assert.Equal(ControlOutcome.Unchanged, (await control.DrainAsync(move.From, drain: false).Soon()).Outcome);
    }

    [Fact]
    public async Task What_is_not_over_in_time_is_under_way_and_what_nobody_answered_is_unknown()
    {
        await using FakeControl cluster = WithOrders();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        var control = new ControlClient(client);

        ControlResult underWay = await control.SplitAsync("orders", First, timeout: TimeSpan.FromMilliseconds(200)).Soon();
        Assert.Equal(ControlOutcome.UnderWay, underWay.Outcome);
        while (cluster.Step())
        {
        }

        cluster.Intercept = call => call.IsUserCommand;
        await using ActorPhysicsClient impatient = await cluster.ConnectAsync(TimeSpan.FromSeconds(3));
        ControlResult unknown = await new ControlClient(impatient).MergeAsync("orders", First).Soon();
        Assert.Equal(ControlOutcome.Unknown, unknown.Outcome);
    }

    private static FakeControl WithOrders()
    {
        var cluster = new FakeControl();
        cluster.Decide(new CreateSpace(Orders));
        while (cluster.Step())
        {
        }

        return cluster;
    }

    private static (ReplaceReplica Move, GroupRecord Group) AMove(FakeControl cluster)
    {
        GroupRecord group = cluster.State.Groups.Values.First();
        NodeId from = group.Configuration.Members[0].Node;
        NodeId to = cluster.State.Nodes.Keys.First(node => group.Configuration.Members.All(member => member.Node != node));
        return (new ReplaceReplica(group.Group, from, to, PlacementReason.ReplicaBalance), group);
    }

    /// <summary>What was said to whoever waits, at once and in order.</summary>
    private sealed class Lines : IProgress<string>
    {
        private readonly Lock _gate = new();
        private readonly List<string> _lines = [];

        public List<string> All
        {
            get
            {
                lock (_gate)
                {
                    return [.. _lines];
                }
            }
        }

        public void Report(string value)
        {
            lock (_gate)
            {
                _lines.Add(value);
            }
        }

        public Task SaysAsync(string part) => Waiting.Until(() => All.Exists(line => line.Contains(part, StringComparison.Ordinal)));
    }
}
