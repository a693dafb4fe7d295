using System.Buffers;
using System.Collections.Immutable;
using ActorPhysics.Client.Spaces;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Wire.ControlPlane;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Tests.Fakes;

/// <summary>
/// A fake cluster with a space: a config group that tells its map, groups that own its shards, and handoffs whose stages a test takes one by one. What
/// goes wrong is scripted in <see cref="Intercept"/>.
/// </summary>
internal sealed class FakeSpace : IAsyncDisposable
{
    public const string Name = "orders";
    public static readonly GroupId ConfigGroup = new(9);
    public static readonly SpaceId Space = new(1);

    private readonly Lock _gate = new();
    private readonly ShardingKind _kind;
    private readonly SortedDictionary<GroupId, FakeGroup> _groups = [];
    private readonly List<AskSpace> _questions = [];
    private readonly List<string> _retiredLogs = [];

    /// <param name="kind">How keys are laid out; an ordered space begins with shards at "h" and "p".</param>
    /// <param name="shards">How many shards of equal size a hash space begins with.</param>
    public FakeSpace(ShardingKind kind = ShardingKind.Ordered, int shards = 3)
    {
        _kind = kind;
        GroupId[] ids = [.. Enumerable.Range(0, shards).Select(shard => new GroupId(100 + (ulong)shard))];
        Map = kind == ShardingKind.Hash ? ShardMap.Uniform(Space, ids) : ShardMap.Founding(Space, kind, [At("h"), At("p")], ids);
        Cluster = new FakeCluster { Intercept = Handle, InterceptStatus = TellStatus };
        foreach (Shard shard in Map.Shards)
        {
            Found(shard.Group).Owned = shard.Range;
            this[shard.Group].Since = Map.Version;
        }
    }

    public FakeCluster Cluster { get; }

    /// <summary>As it is published.</summary>
    public ShardMap Map { get; private set; }

    /// <summary>What replicas of the config group that do not lead it know; null: as much as the leader.</summary>
    public ShardMap? FollowersMap { get; set; }

    /// <summary>Sees every request but status ones first; true when it has dealt with it. Called under the cluster's lock.</summary>
    public Func<FakeCall, bool> Intercept { get; set; } = _ => false;

    /// <summary>Whether the config group has a leader.</summary>
    public bool IsControlled { get; set; } = true;

    public FakeGroup this[GroupId group]
    {
        get
        {
            lock (_gate)
            {
                return _groups[group];
            }
        }
    }

    /// <summary>How often the map was asked for, and by what version known.</summary>
    public List<AskSpace> Questions
    {
        get
        {
            lock (_gate)
            {
                return [.. _questions];
            }
        }
    }

    /// <summary>The values put in any group, in no order between groups.</summary>
    public List<string> Log
    {
        get
        {
            lock (_gate)
            {
                return [.. _retiredLogs, .. _groups.Values.SelectMany(group => group.Log)];
            }
        }
    }

    public List<FakeCall> UserCommands => [.. Cluster.UserCommands.Where(call => call.Group != ConfigGroup)];

    public static KeyPoint At(string key) => KeyPoint.At(SpaceKey.OfText(key));

    public async Task<(ActorPhysicsClient Client, KvSpaceClient Kv)> ConnectAsync(Func<ClientOptions, ClientOptions>? change = null)
    {
        ActorPhysicsClient client = await Cluster.ConnectAsync(change);
        return (client, new KvSpaceClient(client, Name));
    }

    public FakeGroup Found(GroupId id)
    {
        lock (_gate)
        {
            var group = new FakeGroup(id, Cluster.Nodes[(int)(id.Value % (ulong)Cluster.Nodes.Count)], _kind);
            _groups.Add(id, group);
            return group;
        }
    }

    /// <summary>Begins to split the shard that holds <paramref name="at"/> there: the giver has handed out, the taker owns nothing yet, the map is as before.</summary>
    public FakeHandoff BeginSplit(KeyPoint at, GroupId taker, bool isFounded = false)
    {
        lock (_gate)
        {
            Shard giver = Map.Shards.Last(shard => shard.Range.From is not { } from || from <= at);
            ShardMap next = Map.TrySplit(giver.Id, at, Map.LastShard.Next, taker, out string? refusal) ?? throw new ArgumentException(refusal);
            FakeGroup group = isFounded ? _groups[taker] : Found(taker);
            FakeParcel parcel = _groups[giver.Group].HandOut(next.Find(next.LastShard)!.Range, next.Find(giver.Id)!.Range, taker, next.Version);
            return new FakeHandoff(this, next, group, parcel, next.Find(next.LastShard)!.Range);
        }
    }

    /// <summary>Begins to merge a shard's right neighbour into it.</summary>
    public FakeHandoff BeginMerge(int left)
    {
        lock (_gate)
        {
            (Shard taker, Shard giver) = (Map.Shards[left], Map.Shards[left + 1]);
            ShardMap next = Map.TryMerge(taker.Id, giver.Id, out string? refusal) ?? throw new ArgumentException(refusal);
            FakeParcel parcel = _groups[giver.Group].HandOut(giver.Range, null, taker.Group, next.Version);
            return new FakeHandoff(this, next, _groups[taker.Group], parcel, next.Find(taker.Id)!.Range);
        }
    }

