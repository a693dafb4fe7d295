using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Space;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Placement;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Protocol.Tests.Harness;

namespace ActorPhysics.Protocol.Tests.ControlPlane;

/// <summary>
/// The config controller against a world of nodes and groups that is as simple as its rules allow: a group is its configuration and its keys, an order is
/// executed in one step or lost on the way, before or after it took effect, and reports come late. The config actor may lose its office at any moment.
/// </summary>
internal sealed class AbstractCluster
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);

    private readonly TestRandom _random;
    private readonly SortedDictionary<NodeId, AbstractNode> _nodes = [];
    private readonly SortedDictionary<GroupId, AbstractGroup> _groups = [];
    private readonly List<(MonotonicTime Due, Action Happen)> _pending = [];
    private readonly List<ConfigEffect> _effects = [];
    private readonly ConfigPolicy _policy;
    private ConfigController _controller;
    private MonotonicTime _now = MonotonicTime.FromMilliseconds(1_000);
    private MonotonicTime _wake = MonotonicTime.Never;
    private ulong _index;
    private int _office;

    private sealed class AbstractNode(NodeRecord record)
    {
        public NodeRecord Record { get; } = record;
        public bool IsUp { get; set; } = true;
        public SortedDictionary<GroupId, ReplicaId> Hosted { get; } = [];
        public SortedSet<GroupId> Over { get; } = [];
        public SortedDictionary<GroupId, ReplicaId> Highest { get; } = [];
        public bool TellsEverything { get; set; }
    }

    private sealed class AbstractGroup(GroupCharter charter)
    {
        public GroupCharter Charter { get; } = charter;
        public GroupConfiguration Configuration { get; set; } = charter.Founding;
        public NodeId Leader { get; set; }
        public LeaderEpoch Epoch { get; set; }
        public KeyRange? Owned { get; set; } = charter.Keys!.Range;
        public ShardMapVersion Version { get; set; } = charter.Keys!.Version;
        public HandoffId Outgoing { get; set; }
        public HandoffId Released { get; set; }
    }

    public AbstractCluster(ulong seed, int nodes, ConfigPolicy? policy = null)
    {
        _random = new TestRandom(seed);
        _policy = policy ?? new ConfigPolicy { GiveUpAfter = TimeSpan.FromSeconds(20) };
        _controller = new ConfigController(_policy);
        for (ulong id = 1; id <= (ulong)nodes; id++)
        {
            var record = new NodeRecord(new NodeId(id), $"n{id}", $"127.0.0.1:{7100 + id}", new ZoneName($"z{id % 3}"), 1, Draining: false, AbsentSince: null);
            _nodes.Add(record.Node, new AbstractNode(record));
        }

        TakeOffice();
    }

    /// <summary>One message in so many is lost; 0: none.</summary>
    public int LossOneIn { get; set; }

    /// <summary>Whether the groups' machines can divide their states.</summary>
    public bool MachinesDivide { get; set; } = true;

    public ConfigState State { get; private set; } = ConfigState.Empty;

    public List<PlacementMove> Begun { get; } = [];

    public TestRandom Random => _random;

    /// <summary>A person's command, decided at once.</summary>
    public ConfigResult Ask(ConfigCommand command) => Decide(command);

    public void TakeOffice()
    {
        _office++;
        _controller = new ConfigController(_policy);
        foreach (AbstractNode node in _nodes.Values)
        {
            // Its shell asks for everything when it takes office.
            node.TellsEverything = false;
        }

        Step(new OfficeTaken(_now, State));
    }

    public void Crash(NodeId node)
    {
        _nodes[node].IsUp = false;
        foreach (AbstractGroup group in _groups.Values.Where(group => group.Leader == node))
        {
            group.Leader = default;
        }
    }

    public void Revive(NodeId node)
    {
        _nodes[node].IsUp = true;
        _nodes[node].TellsEverything = false;
    }

    public bool IsUp(NodeId node) => _nodes[node].IsUp;

    /// <summary>Lets time pass.</summary>
    public void Run(TimeSpan duration)
    {
        MonotonicTime end = _now + duration;
        while (_now < end)
        {
            _now += Pace;
            Elect();
            foreach ((MonotonicTime Due, Action Happen) due in _pending.FindAll(pending => pending.Due <= _now))
            {
                _pending.Remove(due);
                due.Happen();
            }

            if (_wake <= _now)
            {
                _wake = MonotonicTime.Never;
                Step(new TimeCame(_now, new LogTime((ulong)(_now.Microseconds / 1000))));
            }

            if (_random.OneIn(5))
            {
                Report(_random.Pick(_nodes.Values.ToList()));
            }

            CheckKeys();
        }
    }

    /// <summary>Whether nothing is left to be done.</summary>
    public bool IsSettled => State.InMotion.IsEmpty && State.Handoffs.IsEmpty;

    public bool RunUntilSettled(TimeSpan limit)
    {
        MonotonicTime end = _now + limit;
        while (!IsSettled && _now < end)
        {
            Run(TimeSpan.FromMilliseconds(100));
        }

        return IsSettled;
    }

    /// <summary>Every key of a serving space belongs to exactly the group that the map names, and that group says so too.</summary>
    public void CheckMaps()
    {
        foreach (SpaceRecord space in State.Spaces.Values)
        {
            foreach (Shard shard in space.Map.Shards)
            {
                Assert.Equal(shard.Range, _groups[shard.Group].Owned);
            }
        }

        foreach (GroupRecord record in State.Groups.Values)
        {
            AbstractGroup group = _groups[record.Group];
            Assert.Equal(group.Configuration.Members.AsEnumerable(), record.Configuration.Members.AsEnumerable());
            Assert.All(group.Configuration.Members, member => Assert.Equal(member.Replica, _nodes[member.Node].Hosted.GetValueOrDefault(record.Group)));
        }
    }

    public int HostedOn(NodeId node) => _nodes[node].Hosted.Count;

    /// <summary>Whether a node holds a replica of a group that is none of the state's any more.</summary>
    public bool HasOrphans => _nodes.Values.Any(node => node.Hosted.Keys.Any(group => !State.Groups.ContainsKey(group)));

    // No key is ever owned by two groups of a space at once: the one rule that all stages exist for.
    private void CheckKeys()
    {
        AbstractGroup[] owners = [.. _groups.Values.Where(group => group.Owned is not null)];
        for (int i = 0; i < owners.Length; i++)
        {
            for (int j = i + 1; j < owners.Length; j++)
            {
                bool sameSpace = owners[i].Charter.Keys!.Space == owners[j].Charter.Keys!.Space;
                Assert.False(
                    sameSpace && owners[i].Owned!.Value.Intersect(owners[j].Owned!.Value) is not null,
                    $"{owners[i].Charter} and {owners[j].Charter} both own a key: {owners[i].Owned}, {owners[j].Owned}");
            }
        }
    }

    private ConfigResult Decide(ConfigCommand command)
    {
        var place = new CommandPlace(new Coordinate(new GroupId(1), new ConfigEpoch(1), new LeaderEpoch(1), new LogIndex(++_index)), EntryOrdinal.First);
        (ConfigState next, ConfigResult result) = State.Apply(command, place);
        if (command is BeginMove { ByOperator: false } begin && result.Outcome == ConfigOutcome.Done)
        {
            Begun.Add(begin.Move);
        }

        Assert.True(result.Outcome == ConfigOutcome.Done || ReferenceEquals(next, State), "a refusal changes nothing");
        Assert.NotNull(ConfigState.TryRestore(next.Parts, out string? complaint));
        Assert.Null(complaint);
        State = next;
        Step(new StateDecided(_now, State));
        return result;
    }

    private void Step(ConfigInput input)
    {
        int office = _office;
        _controller.Step(input, _effects);
        ConfigEffect[] effects = [.. _effects];
        _effects.Clear();
        foreach (ConfigEffect effect in effects)
        {
            switch (effect)
            {
                case ProposeCommand propose:
                    // A proposal of a former office may still be decided: it is in the log of the config group, or on its way there.
                    Later(Lost ? null : () => Decide(propose.Command));
                    break;
                case SendOrder send:
                    Deliver(send, office);
                    break;
                case WakeAt wake:
                    _wake = wake.Due;
                    break;
                default:
                    Assert.Fail($"unknown effect {effect}");
                    break;
            }
        }
    }

    private bool Lost => LossOneIn > 0 && _random.OneIn(LossOneIn);

    private void Later(Action? happen)
    {
        if (happen is not null)
        {
            _pending.Add((_now + TimeSpan.FromMilliseconds(1 + _random.Below(40)), happen));
        }
    }

    private void Deliver(SendOrder send, int office)
    {
        bool lost = Lost;
        bool answerLost = Lost;
        Later(() =>
        {
            OrderOutcome outcome = lost || !_nodes[send.To].IsUp ? new OrderOutcome(OrderEnd.Unknown, "no answer") : Execute(send.To, send.Order);
            Later(() =>
            {
                if (office == _office)
                {
                    Step(new OrderEnded(_now, send.Number, answerLost ? new OrderOutcome(OrderEnd.Unknown, "no answer") : outcome));
                }
            });
        });
    }

    private OrderOutcome Execute(NodeId at, NodeOrder order) => order switch
    {
        HostOrder host => Host(_nodes[at], host),
        RetireOrder retire => Retire(_nodes[at], retire),
        _ when _groups.GetValueOrDefault(order.Group) is not { } group || group.Leader != at => new OrderOutcome(OrderEnd.NotLeader),
        ChangeMembersOrder change => Change(_groups[order.Group], change),
        TransferOrder transfer => Transfer(_groups[order.Group], transfer),
        HandOutOrder handOut => HandOut(_groups[order.Group], handOut),
        FetchOrder fetch => Fetch(_groups[order.Group], fetch),
        ReleaseOrder release => Release(_groups[order.Group], release),
        _ => throw new NotSupportedException(order.ToString()),
    };

    private OrderOutcome Host(AbstractNode node, HostOrder order)
    {
        if (node.Over.Contains(order.Group))
        {
            return new OrderOutcome(OrderEnd.Refused, "the group is over here");
        }

        if (node.Hosted.GetValueOrDefault(order.Group) == order.Replica)
        {
            return new OrderOutcome(OrderEnd.Done);
        }

        if (order.Replica.CompareTo(node.Highest.GetValueOrDefault(order.Group)) <= 0)
        {
            return new OrderOutcome(OrderEnd.Refused, "a higher one was here");
        }

        if (node.Hosted.TryGetValue(order.Group, out ReplicaId present) && _groups[order.Group].Configuration.Find(present) is not null)
        {
            return new OrderOutcome(OrderEnd.Conflict, "another one lives here");
        }

        node.Hosted[order.Group] = node.Highest[order.Group] = order.Replica;
        _groups.TryAdd(order.Group, new AbstractGroup(order.Charter));
        return new OrderOutcome(OrderEnd.Done);
    }

    private OrderOutcome Retire(AbstractNode node, RetireOrder order)
    {
        Assert.False(
            State.Groups.TryGetValue(order.Group, out GroupRecord? record) && record.Stage != GroupStage.Retiring, $"{order.Group} serves and was ordered away");
        node.Hosted.Remove(order.Group);
        node.Over.Add(order.Group);
        if (_groups.TryGetValue(order.Group, out AbstractGroup? group) && group.Leader == node.Record.Node)
        {
            group.Leader = default;
        }

        return new OrderOutcome(OrderEnd.Done);
    }

    private OrderOutcome Change(AbstractGroup group, ChangeMembersOrder order)
    {
        if (order.Expected != group.Configuration.Epoch)
        {
            return new OrderOutcome(OrderEnd.Conflict, $"it is {group.Configuration.Epoch}");
        }

        if (Reconfiguration.TryBegin(group.Configuration, order.Target, out string? refusal) is not { } next)
        {
            return new OrderOutcome(OrderEnd.Refused, refusal!);
        }

        group.Configuration = next;
        return new OrderOutcome(OrderEnd.Done);
    }

    private OrderOutcome Transfer(AbstractGroup group, TransferOrder order)
    {
        if (!_nodes[order.Target].IsUp)
        {
            return new OrderOutcome(OrderEnd.Conflict, "it did not take over");
        }

        group.Leader = order.Target;
        group.Epoch = group.Epoch.Next;
        return new OrderOutcome(OrderEnd.Done);
    }

    private static OrderOutcome HandOut(AbstractGroup group, HandOutOrder order)
    {
        Handoff handoff = order.Handoff;
        var freeze = new HandoffFreeze(new Coordinate(handoff.Giver, order.Expected, group.Epoch, new LogIndex(handoff.Id.Value)), new byte[] { 1 }, 1, 1);
        if (group.Outgoing == handoff.Id || group.Released.CompareTo(handoff.Id) >= 0)
        {
            return new OrderOutcome(OrderEnd.Done, Freeze: freeze);
        }

        if (order.Expected != group.Configuration.Epoch || !group.Outgoing.IsNone)
        {
            return new OrderOutcome(OrderEnd.Conflict);
        }

        Assert.Equal(handoff.Range, group.Owned!.Value.Intersect(handoff.Range));
        group.Owned = handoff.IsMerge ? null : KeyRange.TryCreate(group.Owned.Value.From, handoff.Range.From);
        group.Version = handoff.Version;
        group.Outgoing = handoff.Id;
        return new OrderOutcome(OrderEnd.Done, Freeze: freeze);
    }

    private OrderOutcome Fetch(AbstractGroup group, FetchOrder order)
    {
        if (group.Version >= order.Handoff.Version && group.Owned is { } owned && owned.Intersect(order.Handoff.Range) == order.Handoff.Range)
        {
            return new OrderOutcome(OrderEnd.Done);
        }

        if (!order.Sources.Any(source => _nodes[source] is { IsUp: true } node && node.Hosted.ContainsKey(order.Handoff.Giver)))
        {
            return new OrderOutcome(OrderEnd.Conflict, "no source");
        }

        Assert.Equal(order.Handoff.Id, _groups[order.Handoff.Giver].Outgoing);
        group.Owned = group.Owned is { } left ? KeyRange.TryCreate(left.From, order.Handoff.Range.To) : order.Handoff.Range;
        group.Version = order.Handoff.Version;
        return new OrderOutcome(OrderEnd.Done);
    }

    private OrderOutcome Release(AbstractGroup group, ReleaseOrder order)
    {
        Assert.Equal(order.Handoff.Range, _groups[order.Handoff.Taker].Owned!.Value.Intersect(order.Handoff.Range));
        if (group.Outgoing == order.Handoff.Id)
        {
            (group.Outgoing, group.Released) = (default, order.Handoff.Id);
        }

        return new OrderOutcome(OrderEnd.Done);
    }

    private bool Lives(AbstractGroup group, Member member) => _nodes[member.Node] is { IsUp: true } node && node.Hosted.GetValueOrDefault(group.Charter.Group) == member.Replica;

    /// <summary>Groups elect leaders where a quorum lives, and go on with their changes.</summary>
    private void Elect()
    {
        foreach (AbstractGroup group in _groups.Values)
        {
            GroupConfiguration now = group.Configuration;
            bool hasQuorum = now.Quorums.IsElectionQuorum(now.Quorums.SetOf([.. now.Members.Where(member => member.Votes && Lives(group, member)).Select(member => member.Replica)]));
            if (!hasQuorum)
            {
                group.Leader = default;
                continue;
            }

            Member[] able = [.. now.Members.Where(member => member.Role == MemberRole.Voter && Lives(group, member))];
            if (!able.Any(member => member.Node == group.Leader))
            {
                group.Leader = _random.Pick(able).Node;
                group.Epoch = group.Epoch.Next;
            }

            if (now.Stage == MembershipStage.Learning && now.Members.All(member => member.Role != MemberRole.Learner || Lives(group, member)))
            {
                group.Configuration = Reconfiguration.EnterJoint(now);
            }
            else if (now.Stage == MembershipStage.Joint && now.Members.All(member => Lives(group, member) || now.Target!.Find(member.Replica) is null))
            {
                group.Configuration = Reconfiguration.LeaveJoint(now);
                foreach (Member gone in now.Members.Where(member => group.Configuration.Find(member.Replica) is null && Lives(group, member)))
                {
                    _nodes[gone.Node].Hosted.Remove(group.Charter.Group);
                }
            }
        }
    }

    private void Report(AbstractNode node)
    {
        if (!node.IsUp || Lost)
        {
            return;
        }

        bool isWhole = !node.TellsEverything || _random.OneIn(3);
        node.TellsEverything = true;
        ImmutableArray<GroupReport> led =
        [
            .. _groups.Values.Where(group => group.Leader == node.Record.Node).Select(group => new GroupReport(
                group.Epoch, group.Configuration, IsCommitted: true, new KeysReport(group.Version, group.Owned, group.Outgoing, default, MachinesDivide), new ByteSize(1000), 1)),
        ];
        ImmutableArray<HostedReplica> hosted = [.. node.Hosted.Select(pair => new HostedReplica(pair.Key, _groups[pair.Key].Charter.Incarnation, pair.Value))];
        NodeRecord record = node.Record;
        var report = new NodeReport(record.Node, record.Name, record.Address, record.Zone, record.Weight, isWhole, led, isWhole ? hosted : []);
        Later(() => Step(new ReportArrived(_now, report)));
    }
}
