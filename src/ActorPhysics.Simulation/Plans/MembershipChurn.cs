using ActorPhysics.Protocol.Line;
using ActorPhysics.Simulation.Randomness;

namespace ActorPhysics.Simulation.Plans;

/// <summary>
/// Gives a share of the seeds spare nodes and an operator who changes the group's members all the time, together with everything else that goes
/// wrong. It draws from a generator of its own, so the other seeds are what they were.
/// </summary>
internal sealed class MembershipChurn
{
    private const ulong Purpose = 4;
    private const int Share = 3;
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(5);
    private readonly SeededRandom _random;
    private readonly LineOptions _options;
    private readonly int _nodes;
    private readonly List<Fault> _faults;

    // What the operator wants at this point of the plan; one bit for each node.
    private int _voters;
    private int _learners;

    private MembershipChurn(SeededRandom random, GroupShape group, LineOptions options, IEnumerable<Fault> faults)
    {
        _random = random;
        _options = options;
        _nodes = group.AllNodes;
        _faults = [.. faults];
        int voters = group.Nodes - group.Learners;
        _voters = (1 << voters) - 1;
        _learners = ((1 << group.Nodes) - 1) & ~_voters;
    }

    /// <summary>The plan, or a livelier one.</summary>
    public static SimulationPlan MayAdd(SimulationPlan plan)
    {
        SeededRandom random = SeededRandom.For(plan.Seed, Purpose);
        return plan.Group.CrashStop || !random.OneIn(Share) ? plan : Add(plan, random);
    }

    private static SimulationPlan Add(SimulationPlan plan, SeededRandom random)
    {
        // From a group that was founded with joint quorums no change leads.
        QuorumShape quorums = plan.Group.Quorums == QuorumShape.Joint ? QuorumShape.Majority : plan.Group.Quorums;
        GroupShape group = plan.Group with { Quorums = quorums, Spares = (plan.Group.Nodes < 3 ? 2 : 1) + random.Below(3) };
        IEnumerable<Fault> faults = random.OneIn(5) ? [] : FaultMix.Draw(random, group, plan.Options, plan.FaultPhase);
        var churn = new MembershipChurn(random, group, plan.Options, faults);
        churn.Draw(plan.FaultPhase);
        return plan with
        {
            Group = group,
            Clocks = plan.Clocks.AddRange(Swarm.DrawClocks(random, group.Spares, plan.Options.ClockDrift)),
            Faults = [.. churn._faults.OrderBy(fault => fault.At)],
            LivenessLimit = plan.LivenessLimit + (plan.Options.ElectionTimeoutMaximum * 20),
        };
    }

    private void Draw(TimeSpan phase)
    {
        TimeSpan mean = _random.Between(TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(4));
        for (TimeSpan at = _random.Exponential(mean); at < phase; at += _random.Exponential(mean) + TimeSpan.FromMilliseconds(1))
        {
            (int voters, int learners) = (_voters, _learners);
            Change(at);
            if (_random.OneIn(4))
            {
                // Two operators who do not know of each other.
                (_voters, _learners) = (voters, learners);
                Change(at + _random.Exponential(AtOnce));
            }

            DrawTrouble(at + _random.Exponential(_options.HeartbeatInterval));
        }
    }

    private void Change(TimeSpan at)
    {
        Mutate();
        int witnesses = _random.OneIn(8) && Count(_voters) > 2 ? Any(_voters) : 0;
        _faults.Add(new ChangeMembers(
            at, _voters & ~witnesses, _random.Exponential(_options.ElectionTimeoutMaximum * 4), _learners, witnesses,
            Outdated: _random.OneIn(12), SameNames: _random.OneIn(6)));
    }

    /// <summary>What matters is often what becomes of a change whose leader is lost in the middle.</summary>
    private void DrawTrouble(TimeSpan at)
    {
        TimeSpan election = _options.ElectionTimeoutMaximum;
        switch (_random.Below(6))
        {
            case 0:
                _faults.Add(new Crash(at, Fault.Leader, _random.Exponential(election)));
                break;
            case 1:
                _faults.Add(new Partition(at, 0, (1 << _nodes) - 1, BothWays: !_random.OneIn(4), _random.Exponential(election * 2), Noticed: _random.OneIn(2)));
                break;
            case 2:
                int side = 1 + _random.Below((1 << _nodes) - 1);
                _faults.Add(new Partition(at, side, ((1 << _nodes) - 1) & ~side, BothWays: true, _random.Exponential(election * 3)));
                break;
            default:
                break;
        }
    }

    private void Mutate()
    {
        int others = ((1 << _nodes) - 1) & ~(_voters | _learners);
        switch (_random.Below(9))
        {
            case 0 or 1 or 2:
                Replace(1);
                break;
            case 3:
                Replace(2);
                break;
            case 4:
                _voters |= Any(others);
                break;
            case 5:
                Remove();
                break;
            case 6:
                // Everybody else, as far as there are others.
                _voters = others != 0 ? others : _voters;
                _learners = 0;
                break;
            case 7:
                ChangeRole(others);
                break;
            default:
                _voters = 1 + _random.Below((1 << _nodes) - 1);
                _learners &= ~_voters;
                break;
        }
    }

    private void Replace(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _voters |= Any(((1 << _nodes) - 1) & ~(_voters | _learners));
            Remove();
        }
    }

    private void Remove() => _voters = Count(_voters) > 1 ? _voters & ~Any(_voters) : _voters;

    private void ChangeRole(int others)
    {
        if (_learners != 0)
        {
            int promoted = Any(_learners);
            _learners &= ~promoted;
            _voters |= promoted;
        }
        else if (Count(_voters) > 1 && _random.OneIn(2))
        {
            int demoted = Any(_voters);
            _voters &= ~demoted;
            _learners |= demoted;
        }
        else
        {
            _learners |= Any(others);
        }
    }

    private int Any(int set)
    {
        if (set == 0)
        {
            return 0;
        }

        int skipped = _random.Below(Count(set));
        int rest = set;
        for (int i = 0; i < skipped; i++)
        {
            rest &= rest - 1;
        }

        return rest & -rest;
    }

    private static int Count(int set) => System.Numerics.BitOperations.PopCount((uint)set);
}
