using System.Collections.Immutable;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Simulation.Randomness;

namespace ActorPhysics.Simulation.Plans;

/// <summary>Which kinds of faults a seed switches on, how often each comes, and when.</summary>
internal static class FaultMix
{
    private static readonly TimeSpan BurstLength = TimeSpan.FromMilliseconds(20);

    private delegate Fault Maker(SeededRandom random, TimeSpan at);

    public static ImmutableArray<Fault> Draw(SeededRandom random, GroupShape group, LineOptions options, TimeSpan phase)
    {
        // Around a siege there is less noise, or hardly one would take its course.
        bool besieged = !random.OneIn(3);
        List<Maker> enabled = [.. Kinds(group, options).Where(_ => random.OneIn(besieged ? 3 : 2))];
        int inBursts = random.OneIn(2) ? 0 : 2 + random.Below(4);
        var faults = new List<Fault>();
        foreach (Maker maker in enabled)
        {
            TimeSpan mean = random.Between(TimeSpan.FromMilliseconds(400), TimeSpan.FromSeconds(5));
            TimeSpan at = random.Exponential(mean);
            while (at < phase)
            {
                faults.Add(maker(random, at));
                if (inBursts > 0 && random.OneIn(inBursts))
                {
                    // What matters is often the second blow, while the first is being dealt with.
                    faults.Add(random.Pick(enabled)(random, at + random.Exponential(BurstLength)));
                }

                at += random.Exponential(mean) + TimeSpan.FromMilliseconds(1);
            }
        }

        if (besieged)
        {
            AddSieges(faults, random, group, options, phase);
        }

        // A stable sort: faults of one moment stay in the order of their kinds.
        return [.. faults.OrderBy(fault => fault.At)];
    }

    private static void AddSieges(List<Fault> faults, SeededRandom random, GroupShape group, LineOptions options, TimeSpan phase)
    {
        TimeSpan mean = random.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4));
        for (TimeSpan at = random.Exponential(mean); at < phase; at += random.Exponential(mean))
        {
            faults.AddRange(Siege.Draw(random, group, options, at, last: false));
        }

        // The mending often comes in the middle of one.
        faults.AddRange(Siege.Draw(random, group, options, phase - random.Between(TimeSpan.Zero, options.ElectionTimeoutMaximum * 3), last: true));
    }

    /// <summary>Every kind of fault, each about once in a while.</summary>
    public static ImmutableArray<Fault> DrawAll(SeededRandom random, GroupShape group, LineOptions options, TimeSpan phase, TimeSpan every)
    {
        var faults = new List<Fault>();
        foreach (Maker maker in Kinds(group, options))
        {
            for (TimeSpan at = random.Exponential(every); at < phase; at += random.Exponential(every))
            {
                faults.Add(maker(random, at));
            }
        }

        return [.. faults.OrderBy(fault => fault.At)];
    }

    private static List<Maker> Kinds(GroupShape group, LineOptions options)
    {
        int nodes = group.AllNodes;
        TimeSpan election = options.ElectionTimeoutMaximum;
        int drift = (int)options.ClockDrift.PartsPerMillion;
        return
        [
            (random, at) => new Crash(at, Target(random, nodes), random.Exponential(election), random.OneIn(4) ? ProcessVersion.Later : ProcessVersion.Same),
            (random, at) => new Pause(at, Target(random, nodes), random.Exponential(election), MidTurn: random.OneIn(2)),
            (random, at) => DrawPartition(random, at, nodes, election),
            (random, at) => new SlowLink(at, random.Below(nodes), random.Below(nodes), random.Exponential(election / 2), random.Below(600_000), random.Exponential(election * 3)),
            (random, at) => new Reconnect(at, random.Below(nodes), random.Below(nodes)),
            (random, at) => new FullDisk(at, Target(random, nodes), random.Exponential(election)),
            (random, at) => new SlowDisk(at, Target(random, nodes), 2 + random.Below(100), random.Exponential(election * 2)),
            (random, at) => new FailedSync(at, Target(random, nodes), random.Exponential(election)),
            (random, at) => new DamagedJournal(at, Target(random, nodes), random.OneIn(3), random.Exponential(election)),
            (random, at) => new DamagedSnapshot(at, Target(random, nodes)),
            (random, at) => new FailingSnapshots(at, Target(random, nodes), random.Exponential(election * 2)),
            (random, at) => new WallJump(at, Target(random, nodes), TimeSpan.FromMilliseconds(random.Between(-60_000, 60_000))),
            (random, at) => new Drift(at, Target(random, nodes), random.OneIn(3) ? drift : random.OneIn(2) ? -drift : random.Between(-drift, drift)),
            (random, at) => new Transfer(at, random.Below(nodes)),
        ];
    }

    private static int Target(SeededRandom random, int nodes) => random.OneIn(3) ? Fault.Leader : random.Below(nodes);

    private static Partition DrawPartition(SeededRandom random, TimeSpan at, int nodes, TimeSpan election)
    {
        int all = (1 << nodes) - 1;
        bool noticed = random.OneIn(2);
        bool both = !random.OneIn(3);
        TimeSpan length = random.Exponential(election * 3);
        switch (random.Below(4))
        {
            case 0:
                // The leader alone: it is not heard, or it does not hear.
                return random.OneIn(2) ? new Partition(at, 0, all, both, length, noticed) : new Partition(at, all, 0, both, length, noticed);
            case 1 when random.OneIn(2):
                // A bridge: the nodes on neither side reach both.
                int some = 1 + random.Below(Math.Max(1, all - 1));
                return new Partition(at, some, (1 + random.Below(all)) & ~some, both, length, noticed);
            case 1:
                int one = 1 << random.Below(nodes);
                return new Partition(at, one, all & ~one, both, length, noticed);
            default:
                int side = 1 + random.Below(Math.Max(1, all - 1));
                return new Partition(at, side, all & ~side, both, length, noticed);
        }
    }
}