    /// <summary>No node hosts the group any more.</summary>
    public void Retire(GroupId group)
    {
        lock (_gate)
        {
            _retiredLogs.AddRange(_groups[group].Log);
            _groups.Remove(group);
        }
    }

    public void Locked(Action action)
    {
        lock (_gate)
        {
            action();
        }
    }

    public void Publish(ShardMap map) => Map = map;

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    /// <summary>Applies a command of which nobody will be told; false when this node would not.</summary>
    public bool TryApply(FakeCall call)
    {
        lock (_gate)
        {
            bool applies = call.Kind == RequestKind.Command && _groups.TryGetValue(call.Group, out FakeGroup? group) && group.Leader == call.Node;
            if (applies)
            {
                _groups[call.Group].Apply(call);
            }

            return applies;
        }
    }

    /// <summary>What a sound node does.</summary>
    public void Serve(FakeCall call)
    {
        lock (_gate)
        {
            if (call.Group == ConfigGroup)
            {
                ServeConfig(call);
                return;
            }

            if (!_groups.TryGetValue(call.Group, out FakeGroup? group))
            {
                call.Answer(ResponseOutcome.NoSuchGroup);
                return;
            }

            bool isWeak = call.Kind == RequestKind.Read && call.Level is not (ConsistencyLevel.StrongRead or ConsistencyLevel.LeaseRead);
            if (!isWeak && call.Node != group.Leader)
            {
                Cluster.AnswerNotLeader(call, group.Leader);
                return;
            }

            (ResponseOutcome outcome, byte[] result) = call.Kind == RequestKind.Command ? group.Apply(call) : group.Answer(call);
            call.Answer(new ClientResponse
            {
                RequestId = call.Id,
                Outcome = outcome,
                Result = result,
                Level = call.Kind == RequestKind.Command ? ConsistencyLevel.StrongWrite : call.Level,
            });
        }
    }

    private bool Handle(FakeCall call)
    {
        if (!Intercept(call))
        {
            Serve(call);
        }

        return true;
    }

    private void ServeConfig(FakeCall call)
    {
        if (call.Kind == RequestKind.Command || call.Level == ConsistencyLevel.StrongRead)
        {
            if (!IsControlled || call.Node != Cluster.Nodes[0])
            {
                Cluster.AnswerNotLeader(call, IsControlled ? Cluster.Nodes[0] : null);
                return;
            }
        }

        Assert.True(ConfigCodec.TryRead(call.Payload, out ConfigQuery? query, out string? refusal), refusal);
        AskSpace ask = Assert.IsType<AskSpace>(query);
        _questions.Add(ask);
        ShardMap map = call.Level == ConsistencyLevel.FollowerRead ? FollowersMap ?? Map : Map;
        var settings = new SpaceSettings { Name = Name, Specification = "kv", Sharding = _kind };
        SpaceAnswer answer = ask.Name != Name
            ? new SpaceAnswer(null, null)
            : new SpaceAnswer(
                new SpaceSummary(Space, settings with { InitialShards = _kind == ShardingKind.Hash ? 1 : 3, InitialSplits = _kind == ShardingKind.Hash ? [] : [SpaceKey.OfText("h"), SpaceKey.OfText("p")] }, SpaceStage.Serving, map.Version, map.Shards.Length),
                ask.Known == map.Version ? null : map);
        call.Answer(new ClientResponse { RequestId = call.Id, Result = ConfigCodec.Encode(answer), Level = call.Level });
    }

    private bool TellStatus(FakeCall call)
    {
        ImmutableArray<GroupStatus> groups;
        lock (_gate)
        {
            groups = [.. _groups.Values.Select(group => StatusOf(group.Id, group.Leader)), StatusOf(ConfigGroup, IsControlled ? Cluster.Nodes[0] : null)];
        }

        var status = new NodeStatus(call.Node.Id, call.Node.ClusterId, new(1), "fake", [.. groups.Where(group => group.Group == call.Group)])
        {
            ConfigGroup = ConfigGroup,
            Nodes = [.. Cluster.Nodes.Select(node => new ClusterNodeStatus(node.Id, node.Id.ToString(), node.Address.ToString()))],
        };
        var output = new ArrayBufferWriter<byte>();
        status.WriteTo(output);
        call.Succeed(output.WrittenSpan);
        return true;
    }

    private GroupStatus StatusOf(GroupId group, FakeNode? leader) => new(
        group, new GroupIncarnation(1), "kv", ConfigEpoch.Founding, Cluster.Epoch, new ReplicaId(leader?.Id.Value ?? 0), leader?.Id ?? default,
        leader?.Address.ToString() ?? string.Empty, []);
}

/// <summary>A handoff that has begun; each further stage is one call.</summary>
internal sealed class FakeHandoff(FakeSpace space, ShardMap next, FakeGroup taker, FakeParcel parcel, KeyRange owned)
{
    public ShardMap Next { get; } = next;

    /// <summary>The taker owns the keys; the map does not say so yet.</summary>
    public FakeHandoff Carry()
    {
        space.Locked(() => taker.TakeIn(parcel, owned));
        return this;
    }

    public FakeHandoff Publish()
    {
        space.Locked(() => space.Publish(Next));
        return this;
    }
}
