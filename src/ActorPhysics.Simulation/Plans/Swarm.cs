using System.Collections.Immutable;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Simulation.Network;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.Storage;

namespace ActorPhysics.Simulation.Plans;

/// <summary>
/// Draws plans from seeds. Each seed switches whole kinds of faults on and off and draws their rates (Groce et al., "Swarm Testing", ISSTA
/// 2012): a run in which everything goes wrong at once rarely gets far enough to find what one kind alone would.
/// </summary>
public static class Swarm
{
    private const ulong Purpose = 1;

    public static SimulationPlan Draw(ulong seed)
    {
        SeededRandom random = SeededRandom.For(seed, Purpose);
        GroupShape group = DrawGroup(random);
        LineOptions options = DrawOptions(random);
        TimeSpan phase = random.Between(TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(20));
        return Plots.MayAdd(IdleTimes.MayAdd(MembershipChurn.MayAdd(new SimulationPlan
        {
            Seed = seed,
            Group = group,
            Options = options,
            Network = DrawNetwork(random),
            Disk = DrawDisk(random),
            Clients = DrawClients(random, options),
            Clocks = DrawClocks(random, group.Nodes, options.ClockDrift),
            MaximumIntakeBatchBytes = random.OneIn(4) ? 200 + random.Below(600) : 512 * 1024,
            Faults = FaultMix.Draw(random, group, options, phase),
            FaultPhase = phase,
            LivenessLimit = TimeSpan.FromSeconds(10) + (options.ElectionTimeoutMaximum * 20),
        })));
    }

