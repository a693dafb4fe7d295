using ActorPhysics.Protocol.Line;
using ActorPhysics.Simulation.Randomness;

namespace ActorPhysics.Simulation.Plans;

/// <summary>
/// Gives a share of the seeds short histories in which the rarest bugs show: a few faults in the order and at the distances that matter, whoever they
/// strike, and mostly nothing else, because whatever else goes wrong keeps a history from taking its course. First a leader of the plot's own choice takes
/// over, so that who is who can be told in advance; often nobody writes meanwhile, for logs must be level where nothing but promises is to keep a second leader
/// away. It draws from a generator of its own, so the other seeds are what they were.
/// </summary>
internal sealed class Plots
{
    private const ulong Purpose = 6;
    private const int Share = 3;
    private const int LeastVoters = 3;
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(1);
    private readonly SeededRandom _random;
    private readonly SimulationPlan _plan;
    private readonly List<Fault> _blows = [];

    // Whether all that the plan has in store happens as well.
    private readonly bool _disturbed;

    private Plots(SeededRandom random, SimulationPlan plan) => (_random, _plan, _disturbed) = (random, plan, random.OneIn(6));

    private LineOptions Options => _plan.Options;
    private TimeSpan Heartbeat => Options.HeartbeatInterval;
    private TimeSpan Election => Options.ElectionTimeoutMaximum;
    private int AllNodes => (1 << _plan.Group.AllNodes) - 1;

    /// <summary>The plan, or a livelier one.</summary>
    public static SimulationPlan MayAdd(SimulationPlan plan)
    {
        SeededRandom random = SeededRandom.For(plan.Seed, Purpose);
        bool small = plan.Group.Nodes - plan.Group.Learners < LeastVoters;
        return small || plan.Group.CrashStop || !random.OneIn(Share) ? plan : new Plots(random, plan).Added();
    }

    private SimulationPlan Added()
    {
        TimeSpan ending = _random.OneIn(3) ? _plan.FaultPhase : DrawEnding(_plan.FaultPhase);
        for (TimeSpan at = Election; at < ending;)
        {
            // What a plot has broken is whole again by the end of it, or the next would not take its course.
            at = Draw(at + _random.Exponential(Heartbeat * 3));
        }

        IEnumerable<Fault> others = _disturbed ? _plan.Faults : [];
        return _plan with { Faults = [.. others.Concat(_blows).OrderBy(fault => fault.At)] };
    }

