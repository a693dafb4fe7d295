using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.Workloads;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Simulation.TestKit;

/// <summary>
/// The user's specification, led along the trunk: the machine's answers must be those of the specification. The machine is led along beside
/// it, for the rules about its state, and for queries where the specification says nothing of them.
/// </summary>
internal sealed class SpecifiedModel<TCommand, TResult, TQuery, TAnswer, TState>(
    ISequentialModel machine,
    TState initial,
    Func<TState, TCommand, (TState State, TResult Result)> apply,
    Func<TState, TQuery, TAnswer>? answer,
    StateMachineCodecs<TCommand, TResult, TQuery, TAnswer> codecs) : ISequentialModel
{
    private TState _state = initial;

    public object Apply(DrawnOperation command, in ApplyContext context)
    {
        machine.Apply(command, context);
        (_state, TResult result) = apply(_state, (TCommand)command.Operation);
        return Payload.Of(codecs.Result, result);
    }

    public object Ask(DrawnOperation query) => answer is null ? machine.Ask(query) : Payload.Of(codecs.Answer, answer(_state, (TQuery)query.Operation));

    public object Answered(OperationRecord operation) => machine.Answered(operation);

    public BrokenRule? TakeBrokenRule() => machine.TakeBrokenRule();
}
