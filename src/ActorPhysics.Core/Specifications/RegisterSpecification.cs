namespace ActorPhysics.Core.Specifications;

/// <summary>A register: reads return the value written last; nothing was written at first.</summary>
public sealed class RegisterSpecification : Specification<RegisterSpecification.State, RegisterSpecification.Operation, RegisterSpecification.Result>
{
    private RegisterSpecification()
    {
    }

    public static RegisterSpecification Instance { get; } = new();

    public override string Name => "register";
    public override State Initial => default;

    public override SpecificationStep<State, Result> Apply(State state, Operation operation) => operation switch
    {
        Read => new(state, new Result(state.Value)),
        Write write => new(new State(write.Value), default),
        _ => throw new ArgumentException($"{operation} is no operation of a register.", nameof(operation)),
    };

    public override bool IsReadOnly(Operation operation) => operation is Read;

    /// <summary>The value written last; null before the first write.</summary>
    public readonly record struct State(string? Value);

    /// <summary>The value that a read saw, null if there was none; null also for a write, which answers nothing.</summary>
    public readonly record struct Result(string? Value);

    public abstract record Operation
    {
        private protected Operation()
        {
        }
    }

    public sealed record Read : Operation;

    public sealed record Write(string Value) : Operation;
}