    /// <returns>When the plot has taken its course.</returns>
    private TimeSpan Draw(TimeSpan at)
    {
        int voters = VotersAt(at);
        int[] cast = Shuffled(voters);
        if (cast.Length < LeastVoters)
        {
            _blows.Add(new ChangeMembers(at, (1 << _plan.Group.Nodes) - 1, Election));
            return at + Election;
        }

        int leader = cast[0];
        int[] others = cast[1..];
        TimeSpan begins = at + (Heartbeat * 4);
        _blows.Add(new Transfer(at, leader));
        return _random.Below(_plan.Group.Spares > 0 ? 13 : 10) switch
        {
            0 or 1 => LateAnswers(begins, leader, others),
            2 or 3 or 4 => ForgottenPromise(begins, leader, others),
            5 => DriftingClocks(begins, leader),
            6 => EarlyRepair(begins, leader, others),
            7 => SlowElection(begins, leader, others),
            8 => UnheardTransfer(begins, leader, others),
            9 => Reseeding(begins, begins + _random.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3)), others[0]),
            _ => LeftOut(begins, leader, others),
        };
    }

    /// <summary>The leader hears its answers late. What it may conclude from them counts from when it asked: by then its voters' promises are half over, and they hear no more of it.</summary>
    private TimeSpan LateAnswers(TimeSpan at, int leader, int[] others)
    {
        TimeSpan late = _random.Between(Heartbeat * 4, Heartbeat * 9);
        TimeSpan cut = at + late + _random.Between(Heartbeat, Heartbeat * 4);
        foreach (int other in others)
        {
            _blows.Add(new SlowLink(at, other, leader, late, 0, cut - at + late));
        }

        _blows.Add(Isolation(cut, leader, bothWays: false, noticed: false));
        return cut + Election;
    }

    /// <summary>
    /// Some lose the leader and one more would elect one of them, but for its promise. It is restarted, and the leader does not reach it any more. Who
    /// notices that the leader is lost stands once its own promise has ended: the restart comes just before.
    /// </summary>
    private TimeSpan ForgottenPromise(TimeSpan at, int leader, int[] others)
    {
        int lost = (others.Length + 1) / 2;
        bool noticed = !_random.OneIn(4);
        TimeSpan restart = at + (noticed ? _random.Between(Options.LeaseDuration - Heartbeat, Options.LeaseDuration) : _random.Between(Heartbeat * 3, Election));
        MayCalm(at - (Heartbeat * 4), restart + (Heartbeat * 6), outOf: 6);
        if (lost > 1)
        {
            _blows.Add(new Partition(at - Heartbeat, 1 << leader, SetOf(others[1..lost]), BothWays: true, restart + Election - at));
        }

        _blows.Add(new Partition(at, 1 << leader, 1 << others[0], BothWays: true, restart + Election - at, noticed));
        _blows.Add(new Crash(restart, others[lost], _random.Exponential(Heartbeat / 8)));
        _blows.Add(Isolation(restart + _random.Exponential(AtOnce), leader, bothWays: true, noticed: _random.OneIn(2)));
        return restart + Election;
    }

    /// <summary>The leader's clock is as slow as may be and all others are as fast, and all of them notice at once that they lost each other.</summary>
    private TimeSpan DriftingClocks(TimeSpan at, int leader)
    {
        int most = (int)Options.ClockDrift.PartsPerMillion;
        for (int node = 0; node < _plan.Group.AllNodes; node++)
        {
            _blows.Add(new Drift(at, node, node == leader ? -most : most));
        }

        TimeSpan cut = at + Options.LeaseDuration + _random.Exponential(Heartbeat);
        MayCalm(at, cut + Election, outOf: 2);
        _blows.Add(Isolation(cut, leader, bothWays: true, noticed: true));
        return cut + Election;
    }

    /// <summary>Those that are left out of the newest entries would decide together with one that loses them.</summary>
    private TimeSpan EarlyRepair(TimeSpan at, int leader, int[] others)
    {
        int behind = others.Length / 2;
        TimeSpan loss = at + _random.Between(Heartbeat, Heartbeat * 5);
        TimeSpan quickly = _random.Exponential(Heartbeat / 3);
        _blows.Add(new Partition(at, 1 << leader, SetOf(others[..behind]), BothWays: true, Heartbeat * 10, Noticed: _random.OneIn(2)));
        _blows.Add(new DamagedJournal(loss, others[behind], _random.OneIn(3), quickly));
        if (_random.OneIn(2))
        {
            _blows.Add(Isolation(loss + quickly + _random.Exponential(Heartbeat), leader, bothWays: true, noticed: _random.OneIn(2)));
        }

        return loss + (Election * 2);
    }

    /// <summary>Votes are under way for as long as candidates have patience.</summary>
    private TimeSpan SlowElection(TimeSpan at, int leader, int[] others)
    {
        foreach (int from in others)
        {
            foreach (int to in others)
            {
                if (from != to && !_random.OneIn(3))
                {
                    _blows.Add(new SlowLink(at, from, to, _random.Exponential(Heartbeat * 4), _random.OneIn(2) ? 0 : _random.Below(300_000), Election * 3));
                }
            }
        }

        _blows.Add(new Partition(at, 1 << leader, AllNodes & ~(1 << leader), BothWays: true, Election * 3, Noticed: _random.OneIn(2)));
        return at + (Election * 3);
    }

    /// <summary>The leader hands over, and hears nothing more from then on.</summary>
    private TimeSpan UnheardTransfer(TimeSpan at, int leader, int[] others)
    {
        MayCalm(at - (Heartbeat * 2), at + Election, outOf: 3);
        _blows.Add(new Transfer(at, others[0]));
        _blows.Add(new Partition(at + _random.Exponential(AtOnce * 2), AllNodes & ~(1 << leader), 1 << leader, BothWays: false, Election));
        return at + Election;
    }

    /// <summary>A node is away for long, and then it is brought back over bad links.</summary>
    private TimeSpan Reseeding(TimeSpan at, TimeSpan back, int node)
    {
        _blows.Add(new Partition(at, 1 << node, AllNodes & ~(1 << node), BothWays: true, back - at, Noticed: _random.OneIn(2)));
        for (int other = 0; other < _plan.Group.AllNodes; other++)
        {
            if (other != node)
            {
                _blows.Add(new SlowLink(back, other, node, _random.Exponential(Heartbeat / 2), _random.Below(700_000), Election * 2));
            }
        }

        return back + (Election * 2);
    }

    /// <summary>
    /// A leader leads itself out, together with so many that nobody is elected without one of them; and those who stay do not hear that the change is
    /// over, but they heard that it was under way.
    /// </summary>
    private TimeSpan LeftOut(TimeSpan at, int leader, int[] others)
    {
        int stay = 1 + _random.Below((others.Length + 1) / 2);
        TimeSpan late = _random.Between(Heartbeat * 2, Heartbeat * 4);
        foreach (int node in others[..stay])
        {
            _blows.Add(new SlowLink(at - Heartbeat, leader, node, late, 0, late * 4));
        }

        _blows.Add(new ChangeMembers(at, SetOf(others[..stay]), Heartbeat * 3));
        TimeSpan cut = at + late + _random.Between(Heartbeat / 2, late);
        _blows.Add(new Partition(cut, 1 << leader, SetOf(others[..stay]), BothWays: true, Election * 2, Noticed: _random.OneIn(2)));
        return cut + (Election * 2);
    }

    /// <summary>The mending comes while a replica is being brought back.</summary>
    /// <returns>When that begins.</returns>
    private TimeSpan DrawEnding(TimeSpan phase)
    {
        int node = _random.Below(_plan.Group.Nodes);
        TimeSpan back = phase - _random.Between(Heartbeat * 2, TimeSpan.FromSeconds(2));
        if (_random.OneIn(3))
        {
            _blows.Add(new DamagedJournal(back, node, _random.OneIn(3), _random.Exponential(Heartbeat)));
            return back - Election;
        }

        // Long enough for the others to trim their logs.
        TimeSpan away = back - _random.Between(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5));
        away = away < Election ? Election : away;
        Reseeding(away, back > away ? back : away, node);
        return away;
    }

    /// <summary>Nobody writes for a while, in all but one of so many cases.</summary>
    private void MayCalm(TimeSpan from, TimeSpan to, int outOf)
    {
        if (!_random.OneIn(outOf))
        {
            _blows.Add(new Lull(from, to - from));
        }
    }

    private Partition Isolation(TimeSpan at, int node, bool bothWays, bool noticed) =>
        new(at, 1 << node, AllNodes & ~(1 << node), bothWays, Election, noticed);

    /// <summary>The nodes whose replicas vote by then, if everything goes as planned.</summary>
    private int VotersAt(TimeSpan at) => (_disturbed ? _plan.Faults.Concat(_blows) : _blows).OfType<ChangeMembers>().Where(change => change.At < at).MaxBy(change => change.At) is { } last
        ? last.Voters
        : (1 << (_plan.Group.Nodes - _plan.Group.Learners)) - 1;

    private int[] Shuffled(int nodes)
    {
        int[] shuffled = [.. Enumerable.Range(0, _plan.Group.AllNodes).Where(node => (nodes & (1 << node)) != 0)];
        for (int left = shuffled.Length; left > 1; left--)
        {
            int drawn = _random.Below(left);
            (shuffled[drawn], shuffled[left - 1]) = (shuffled[left - 1], shuffled[drawn]);
        }

        return shuffled;
    }

    private static int SetOf(int[] nodes) => nodes.Aggregate(0, (set, node) => set | (1 << node));
}
