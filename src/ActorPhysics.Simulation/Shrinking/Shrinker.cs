using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.Scenarios;
using ActorPhysics.Simulation.Workloads;

namespace ActorPhysics.Simulation.Shrinking;

/// <summary>
/// Makes a failing plan smaller while it still fails in the same way: the same failure class, by the same invariant. It takes faults away in
/// ever smaller pieces (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 2002), then clients, nodes and
/// time, and brings every setting to its calm value, again and again until nothing more can be taken away or the budget is spent. The
/// same failing run and budget give the same result.
/// </summary>
public sealed class Shrinker
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan[] Grains = [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(10), Millisecond];

    private readonly IWorkload _workload;
    private readonly ShrinkBudget _budget;
    private readonly FailureClass _class;
    private readonly string _invariant;
    private SimulationResult _best;
    private int _runs;
    private int _accepted;
    private int _calmed;

    private Shrinker(SimulationResult failing, Diagnosis diagnosis, IWorkload workload, ShrinkBudget budget)
    {
        _best = failing;
        _workload = workload;
        _budget = budget;
        _class = diagnosis.Class;
        _invariant = diagnosis.Root.Invariant;
    }

    private SimulationPlan Plan => _best.Plan;
    private bool IsSpent => _runs >= _budget.MostRuns;

    /// <exception cref="ArgumentException">The run did not fail.</exception>
    public static ShrunkFailure Shrink(SimulationResult failing, IWorkload workload, ShrinkBudget? budget = null)
    {
        ArgumentNullException.ThrowIfNull(failing);
        ArgumentNullException.ThrowIfNull(workload);
        Diagnosis diagnosis = failing.Diagnosis ?? throw new ArgumentException("A clean run cannot be made smaller.", nameof(failing));
        var shrinker = new Shrinker(failing, diagnosis, workload, budget ?? ShrinkBudget.Default);
        shrinker.Shrink();
        return new ShrunkFailure(failing, shrinker._best, workload, shrinker._runs, shrinker._calmed);
    }

    private void Shrink()
    {
        int before;
        do
        {
            before = _accepted;
            CutTime();
            MoveForward();
            TakeFaultsAway();
            TakeNodesAway();
            TakeClientsAway();
            CalmDown();
            RoundTimes();
        }
        while (_accepted > before && !IsSpent);
    }

    /// <summary>Takes a smaller plan in if it fails in the same way.</summary>
    private bool Try(SimulationPlan smaller)
    {
        smaller = smaller with { Faults = [.. smaller.Faults.Where(fault => fault.At < smaller.FaultPhase)] };
        if (smaller.Equals(Plan) || smaller.Options.Validate() is not null)
        {
            return false;
        }

        for (int dice = 0; dice < _budget.SeedsPerCandidate && !IsSpent; dice++)
        {
            SimulationPlan candidate = dice == 0 ? smaller : smaller with { Seed = (ulong)dice };
            _runs++;
            SimulationResult result = SimulationRun.Execute(candidate, _workload);
            if (result.Diagnosis is { } found && found.Class == _class && found.Root.Invariant == _invariant)
            {
                _best = result;
                _accepted++;
                return true;
            }
        }

        return false;
    }

    private bool TryFirst(IEnumerable<SimulationPlan> candidates) => candidates.Any(Try);

    /// <summary>The faults end just after the failure; where it shows only after the mending, as early as it still shows.</summary>
    private void CutTime()
    {
        TimeSpan failedAfter = _best.Diagnosis!.Root.After;
        if (failedAfter + Millisecond < Plan.FaultPhase)
        {
            Try(Plan with { FaultPhase = Ceiling(failedAfter + Millisecond, Millisecond) });
            return;
        }

        TryFirst(((int[])[8, 4, 2]).Select(part => Plan with { FaultPhase = Ceiling(Plan.FaultPhase / part, Millisecond) }));
    }

    /// <summary>What nothing happens before is left out: the faults come as soon as they still do harm.</summary>
    private void MoveForward()
    {
        if (!Plan.Faults.IsEmpty)
        {
            TimeSpan quiet = Plan.Faults[0].At;
            TryFirst(((TimeSpan[])[quiet * 3 / 4, quiet / 2, quiet / 4]).Select(time => Floor(time, Millisecond)).Where(time => time > TimeSpan.Zero).Select(Earlier));
        }
    }

    private SimulationPlan Earlier(TimeSpan by) => Plan with
    {
        FaultPhase = Plan.FaultPhase - by,
        Faults = [.. Plan.Faults.Select(fault => fault with { At = fault.At - by })],
    };

    private void TakeFaultsAway()
    {
        if (Plan.Faults.IsEmpty || Try(Plan with { Faults = [] }))
        {
            return;
        }

        for (int piece = Math.Max(1, Plan.Faults.Length / 2); piece >= 1; piece /= 2)
        {
            // From the end: what happened last is the least likely to have been needed.
            for (int start = Plan.Faults.Length - piece; start > -piece; start -= piece)
            {
                int from = Math.Max(0, start);
                int count = Math.Min(start + piece, Plan.Faults.Length) - from;
                if (count > 0)
                {
                    Try(Plan with { Faults = Plan.Faults.RemoveRange(from, count) });
                }
            }
        }
    }

    private void TakeNodesAway()
    {
        GroupShape now = Plan.Group;
        GroupShape[] simpler =
        [
            now with { Nodes = Math.Min(now.Nodes, 3), Quorums = QuorumShape.Majority, Witnesses = 0, Learners = 0 },
            now with { Nodes = now.Nodes - 1, Quorums = QuorumShape.Majority, Witnesses = 0, Learners = 0 },
            now with { Quorums = QuorumShape.Majority, Witnesses = 0, Learners = 0 },
            now with { Spares = 0 },
            now with { Spares = Math.Max(0, now.Spares - 1) },
        ];
        TryFirst(simpler.Where(group => group.Nodes > 0).Select(Within));
        if (Plan.Group.CrashStop)
        {
            Try(Plan with { Group = Plan.Group with { CrashStop = false } });
        }
    }

    private SimulationPlan Within(GroupShape group)
    {
        int left = (1 << group.AllNodes) - 1;
        return Plan with
        {
            Group = group,
            Clocks = [.. Plan.Clocks.Take(group.AllNodes)],
            Faults = [.. Plan.Faults.Select(fault => FaultNodes.Within(fault, left)).OfType<Fault>()],
        };
    }

    private void TakeClientsAway()
    {
        ClientPlan now = Plan.Clients;
        TryFirst(Fewer(now.Count).Select(count => Plan with { Clients = now with { Count = count } }));
        int busiest = _best.History.Operations.GroupBy(operation => operation.Client).Select(client => client.Count()).DefaultIfEmpty().Max();
        int most = Math.Min(Plan.Clients.MostOperations, busiest);
        TryFirst(Fewer(most).Select(operations => Plan with { Clients = Plan.Clients with { MostOperations = operations } }));
    }

    /// <summary>1, then about an eighth, a quarter, a half of <paramref name="now"/>, then one less.</summary>
    private static IEnumerable<int> Fewer(int now) => ((int[])[1, now / 8, now / 4, now / 2, now - 1]).Where(count => count >= 1 && count < now).Distinct();

    private void CalmDown()
    {
        SimulationPlan calm = Calm.Plan(Plan.Seed, Plan.Group);
        Calmed(plan => plan with { Clocks = calm.Clocks });
        CalmEach(PlanPhrases.Network, plan => plan.Network, (plan, network) => plan with { Network = network }, calm);
        CalmEach(PlanPhrases.Disk, plan => plan.Disk, (plan, disk) => plan with { Disk = disk }, calm);
        CalmEach(PlanPhrases.Options, plan => plan.Options, (plan, options) => plan with { Options = options }, calm);
        // How many clients there are and how much they ask for has been settled; a calm value would be more again.
        CalmEach(PlanPhrases.Clients, plan => plan.Clients, (plan, clients) => plan with { Clients = clients with { Count = plan.Clients.Count, MostOperations = plan.Clients.MostOperations } }, calm);
        Calmed(plan => plan with { MaximumIntakeBatchBytes = calm.MaximumIntakeBatchBytes });
        if (_class != FailureClass.NoProgress)
        {
            // For a standstill, a shorter time to come back in would be a failure of its own.
            Calmed(plan => plan with { LivenessLimit = calm.LivenessLimit });
        }
    }

    /// <summary>All settings of a kind at once, or else each by itself.</summary>
    private void CalmEach<T>(Phrase<T> phrase, Func<SimulationPlan, T> get, Func<SimulationPlan, T, SimulationPlan> set, SimulationPlan calm)
    {
        if (Calmed(plan => set(plan, get(calm))))
        {
            return;
        }

        foreach ((_, Func<T, T, T> adopt) in phrase.Settings)
        {
            Calmed(plan => set(plan, adopt(get(plan), get(calm))));
        }
    }

    private bool Calmed(Func<SimulationPlan, SimulationPlan> calm)
    {
        bool taken = Try(calm(Plan));
        _calmed += taken ? 1 : 0;
        return taken;
    }

    /// <summary>For whoever reads the scenario.</summary>
    private void RoundTimes() => TryFirst(Grains.Select(grain => Plan with
    {
        FaultPhase = Ceiling(Plan.FaultPhase, grain),
        Faults = [.. Plan.Faults.Select(fault => fault with { At = Floor(fault.At, grain) })],
    }));

    private static TimeSpan Floor(TimeSpan time, TimeSpan grain) => new(time.Ticks - (time.Ticks % grain.Ticks));

    private static TimeSpan Ceiling(TimeSpan time, TimeSpan grain) => Floor(time + grain - TimeSpan.FromTicks(1), grain);
}