    /// <summary>
    /// A run of fixed size, to measure the simulator itself by: five nodes, sixty seconds, every kind of fault a few times. Only the moments and
    /// the targets differ from seed to seed.
    /// </summary>
    public static SimulationPlan Measured(ulong seed)
    {
        SeededRandom random = SeededRandom.For(seed, Purpose);
        var group = new GroupShape(5);
        var options = new LineOptions
        {
            HeartbeatInterval = TimeSpan.FromMilliseconds(100),
            ElectionTimeoutMinimum = TimeSpan.FromMilliseconds(600),
            ElectionTimeoutMaximum = TimeSpan.FromMilliseconds(1_200),
            LeaseDuration = TimeSpan.FromMilliseconds(500),
            SnapshotEveryBytes = 6_000,
            SnapshotChunkBytes = 1_000,
        };
        TimeSpan phase = TimeSpan.FromSeconds(58);
        return new SimulationPlan
        {
            Seed = seed,
            Group = group,
            Options = options,
            Network = new NetworkWeather(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2), DropsPerMillion: 10_000, DuplicatesPerMillion: 10_000, Reorders: true, Encodes: false),
            Disk = new DiskWeather(TimeSpan.FromMicroseconds(200), TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5)),
            Clients = new ClientPlan(
                5, TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5),
                ReadsPercent: 40, LeaseReadsPercent: 30, FollowerReadsPercent: 20, MisdirectedPercent: 10),
            Clocks = DrawClocks(random, group.Nodes, options.ClockDrift),
            Faults = FaultMix.DrawAll(random, group, options, phase, every: TimeSpan.FromSeconds(12)),
            FaultPhase = phase,
            LivenessLimit = TimeSpan.FromSeconds(30),
        };
    }

    private static GroupShape DrawGroup(SeededRandom random) => random.Below(16) switch
    {
        0 => new GroupShape(1),
        1 => new GroupShape(2),
        2 => new GroupShape(4),
        3 => new GroupShape(4, QuorumShape.Flexible),
        4 => new GroupShape(5, QuorumShape.Flexible),
        5 => new GroupShape(4, QuorumShape.Weighted),
        6 => new GroupShape(6, QuorumShape.Domains),
        7 => new GroupShape(5, QuorumShape.Joint),
        8 => new GroupShape(4, Witnesses: 1, Learners: 1),
        9 => new GroupShape(3, CrashStop: true),
        10 or 11 or 12 => new GroupShape(5),
        _ => new GroupShape(3),
    };

    internal static LineOptions DrawOptions(SeededRandom random)
    {
        TimeSpan heartbeat = TimeSpan.FromMilliseconds(random.Pick([50, 100, 150]));
        bool tight = random.OneIn(2);
        return new LineOptions
        {
            HeartbeatInterval = heartbeat,
            ElectionTimeoutMinimum = heartbeat * (random.OneIn(2) ? 5 : 6),
            ElectionTimeoutMaximum = heartbeat * 12,
            LeaseDuration = heartbeat * 5,
            ClockDrift = new ClockDriftBound(random.Pick([10_000u, 100_000u, 300_000u])),
            MaximumBatchEntries = tight ? 1 + random.Below(5) : 256,
            MaximumBatchBytes = tight ? 60 + random.Below(400) : 1024 * 1024,
            MaximumInFlightBatches = tight ? 1 + random.Below(4) : 32,
            MaximumInFlightBytes = tight ? 100 + random.Below(2_000) : 8 * 1024 * 1024,
            MaximumUncommittedBytes = tight ? 4_000 : 64L * 1024 * 1024,
            MaximumApplyEntries = tight ? 1 + random.Below(6) : 128,
            SnapshotEveryBytes = random.OneIn(4) ? 100_000_000 : 500 + random.Below(6_000),
            SnapshotChunkBytes = random.OneIn(2) ? 50 + random.Below(1_000) : 256 * 1024,
        };
    }

    internal static NetworkWeather DrawNetwork(SeededRandom random) => new(
        TimeSpan.FromMicroseconds(100 + random.Below(2_000)),
        TimeSpan.FromMicroseconds(random.OneIn(3) ? 20_000 : 500 + random.Below(3_000)),
        random.OneIn(2) ? 0 : random.Below(80_000),
        random.OneIn(2) ? 0 : random.Below(60_000),
        Reorders: random.OneIn(2),
        Encodes: random.OneIn(4));

    internal static DiskWeather DrawDisk(SeededRandom random) => new(
        TimeSpan.FromMicroseconds(50 + random.Below(500)),
        TimeSpan.FromMicroseconds(random.OneIn(3) ? 10_000 : 500),
        TimeSpan.FromMilliseconds(1 + random.Below(20)));

    internal static ClientPlan DrawClients(SeededRandom random, LineOptions options)
    {
        int count = 1 + random.Below(8);
        // Where hardly anybody writes, logs are level, and then it is time and promises alone that keep a second leader away.
        bool quiet = random.OneIn(3);
        return new ClientPlan(
            count,
            TimeSpan.FromMilliseconds(10 + random.Below(200)),
            options.ElectionTimeoutMaximum * (random.OneIn(2) ? 1 : 3) / 2,
            TimeSpan.FromSeconds(1 + random.Below(6)),
            ReadsPercent: quiet ? 99 : random.Below(80),
            LeaseReadsPercent: random.OneIn(5) ? 0 : quiet ? 100 : 1 + random.Below(50),
            FollowerReadsPercent: random.Below(40),
            MisdirectedPercent: random.OneIn(2) ? 5 : 40,
            // Somebody must write, or nothing would ever be committed.
            Watchers: random.OneIn(3) ? 0 : Math.Min(count - 1, 1 + random.Below(3)));
    }

    /// <summary>Every clock within its bound: anywhere there, or all at its ends, or one slow among fast ones.</summary>
    internal static ImmutableArray<ClockPlan> DrawClocks(SeededRandom random, int nodes, ClockDriftBound bound)
    {
        int most = (int)bound.PartsPerMillion;
        int style = random.Below(4);
        int slow = random.Below(nodes);
        var clocks = ImmutableArray.CreateBuilder<ClockPlan>(nodes);
        for (int node = 0; node < nodes; node++)
        {
            int rate = style switch
            {
                0 => random.OneIn(2) ? most : -most,
                1 => node == slow ? -most : most,
                _ => random.OneIn(2) ? 0 : random.Between(-most, most),
            };
            clocks.Add(new ClockPlan(TimeSpan.FromMilliseconds(random.Below(100_000)), rate, TimeSpan.FromMilliseconds(random.Between(-5_000, 5_000))));
        }

        return clocks.MoveToImmutable();
    }
}
