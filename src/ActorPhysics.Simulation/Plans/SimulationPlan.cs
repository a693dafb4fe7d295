using System.Collections.Immutable;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Simulation.Network;
using ActorPhysics.Simulation.Storage;

namespace ActorPhysics.Simulation.Plans;

/// <summary>
/// Everything that a run is made of. A seed draws a plan (<see cref="Swarm"/>); a plan can also be read from a scenario file or made smaller
/// piece by piece. Two runs of equal plans are equal, event by event.
/// </summary>
public sealed record SimulationPlan
{
    /// <summary>Decides what the plan leaves open: each delay, each lost message, each client's next operation.</summary>
    public required ulong Seed { get; init; }
    public required GroupShape Group { get; init; }
    public required LineOptions Options { get; init; }
    public required NetworkWeather Network { get; init; }
    public required DiskWeather Disk { get; init; }
    public required ClientPlan Clients { get; init; }

    /// <summary>One for each node.</summary>
    public required ImmutableArray<ClockPlan> Clocks { get; init; }

    /// <summary>At which bytes a batch of commands is full.</summary>
    public int MaximumIntakeBatchBytes { get; init; } = 512 * 1024;

    /// <summary>By time.</summary>
    public required ImmutableArray<Fault> Faults { get; init; }

    /// <summary>For so long things go wrong. Then they are mended.</summary>
    public required TimeSpan FaultPhase { get; init; }

    /// <summary>Within this time after the mending, the group must be alive again and every client have its answer.</summary>
    public required TimeSpan LivenessLimit { get; init; }

    /// <summary>The healed phase goes on for at least this long, so that what waits for its time comes to light.</summary>
    public TimeSpan CalmPhase { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>By content, and so for the arrays as well.</summary>
    public bool Equals(SimulationPlan? other) => other is not null
        && (Seed, Group, Options, Network, Disk, Clients, MaximumIntakeBatchBytes, FaultPhase, LivenessLimit, CalmPhase)
            .Equals((other.Seed, other.Group, other.Options, other.Network, other.Disk, other.Clients, other.MaximumIntakeBatchBytes, other.FaultPhase, other.LivenessLimit, other.CalmPhase))
        && Clocks.SequenceEqual(other.Clocks)
        && Faults.SequenceEqual(other.Faults);

    public override int GetHashCode() => HashCode.Combine(Seed, Group, Faults.Length, FaultPhase);
}

/// <summary>A machine's clocks.</summary>
/// <param name="Start">What the monotonic clock shows at the world's beginning.</param>
/// <param name="PartsPerMillion">How much faster than the world it runs.</param>
/// <param name="WallOffset">By how much the wall clock is ahead.</param>
public sealed record ClockPlan(TimeSpan Start, int PartsPerMillion, TimeSpan WallOffset);

/// <summary>The population of clients.</summary>
/// <param name="Count">How many, each with one operation at a time.</param>
/// <param name="ThinkTime">Between two operations of a client, exponentially distributed around this.</param>
/// <param name="AttemptTimeout">An attempt without an answer is given up after this, and the operation tried again elsewhere.</param>
/// <param name="OperationDeadline">An operation without an answer is given up after this; its outcome is then unknown.</param>
/// <param name="ReadsPercent">Of all operations.</param>
/// <param name="LeaseReadsPercent">Of the reads.</param>
/// <param name="FollowerReadsPercent">Of the reads.</param>
/// <param name="MisdirectedPercent">Of all attempts: to any node instead of the one believed to lead.</param>
/// <param name="MostOperations">Each client ends after so many.</param>
/// <param name="Watchers">How many of the clients only read, often, and from whoever answered last: two in three at the lease level, or all strongly where nobody asks for leases.</param>
public sealed record ClientPlan(
    int Count,
    TimeSpan ThinkTime,
    TimeSpan AttemptTimeout,
    TimeSpan OperationDeadline,
    int ReadsPercent,
    int LeaseReadsPercent,
    int FollowerReadsPercent,
    int MisdirectedPercent,
    int MostOperations = int.MaxValue,
    int Watchers = 0);
