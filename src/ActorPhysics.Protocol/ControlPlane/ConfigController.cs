using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Ownership;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>
/// Sees to it that what the config group decided is carried out (docs/design/space-runtime.md). It acts while its replica leads the config group, and on applied
/// state alone: whatever it orders was decided for good, or is refused by whoever has moved on. It remembers nothing that its successor could miss.
/// </summary>
public sealed class ConfigController
{
    private readonly ControlDesk _desk;
    private readonly GroupPursuit _groups;
    private readonly MovePursuit _moves;
    private readonly HandoffPursuit _handoffs;
    private readonly PlacementPursuit _placement;
    private MonotonicTime _nextPlan;
    private bool _inOffice;

    public ConfigController(ConfigPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        _desk = new ControlDesk(policy);
        _groups = new GroupPursuit(_desk);
        _moves = new MovePursuit(_desk);
        _handoffs = new HandoffPursuit(_desk);
        _placement = new PlacementPursuit(_desk);
    }

    public bool IsInOffice => _inOffice;

    /// <summary>Handles one input; what it asks of the world is appended to <paramref name="effects"/>, in order.</summary>
    public void Step(ConfigInput input, List<ConfigEffect> effects)
    {
        ArgumentNullException.ThrowIfNull(input);
        _desk.Effects = effects;
        _desk.Now = MonotonicTime.Max(_desk.Now, input.Now);
        switch (input)
        {
            case OfficeTaken taken:
                TakeOffice(taken.State);
                break;
            case OfficeLost:
                _inOffice = false;
                break;
            case StateDecided decided when _inOffice:
                OnDecided(decided.State);
                break;
            case ReportArrived arrived when _inOffice:
                OnReport(arrived.Report);
                break;
            case OrderEnded ended when _inOffice:
                OnOrderEnded(ended);
                break;
            case TimeCame time when _inOffice:
                OnTime(time.WallTime);
                break;
            case StateDecided or ReportArrived or OrderEnded or TimeCame:
                // It does not lead: whoever does hears of it too.
                break;
            default:
                throw new InvariantViolationException("ClosedInputs", $"no handler for {input.GetType().Name}");
        }
    }

    private void TakeOffice(ConfigState state)
    {
        _inOffice = true;
        _desk.Clear();
        _groups.Clear();
        _moves.Clear();
        _handoffs.Clear();
        _placement.TakeOffice();
        _desk.State = state;
        _nextPlan = _desk.Now + _desk.Policy.PlanEvery;
        PursueAll();
        Wake();
    }

    private void OnDecided(ConfigState state)
    {
        ConfigState before = _desk.State;
        _desk.State = state;
        foreach (GroupId group in before.InMotion)
        {
            GroupRecord then = before.Groups[group];
            GroupRecord? now = state.Groups.GetValueOrDefault(group);
            if (then.Move is { } move && now?.Move?.Id != move.Id)
            {
                // Its orders are over; the next move may need the very same ones.
                _moves.Forget(move.Id);
                _desk.Orders.Forget(group);
                if (now is not null && ReferenceEquals(now.Configuration, then.Configuration) && move.Move is not Placement.TransferLeader)
                {
                    // It was given up: the planner would ask for the same at once.
                    _placement.Rest(group);
                }
            }

            if (now is not null && now.Configuration.Incarnation != then.Configuration.Incarnation)
            {
                // What was done in the former incarnation is undone: its replicas retire wherever they are.
                _desk.Orders.Forget(group);
                if (now.Move is { } open)
                {
                    _moves.Forget(open.Id);
                }
            }

            if (then.Stage == GroupStage.Founding && now is { Stage: GroupStage.Serving })
            {
                _groups.GoOnFounding(now);
            }

            if (now is null)
            {
                _groups.GoOnRetiring(then);
                _desk.Orders.Forget(group);
                _desk.Sight.Forget(group);
            }
        }

        foreach (HandoffId handoff in before.Handoffs.Keys)
        {
            if (!state.Handoffs.ContainsKey(handoff))
            {
                _handoffs.Forget(handoff);
            }
        }

        PursueChanged(before);
    }

