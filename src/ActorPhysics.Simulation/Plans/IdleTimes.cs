using ActorPhysics.Simulation.Randomness;

namespace ActorPhysics.Simulation.Plans;

/// <summary>
/// Lets the groups of a share of the seeds fall silent when nobody asks for anything, and gives most of those clients who think long enough for that. It
/// draws from a generator of its own, so the other seeds are what they were.
/// </summary>
internal static class IdleTimes
{
    private const ulong Purpose = 5;
    private const int Share = 3;

    public static SimulationPlan MayAdd(SimulationPlan plan)
    {
        SeededRandom random = SeededRandom.For(plan.Seed, Purpose);
        if (!random.OneIn(Share))
        {
            return plan;
        }

        TimeSpan quiesceAfter = plan.Options.HeartbeatInterval * (1 + random.Below(12));
        bool busy = random.OneIn(3);

        // Where nobody has anything left to ask for, nothing but the group itself brings it back to life.
        int operations = random.OneIn(2) ? 1 + random.Below(5) : int.MaxValue;
        plan = plan with
        {
            Options = plan.Options with
            {
                QuiesceAfter = quiesceAfter,
                WakeSpread = random.OneIn(2) ? TimeSpan.Zero : random.Between(TimeSpan.Zero, plan.Options.ElectionTimeoutMaximum * 2),
            },
        };
        if (busy)
        {
            return plan;
        }

        ClientPlan idle = plan.Clients with
        {
            Count = 1 + random.Below(2),
            Watchers = 0,
            MostOperations = operations,
            ThinkTime = random.Between(quiesceAfter, (quiesceAfter * 4) + TimeSpan.FromSeconds(1)),
        };

        // The group is silent when the world is mended, and may find that its leader is not to be mended.
        bool fades = operations < int.MaxValue && random.OneIn(2);
        TimeSpan last = random.Between(plan.FaultPhase / 5, plan.FaultPhase / 2);
        if (fades)
        {
            plan = plan with { Faults = [.. plan.Faults.Where(fault => fault.At < last)] };
            idle = idle with { MostOperations = 1 + random.Below(2), ThinkTime = random.Between(quiesceAfter / 2, quiesceAfter) };
        }

        // Who still thinks when the world is healed was not refused anything; the longest thought is ten times the mean.
        return plan with { Clients = idle, LivenessLimit = plan.LivenessLimit + (idle.ThinkTime * 10) };
    }
}
