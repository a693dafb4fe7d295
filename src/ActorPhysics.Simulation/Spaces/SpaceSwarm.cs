using System.Collections.Immutable;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.Spaces.Control;

namespace ActorPhysics.Simulation.Spaces;

/// <summary>Draws plans of sharded spaces from seeds, each with some kinds of faults and some kinds of changes (as <see cref="Swarm"/> does for one group).</summary>
public static class SpaceSwarm
{
    private const ulong Purpose = 6;
    private const ulong ControlPurpose = 8;

    /// <summary>Half of the spaces are run by the shipped config group, the others by the stand-in, which asks for what that never would.</summary>
    public static SpacePlan Draw(ulong seed)
    {
        SeededRandom control = SeededRandom.For(seed, ControlPurpose);
        return control.OneIn(2) ? DrawControlled(seed, control) : DrawMoved(seed);
    }

    private static SpacePlan DrawControlled(ulong seed, SeededRandom random)
    {
        // It takes a while until nodes are known and the space is founded.
        SpacePlan plan = DrawAny(seed, random, nodes: 3 + random.Below(4), TimeSpan.FromSeconds(random.Below(8)));
        return plan with
        {
            Shards = 1 + random.Below(4),
            Changes = [],
            Control = ControlPlan.Draw(random, plan.World.FaultPhase),
            World = plan.World with { LivenessLimit = plan.World.LivenessLimit + TimeSpan.FromSeconds(40) },
        };
    }

    private static SpacePlan DrawMoved(ulong seed)
    {
        SeededRandom random = SeededRandom.For(seed, Purpose);
        return DrawAny(seed, random, nodes: 3 + random.Below(3), TimeSpan.Zero);
    }

    private static SpacePlan DrawAny(ulong seed, SeededRandom random, int nodes, TimeSpan more)
    {
        var shape = new GroupShape(nodes);
        LineOptions options = Swarm.DrawOptions(random);
        TimeSpan phase = random.Between(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(12)) + more;
        var world = new SimulationPlan
        {
            Seed = seed,
            Group = shape,
            Options = options,
            Network = Swarm.DrawNetwork(random),
            Disk = Swarm.DrawDisk(random),
            Clients = Swarm.DrawClients(random, options) with { Watchers = 0 },
            Clocks = Swarm.DrawClocks(random, nodes, options.ClockDrift),
            MaximumIntakeBatchBytes = random.OneIn(4) ? 200 + random.Below(600) : 512 * 1024,
            Faults = [.. FaultMix.Draw(random, shape, options, phase).Where(SpaceFaults.IsKnown)],
            FaultPhase = phase,
            LivenessLimit = TimeSpan.FromSeconds(15) + (options.ElectionTimeoutMaximum * 30),
        };
        return new SpacePlan(
            world,
            random.OneIn(2) ? ShardingKind.Hash : ShardingKind.Ordered,
            Shards: 1 + random.Below(3),
            Replicas: 3,
            DrawChanges(random, phase),
            PieceBytes: random.OneIn(2) ? 20 + random.Below(400) : 256 * 1024);
    }

    private static ImmutableArray<ShardChange> DrawChanges(SeededRandom random, TimeSpan phase)
    {
        ShardWish[] wishes = [.. Enum.GetValues<ShardWish>().Where(_ => !random.OneIn(4)).DefaultIfEmpty(ShardWish.Split)];
        TimeSpan mean = random.Between(TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(2));
        ImmutableArray<ShardChange>.Builder changes = ImmutableArray.CreateBuilder<ShardChange>();
        for (TimeSpan at = random.Exponential(mean); at < phase; at += random.Exponential(mean))
        {
            changes.Add(new ShardChange(at, wishes[random.Below(wishes.Length)], random.Below(8)));
        }

        return changes.ToImmutable();
    }
}
