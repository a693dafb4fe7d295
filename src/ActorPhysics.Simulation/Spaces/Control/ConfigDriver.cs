using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Placement;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.Processes;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.Workloads;
using ActorPhysics.Simulation.World;

namespace ActorPhysics.Simulation.Spaces.Control;

/// <summary>The shipped config group runs the space; an operator asks it for changes at the planned moments.</summary>
internal sealed class ConfigDriver : ISpaceDriver
{
    private const PlacementReason Reason = PlacementReason.ReplicaBalance;
    private readonly SpaceRun _run;
    private readonly ControlPlan _plan;
    private readonly ConfigBook _book;
    private readonly SpaceOperator _operator;
    private readonly SeededRandom _random;
    private bool _rests;

    public ConfigDriver(SpaceRun run, ControlPlan plan, SeededRandom random)
    {
        (_run, _plan, _random) = (run, plan, random);
        _book = new ConfigBook(run.Find(SpaceRun.ConfigGroup)!);
        _operator = new SpaceOperator(run, _book, random.Fork());
    }

    public ConfigState State => _book.State;

    public bool IsIdle => _operator.IsIdle && Unfinished() is null;

    public ShardMap? Map => State.Spaces.GetValueOrDefault(_run.SpaceSettings.Name)?.Map;

    public IEnumerable<KeyValuePair<string, int>> Counts => _book.Ends.Append(KeyValuePair.Create("Granted", _operator.Granted));

    public int HandoffsDone => _book.Ends.GetValueOrDefault("Split") + _book.Ends.GetValueOrDefault("Merge");

    public int ReplicasMoved => _book.Ends.GetValueOrDefault(nameof(ReplaceReplica));

    public string Describe() => Unfinished() ?? $"the operator asks for {_operator.Current}";

    public void PlanAll()
    {
        if (!_plan.IsOfPolicy)
        {
            _run.Events.Plan(default(WorldTime) + TimeSpan.FromMilliseconds(200), CreateSpace);
        }

        foreach (ControlChange change in _plan.Changes)
        {
            _run.Events.Plan(default(WorldTime) + change.At, () =>
            {
                if (!_rests && CommandFor(change) is { } command)
                {
                    _operator.Ask(command);
                }
            });
        }
    }

    public void Rest()
    {
        _rests = true;
        _operator.Rest();
        Refill();
    }

    public void OnReply(ulong attempt, int node, ClientReply reply) => _operator.OnReply(attempt, node, reply);

    public bool IsLiving(GroupId group) => group == SpaceRun.ConfigGroup || State.Groups.ContainsKey(group);

    public void Watch() => _book.CatchUp();

    /// <summary>What the operator was told is what was decided.</summary>
    public void Judge() => _operator.Judge();

    /// <summary>The operator insists on its space, which takes nodes that have reported.</summary>
    private void CreateSpace()
    {
        if (Map is null)
        {
            if (_operator.IsIdle)
            {
                _operator.Ask(new CreateSpace(_run.SpaceSettings));
            }

            _run.After(TimeSpan.FromMilliseconds(300), CreateSpace);
        }
    }

    /// <summary>Where too few nodes are left, nothing can be founded, or repaired: the operator sees that in the end.</summary>
    private void Refill()
    {
        bool areFew = State.Nodes.Values.Count(node => !node.Draining) < _run.SpaceSettings.Replicas;
        if (areFew && State.Nodes.Values.FirstOrDefault(node => node.Draining) is { } drained)
        {
            _operator.Ask(new DrainNode(drained.Node, Drain: false));
        }

        _run.After(TimeSpan.FromSeconds(1), Refill);
    }