    private void OnReport(NodeReport report)
    {
        _desk.Sight.Learn(_desk.Now, report);
        _placement.Welcome(report);
        if (report.IsWhole)
        {
            _groups.Compare(report.Node, _desk.Sight.Nodes[report.Node]);
        }

        foreach (GroupReport group in report.Led)
        {
            if (_desk.State.Groups.TryGetValue(group.Group, out GroupRecord? record))
            {
                Note(record, group);
                Pursue(record);
            }
        }
    }

    /// <summary>
    /// Somebody may have changed members without the config group, or begun the group anew after it lost its quorum; what is settled in the group's log is the
    /// truth. A move that is under way ends with its members, unless the group began anew: then it has to be judged by the new ones.
    /// </summary>
    private void Note(GroupRecord record, GroupReport report)
    {
        GroupConfiguration seen = report.Configuration;
        bool isNews = record.Stage == GroupStage.Serving && report.IsCommitted
            && (record.Move is null || seen.Incarnation != record.Configuration.Incarnation) && record.IsSucceededBy(seen);
        if (isNews)
        {
            _desk.Propose(new NoteConfiguration(seen), seen.Group.Value, seen.Epoch.Value);
        }
    }

    private void OnOrderEnded(OrderEnded ended)
    {
        if (_desk.Orders.End(_desk.Now, ended.Order, ended.Outcome) is { } order && _desk.State.Groups.TryGetValue(order.Group, out GroupRecord? record))
        {
            Pursue(record);
        }
    }

    private void OnTime(LogTime wallTime)
    {
        _desk.WallTime = wallTime;
        PursueAll();
        if (_desk.Now >= _nextPlan)
        {
            _nextPlan = _desk.Now + _desk.Policy.PlanEvery;
            _desk.Tidy();
            _placement.MissTheSilent();
            CompareNodes();
            _placement.CreateSpaces();
            _placement.Plan();
        }

        Wake();
    }

    private void CompareNodes()
    {
        foreach ((NodeId node, NodeSight sight) in _desk.Sight.Nodes)
        {
            if (sight is { IsWhole: true, WasCompared: false })
            {
                sight.WasCompared = true;
                foreach (GroupRecord group in _desk.State.Groups.Values)
                {
                    _groups.CompleteOn(node, sight, group);
                }
            }
        }
    }

    private void PursueAll()
    {
        _groups.Complete();
        int foundings = 0;
        foreach (GroupId id in _desk.State.InMotion)
        {
            GroupRecord group = _desk.State.Groups[id];
            bool counts = group.Stage != GroupStage.Serving;
            foundings += counts ? 1 : 0;
            if (!counts || foundings <= _desk.Policy.MostFoundings)
            {
                PursueGroup(group);
            }
        }

        foreach (Handoff handoff in _desk.State.Handoffs.Values)
        {
            _handoffs.Pursue(handoff);
        }
    }

    /// <summary>What a decision touched is gone on with at once; the rest waits for its turn.</summary>
    private void PursueChanged(ConfigState before)
    {
        int foundings = 0;
        foreach (GroupId id in _desk.State.InMotion)
        {
            GroupRecord group = _desk.State.Groups[id];
            foundings += group.Stage != GroupStage.Serving ? 1 : 0;
            if (foundings <= _desk.Policy.MostFoundings && !ReferenceEquals(group, before.Groups.GetValueOrDefault(id)))
            {
                PursueGroup(group);
            }
        }

        foreach (Handoff handoff in _desk.State.Handoffs.Values)
        {
            _handoffs.Pursue(handoff);
        }
    }

    private void Pursue(GroupRecord group)
    {
        if (group.Stage != GroupStage.Serving || group.Move is not null)
        {
            PursueGroup(group);
        }

        if (_desk.State.HandoffOf(group.Group) is { } handoff)
        {
            _handoffs.Pursue(handoff);
        }
    }

    private void PursueGroup(GroupRecord group)
    {
        switch (group.Stage)
        {
            case GroupStage.Founding:
                _groups.Found(group);
                break;
            case GroupStage.Retiring:
                _groups.Retire(group);
                break;
            default:
                _moves.Pursue(group);
                break;
        }
    }

    private void Wake() => _desk.Effects.Add(new WakeAt(_desk.Now + TimeSpan.FromMilliseconds(_desk.State.InMotion.IsEmpty && _desk.State.Handoffs.IsEmpty ? 200 : 20)));
}
