using System.Collections.Immutable;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.Shrinking;
using ActorPhysics.Simulation.Workloads;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Simulation.TestKit;

/// <summary>What a test has said so far.</summary>
internal sealed record TestSetup<TCommand, TResult, TQuery, TAnswer>(
    string Name,
    Func<StateMachine<TCommand, TResult, TQuery, TAnswer>> Create,
    StateMachineCodecs<TCommand, TResult, TQuery, TAnswer> Codecs)
{
    public Func<SeededRandom, int, ulong, TCommand>? Draw { get; init; }
    public Func<SeededRandom, int, ulong, TQuery>? Ask { get; init; }

    /// <summary>Puts a specification before the model that runs the machine itself.</summary>
    public Func<ISequentialModel, ISequentialModel>? Specify { get; init; }
    public ImmutableArray<StateRule<TCommand, TResult, TQuery, TAnswer>> Rules { get; init; } = [];
    public Func<SimulationPlan, SimulationPlan> Change { get; init; } = static plan => plan;
    public ulong FirstSeed { get; init; } = 1;
    public ulong LastSeed { get; init; } = 20;
    public bool RunsTwice { get; init; }

    /// <summary>Null when failures are not made smaller.</summary>
    public ShrinkBudget? Shrinking { get; init; } = new(MostRuns: 200);

    public StateMachineDefinition Define(Func<StateMachine<TCommand, TResult, TQuery, TAnswer>> create)
    {
        StateMachineRegistry registry = new StateMachineRegistry().Add(Name, create, Codecs);
        return registry.TryGet(Name, out StateMachineDefinition? definition) ? definition : throw new InvalidOperationException($"'{Name}' was just added");
    }
}