    private ConfigCommand? CommandFor(ControlChange change)
    {
        var node = new NodeId((ulong)(change.Draw % _run.Plan.Nodes) + 1);
        if (change.Wish is ControlWish.Drain or ControlWish.Refill)
        {
            return new DrainNode(node, change.Wish == ControlWish.Drain);
        }

        if (change.Wish is ControlWish.CreateOther or ControlWish.DeleteOther)
        {
            return change.Wish == ControlWish.CreateOther ? new CreateSpace(_run.OtherSpace) : new DeleteSpace(_run.OtherSpace.Name);
        }

        if (change.Wish == ControlWish.Cancel)
        {
            // Perhaps of one that is over, or is not begun yet.
            return new CancelHandoff(State.LastHandoff);
        }

        if (Map is not { } map)
        {
            return null;
        }

        Shard shard = map.Shards[change.Draw % map.Shards.Length];
        string space = _run.SpaceSettings.Name;
        return change.Wish switch
        {
            ControlWish.Split => new SplitShard(space, shard.Id, map.Kind == ShardingKind.Hash && _random.OneIn(2) ? null : PointWithin(shard.Range, map.Kind)),
            ControlWish.Merge => new MergeShards(space, shard.Id),
            _ => MoveOf(change, shard.Group, node) is { } move ? new BeginMove(move, ByOperator: true) : null,
        };
    }

    private PlacementMove? MoveOf(ControlChange change, GroupId group, NodeId to)
    {
        if (!State.Groups.TryGetValue(group, out GroupRecord? record))
        {
            return null;
        }

        ImmutableArray<Member> members = record.Configuration.Members;
        NodeId from = members[_random.Below(members.Length)].Node;
        return change.Wish switch
        {
            ControlWish.Grow => members.Length < 4 ? new AddReplica(group, to, MemberRole.Voter, Reason) : null,
            ControlWish.Shrink => members.Length > 3 ? new RemoveReplica(group, from, Reason) : null,
            ControlWish.Transfer => new TransferLeader(group, from, members[_random.Below(members.Length)].Node, Reason),
            _ => new ReplaceReplica(group, from, to, Reason),
        };
    }

    private KeyPoint PointWithin(KeyRange range, ShardingKind kind)
    {
        KeyPoint[] points = [.. KeyValueWorkload.Sharded.Keys.Select(key => KeyPoint.Of(kind, SpaceKey.OfText(key))).Where(point => range.Contains(point))];
        return points.Length == 0 ? KeyPoint.Of(kind, SpaceKey.OfText("k5")) : points[_random.Below(points.Length)];
    }

    /// <summary>What is still to be done of what was decided, for people; null when there is nothing.</summary>
    private string? Unfinished()
    {
        ConfigState state = State;
        return !state.Spaces.TryGetValue(_run.SpaceSettings.Name, out SpaceRecord? space) || space.Stage != SpaceStage.Serving ? $"the space is {space?.Stage.ToString() ?? "missing"}"
            : state.Spaces.Values.FirstOrDefault(other => other.Stage != SpaceStage.Serving) is { } other ? $"'{other.Description.Name}' is {other.Stage}"
            : state.Handoffs.Values.FirstOrDefault() is { } handoff ? $"{handoff.Id} from {handoff.Giver} to {handoff.Taker} is {handoff.Stage}"
            : state.InMotion.Count > 0 ? string.Join(", ", state.InMotion.Select(group => $"{group} {state.Groups[group].Stage} {state.Groups[group].Move}"))
            : state.Nodes.Count < _run.Plan.Nodes ? $"only {state.Nodes.Count} nodes are registered"
            : state.Nodes.Values.FirstOrDefault(node => node.AbsentSince is not null) is { } absent ? $"{absent.Node} is taken for absent"
            : Undrained(state) is { } drain ? drain
            : Leftover() is { } leftover ? $"{leftover.Subject.Id} of {leftover.Group.Founding.Group}, which is over, lives on {leftover.Node.Node}"
            : null;
    }

    /// <summary>A node that is to be emptied and holds something although there are others that could.</summary>
    private string? Undrained(ConfigState state)
    {
        int takers = state.Nodes.Values.Count(node => node.TakesReplicas);
        if (!_plan.Policy.Plans || takers < _run.SpaceSettings.Replicas)
        {
            return null;
        }

        foreach (GroupRecord group in state.Groups.Values)
        {
            if (group.Configuration.Members.FirstOrDefault(member => state.Nodes[member.Node].Draining) is { Node.Value: > 0 } member)
            {
                return $"{member.Node} is drained and holds {member.Replica} of {group.Group}";
            }
        }

        return null;
    }

    private SimulatedReplica? Leftover() => _run.Nodes.SelectMany(node => node.Replicas)
        .FirstOrDefault(replica => replica.Actor is { Role: not LineRole.Retired } && !IsLiving(replica.Group.Founding.Group));
}
