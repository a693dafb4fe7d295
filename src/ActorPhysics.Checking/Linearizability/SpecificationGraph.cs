using ActorPhysics.Core.Specifications;

namespace ActorPhysics.Checking.Linearizability;

/// <summary>The graph of a specification, grown as far as a search looks.</summary>
internal sealed class SpecificationGraph<TState, TOperation, TResult> : StateGraph
    where TState : IEquatable<TState>
    where TResult : IEquatable<TResult>
{
    // A state costs its table entry besides what it holds, which nobody can tell; this is a guess for both.
    private const int StateBytes = 128;

    private readonly Specification<TState, TOperation, TResult> _specification;
    private readonly SearchMeter _meter;
    private readonly Dictionary<State, int> _numbers = [];
    private readonly List<TState> _states = [];
    private readonly Dictionary<(TOperation Operation, TResult? Result, bool IsOpen), int> _kindNumbers = [];
    private readonly List<(TOperation Operation, TResult? Result, bool IsOpen)> _kinds = [];

    public SpecificationGraph(Specification<TState, TOperation, TResult> specification, SearchMeter meter)
    {
        _specification = specification;
        _meter = meter;
        _ = NumberOf(specification.Initial);
    }

    public override int KindCount => _kinds.Count;

    public int KindOf(in Call<TOperation, TResult> call)
    {
        var kind = (call.Operation, call.IsOpen ? default : call.Result, call.IsOpen);
        if (!_kindNumbers.TryGetValue(kind, out int number))
        {
            number = _kinds.Count;
            _kindNumbers.Add(kind, number);
            _kinds.Add(kind);
        }

        return number;
    }

    /// <summary>The kind of the same operation with an unknown outcome.</summary>
    public int OpenKindOf(int kind) => KindOf(Call<TOperation, TResult>.Open(default, _kinds[kind].Operation, default));

    public override bool IsPure(int kind) =>
        _specification.IsReadOnly(_kinds[kind].Operation)
        || (!_kinds[kind].IsOpen && _specification.LeavesState(_kinds[kind].Operation, _kinds[kind].Result!));

    public override string Describe(int state) => _states[state].ToString() ?? "";

    protected override int Compute(int state, int kind)
    {
        (TOperation operation, TResult? result, bool isOpen) = _kinds[kind];
        SpecificationStep<TState, TResult> step = _specification.Apply(_states[state], operation);
        return isOpen || step.Result.Equals(result) ? NumberOf(step.State) : Refused;
    }

    private int NumberOf(TState state)
    {
        if (!_numbers.TryGetValue(new State(state), out int number))
        {
            number = _states.Count;
            _numbers.Add(new State(state), number);
            _states.Add(state);
            _meter.Allocate(StateBytes + RowBytes);
        }

        return number;
    }

    /// <summary>Lets a state that might be null be a key.</summary>
    private readonly record struct State(TState Content);
}
