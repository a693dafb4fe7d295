using System.Collections.Immutable;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Simulation.Randomness;

namespace ActorPhysics.Simulation.Plans;

/// <summary>Which kinds of faults a seed switches on, how often each comes, and when.</summary>
internal static class FaultMix
{
    private delegate Fault Maker(SeededRandom random, TimeSpan at);

    public static ImmutableArray<Fault> Draw(SeededRandom random, GroupShape group, LineOptions options, TimeSpan phase)
    {
        var faults = new List<Fault>();
        foreach (Maker maker in Kinds(group, options))
        {
            if (random.OneIn(2))
            {
                continue;
            }

            TimeSpan mean = random.Between(TimeSpan.FromMilliseconds(400), TimeSpan.FromSeconds(5));
            TimeSpan at = random.Exponential(mean);
            while (at < phase)
            {
                faults.Add(maker(random, at));
                at += random.Exponential(mean) + TimeSpan.FromMilliseconds(1);
            }
        }

        // A stable sort: faults of one moment stay in the order of their kinds.
        return [.. faults.OrderBy(fault => fault.At)];
    }

    private static List<Maker> Kinds(GroupShape group, LineOptions options)
    {
        int nodes = group.Nodes;
        TimeSpan election = options.ElectionTimeoutMaximum;
        int halfDrift = (int)options.ClockDrift.PartsPerMillion / 2;
        return
        [
            (random, at) => new Crash(at, random.Below(nodes), random.Exponential(election), random.OneIn(4) ? ProcessVersion.Later : ProcessVersion.Same),
            (random, at) => new Pause(at, random.Below(nodes), random.Exponential(election), MidTurn: random.OneIn(2)),
            (random, at) => DrawPartition(random, at, nodes, election),
            (random, at) => new SlowLink(at, random.Below(nodes), random.Below(nodes), random.Exponential(election / 2), random.Below(600_000), random.Exponential(election * 3)),
            (random, at) => new Reconnect(at, random.Below(nodes), random.Below(nodes)),
            (random, at) => new FullDisk(at, random.Below(nodes), random.Exponential(election)),
            (random, at) => new SlowDisk(at, random.Below(nodes), 2 + random.Below(100), random.Exponential(election * 2)),
            (random, at) => new FailedSync(at, random.Below(nodes), random.Exponential(election)),
            (random, at) => new DamagedJournal(at, random.Below(nodes), random.OneIn(3), random.Exponential(election)),
            (random, at) => new DamagedSnapshot(at, random.Below(nodes)),
            (random, at) => new FailingSnapshots(at, random.Below(nodes), random.Exponential(election * 2)),
            (random, at) => new WallJump(at, random.Below(nodes), TimeSpan.FromMilliseconds(random.Between(-60_000, 60_000))),
            (random, at) => new Drift(at, random.Below(nodes), random.Between(-halfDrift, halfDrift)),
            (random, at) => new Transfer(at, random.Below(nodes)),
        ];
    }

    private static Partition DrawPartition(SeededRandom random, TimeSpan at, int nodes, TimeSpan election)
    {
        int all = (1 << nodes) - 1;
        int from = random.OneIn(2) ? 1 << random.Below(nodes) : random.Below(all + 1);
        return new Partition(at, from, all & ~from, BothWays: !random.OneIn(3), random.Exponential(election * 3));
    }
}
