namespace ActorPhysics.Core.Specifications;

/// <summary>A register with compare-and-set; nothing was written at first, which a compare-and-set may expect as well.</summary>
public sealed class CasRegisterSpecification
    : Specification<CasRegisterSpecification.State, CasRegisterSpecification.Operation, CasRegisterSpecification.Result>
{
    private CasRegisterSpecification()
    {
    }

    public static CasRegisterSpecification Instance { get; } = new();

    public override string Name => "cas-register";
    public override State Initial => default;

    public override SpecificationStep<State, Result> Apply(State state, Operation operation) => operation switch
    {
        Read => new(state, new Result(TookEffect: true, state.Value)),
        Write write => new(new State(write.Value), new Result(TookEffect: true, Value: null)),
        CompareAndSet set when state.Value == set.Expected => new(new State(set.Value), new Result(TookEffect: true, Value: null)),
        CompareAndSet => new(state, new Result(TookEffect: false, state.Value)),
        _ => throw new ArgumentException($"{operation} is no operation of a register with compare-and-set.", nameof(operation)),
    };

    public override bool IsReadOnly(Operation operation) => operation is Read;

    public override bool LeavesState(Operation operation, Result result) =>
        !result.TookEffect || operation is Read || (operation is CompareAndSet set && set.Expected == set.Value);

    /// <summary>The value written last; null before the first write.</summary>
    public readonly record struct State(string? Value);

    /// <summary>Whether a compare-and-set met what it expected (reads and writes always take effect), and the value that a read or a failed
    /// compare-and-set saw.</summary>
    public readonly record struct Result(bool TookEffect, string? Value);

    public abstract record Operation
    {
        private protected Operation()
        {
        }
    }

    public sealed record Read : Operation;

    public sealed record Write(string Value) : Operation;

    /// <summary>Writes where the value is <paramref name="Expected"/>; null expects that nothing was written yet.</summary>
    public sealed record CompareAndSet(string? Expected, string Value) : Operation;
}
