using System.Collections.Immutable;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Simulation.Network;
using ActorPhysics.Simulation.Storage;

namespace ActorPhysics.Simulation.Plans;

/// <summary>
/// The plan in which nothing goes wrong. A scenario file says only what differs from it, and shrinking a failing plan means to bring it as near
/// to this one as it still fails.
/// </summary>
public static class Calm
{
    public static TimeSpan FaultPhase => TimeSpan.FromSeconds(6);
    public static TimeSpan LivenessLimit => TimeSpan.FromSeconds(22);

    public static NetworkWeather Network { get; } =
        new(TimeSpan.FromMilliseconds(1), TimeSpan.Zero, DropsPerMillion: 0, DuplicatesPerMillion: 0, Reorders: false, Encodes: false);

    public static DiskWeather Disk { get; } = new(TimeSpan.FromMicroseconds(200), TimeSpan.Zero, TimeSpan.FromMilliseconds(2));

    public static ClientPlan Clients { get; } = new(
        Count: 3,
        ThinkTime: TimeSpan.FromMilliseconds(20),
        AttemptTimeout: TimeSpan.FromMilliseconds(600),
        OperationDeadline: TimeSpan.FromSeconds(5),
        ReadsPercent: 40,
        LeaseReadsPercent: 0,
        FollowerReadsPercent: 0,
        MisdirectedPercent: 0);

    public static ClockPlan Clock { get; } = new(TimeSpan.Zero, PartsPerMillion: 0, TimeSpan.Zero);

    public static GroupShape Group { get; } = new(3);

    /// <summary>A calm run of a group; what it does not say is left to the seed.</summary>
    public static SimulationPlan Plan(ulong seed, GroupShape? group = null)
    {
        GroupShape shape = group ?? Group;
        return new SimulationPlan
        {
            Seed = seed,
            Group = shape,
            Options = new LineOptions(),
            Network = Network,
            Disk = Disk,
            Clients = Clients,
            Clocks = Clocks(shape.AllNodes),
            Faults = [],
            FaultPhase = FaultPhase,
            LivenessLimit = LivenessLimit,
        };
    }

    internal static ImmutableArray<ClockPlan> Clocks(int nodes) => [.. Enumerable.Repeat(Clock, nodes)];
}
