using ActorPhysics.Simulation.Runs;

namespace ActorPhysics.Simulation.Spaces;

/// <summary>What came of a run of a sharded space.</summary>
public sealed class SpaceResult
{
    public required SpacePlan Plan { get; init; }

    /// <summary>What there is to say of any run.</summary>
    public required SimulationResult Outcome { get; init; }

    /// <summary>How many groups there were in the end, those included that gave everything away.</summary>
    public required int Groups { get; init; }

    /// <summary>How many handoffs came to their end.</summary>
    public required int Handoffs { get; init; }
    public required int ReplicasMoved { get; init; }

    /// <summary>How often a group sent a client elsewhere.</summary>
    public required int Redirected { get; init; }

    /// <summary>How often a client went on, in another group, in a session that its key had brought there.</summary>
    public required int SessionsShared { get; init; }
}
