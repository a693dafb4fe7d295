using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.Shrinking;

namespace ActorPhysics.Simulation.TestKit;

/// <summary>A simulated run went wrong. The message tells what was seen, what it usually means, the smallest run that shows it, and how to replay it.</summary>
public sealed class SimulationFailedException : Exception
{
    internal SimulationFailedException(string message, ulong seed, Diagnosis diagnosis, SimulationResult result, ShrunkFailure? shrunk)
        : base(message)
    {
        Seed = seed;
        Diagnosis = diagnosis;
        Result = result;
        Shrunk = shrunk;
    }

    public ulong Seed { get; }
    public Diagnosis Diagnosis { get; }

    /// <summary>The run as it failed first.</summary>
    public SimulationResult Result { get; }

    /// <summary>Null when nothing was made smaller.</summary>
    public ShrunkFailure? Shrunk { get; }

    /// <summary>The text of a scenario that replays the failure, for <c>Play</c>; null when nothing was made smaller.</summary>
    public string? Scenario => Shrunk?.Scenario.ToText();
}
