using System.Collections.Immutable;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Placement;
using ActorPhysics.Simulation.Randomness;

namespace ActorPhysics.Simulation.Spaces.Control;

/// <summary>What an operator asks the config group for.</summary>
public enum ControlWish
{
    Split,
    Merge,

    /// <summary>A replica is to be replaced by one on another node.</summary>
    Replace,

    /// <summary>A group is to have a replica more, or one less.</summary>
    Grow,
    Shrink,
    Transfer,
    Drain,

    /// <summary>A drained node may have replicas again.</summary>
    Refill,

    /// <summary>The handoff under way is to be given up, if that is possible still.</summary>
    Cancel,

    /// <summary>Another space, which no client uses.</summary>
    CreateOther,
    DeleteOther,
}

/// <summary>A wish at its moment.</summary>
/// <param name="Draw">Says of which shard, node or key, counted around.</param>
public sealed record ControlChange(TimeSpan At, ControlWish Wish, int Draw);

/// <summary>How the shipped config group runs the space.</summary>
/// <param name="Voters">How many voters the config group has.</param>
/// <param name="ReportInterval">How often nodes report, and how often the planner looks.</param>
/// <param name="IsOfPolicy">Whether the space comes from the settings; else an operator asks for it.</param>
/// <param name="CourierBytesPerSecond">What a node's couriers may fetch.</param>
/// <param name="Changes">By time.</param>
public sealed record ControlPlan(
    int Voters, TimeSpan ReportInterval, bool IsOfPolicy, ConfigPolicy Policy, long CourierBytesPerSecond, ImmutableArray<ControlChange> Changes)
{
    internal static ControlPlan Draw(SeededRandom random, TimeSpan phase)
    {
        TimeSpan interval = TimeSpan.FromMilliseconds(random.Pick([50, 100, 250, 500]));
        return new ControlPlan(
            Voters: 3,
            interval,
            random.OneIn(2),
            new ConfigPolicy
            {
                AbsentAfter = interval * (4 + random.Below(8)),
                PlanEvery = interval,
                GiveUpAfter = random.Between(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(12)),
                Plans = !random.OneIn(4),
                Placement = new PlacementPolicy
                {
                    RepairAfter = random.Between(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(8)),
                    MostMoves = 1 + random.Below(16),
                },
            },
            random.OneIn(3) ? 20_000 : 64 * 1024 * 1024,
            DrawChanges(random, phase));
    }

    private static ImmutableArray<ControlChange> DrawChanges(SeededRandom random, TimeSpan phase)
    {
        ControlWish[] wishes = [.. Enum.GetValues<ControlWish>().Where(_ => !random.OneIn(3)).DefaultIfEmpty(ControlWish.Split)];
        TimeSpan mean = random.Between(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(2));
        ImmutableArray<ControlChange>.Builder changes = ImmutableArray.CreateBuilder<ControlChange>();
        for (TimeSpan at = random.Exponential(mean); at < phase; at += random.Exponential(mean))
        {
            changes.Add(new ControlChange(at, wishes[random.Below(wishes.Length)], random.Below(1 << 20)));
        }

        return changes.ToImmutable();
    }
}
