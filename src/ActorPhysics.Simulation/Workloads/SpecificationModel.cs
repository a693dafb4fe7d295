using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Specifications;
using ActorPhysics.Simulation.Clients;

namespace ActorPhysics.Simulation.Workloads;

/// <summary>A workload's specification, led along the trunk.</summary>
internal sealed class SpecificationModel<TState, TOperation, TResult>(SpecifiedWorkload<TState, TOperation, TResult> workload) : ISequentialModel
    where TState : IEquatable<TState>
    where TOperation : notnull
    where TResult : IEquatable<TResult>
{
    private readonly Specification<TState, TOperation, TResult> _specification = workload.Specification;
    private TState _state = workload.Specification.Initial;

    public object Apply(DrawnOperation command, in ApplyContext context)
    {
        SpecificationStep<TState, TResult> step = _specification.Apply(_state, (TOperation)command.Operation);
        _state = step.State;
        return step.Result;
    }

    public object Ask(DrawnOperation query) => _specification.Apply(_state, (TOperation)query.Operation).Result;

    public object Answered(OperationRecord operation) =>
        workload.Decode((TOperation)operation.Drawn.Operation, operation.Status, operation.Result);
}
