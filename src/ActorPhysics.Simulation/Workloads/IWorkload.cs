using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.Randomness;

namespace ActorPhysics.Simulation.Workloads;

/// <summary>What the simulated clients do, and what must be true of the answers they get.</summary>
public interface IWorkload
{
    string Name { get; }

    /// <summary>The state machine under test.</summary>
    StateMachineDefinition Machine { get; }

    /// <summary>The next operation of a client. <paramref name="number"/> differs for every operation of a run.</summary>
    DrawnOperation Draw(SeededRandom random, int client, ulong number, bool read);

    /// <summary>Whether the workload has reads that are queries, so that each read level can be asked for.</summary>
    bool HasQueries { get; }

    /// <summary>Checks a finished run.</summary>
    Judgement Judge(ClientHistory history);
}

/// <summary>What came of checking a finished run.</summary>
/// <param name="Evidence">What is wrong with it.</param>
/// <param name="Undecided">Why a check ended without an answer; null when all of them answered. What was not decided did not pass.</param>
public sealed record Judgement(IReadOnlyList<Evidence> Evidence, string? Undecided = null);

/// <summary>An operation, as its workload sees it and as it travels.</summary>
/// <param name="Operation">Of the workload's own type.</param>
/// <param name="Payload">A command, or a query when <paramref name="IsQuery"/>.</param>
/// <param name="IsQuery">It changes nothing and is not in the log.</param>
public sealed record DrawnOperation(object Operation, byte[] Payload, bool IsQuery);
