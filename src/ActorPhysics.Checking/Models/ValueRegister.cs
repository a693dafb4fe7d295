using ActorPhysics.Checking.Histories;
using ActorPhysics.Core.Specifications;

namespace ActorPhysics.Checking.Models;

/// <summary>
/// Registers of values as histories of other systems tell of them: absent (nil) at first, one for each key. A compare-and-set that differed
/// answers that it did, but not what it saw.
/// </summary>
public sealed class ValueRegister : Specification<Value, ValueRegister.Operation, ValueRegister.Result>
{
    private ValueRegister()
    {
    }

    public static ValueRegister Instance { get; } = new();

    public override string Name => "register";
    public override Value Initial => Value.Nil;

    public override SpecificationStep<Value, Result> Apply(Value state, Operation operation) => operation.Kind switch
    {
        OperationKind.Read => new(state, new Result(TookEffect: true, state)),
        OperationKind.Write => new(operation.Value, new Result(TookEffect: true, Value.Nil)),
        _ when state == operation.Expected => new(operation.Value, new Result(TookEffect: true, Value.Nil)),
        _ => new(state, new Result(TookEffect: false, Value.Nil)),
    };

    public override bool IsReadOnly(Operation operation) => operation.Kind == OperationKind.Read;

    public override bool LeavesState(Operation operation, Result result) =>
        !result.TookEffect || operation.Kind == OperationKind.Read
        || (operation.Kind == OperationKind.CompareAndSet && operation.Expected == operation.Value);

    public override string PartOf(Operation operation) => operation.Key;

    public enum OperationKind
    {
        Read,
        Write,
        CompareAndSet,
    }

    /// <summary>What is done to the register of a key.</summary>
    /// <param name="Key">The same text for the same key.</param>
    /// <param name="Expected">Of a compare-and-set, else nil.</param>
    /// <param name="Value">What is written, nil for a read; writing nil deletes.</param>
    public readonly record struct Operation(OperationKind Kind, string Key, Value Expected, Value Value)
    {
        public static Operation Read(string key) => new(OperationKind.Read, key, Value.Nil, Value.Nil);

        public static Operation Write(string key, Value value) => new(OperationKind.Write, key, Value.Nil, value);

        public static Operation CompareAndSet(string key, Value expected, Value value) => new(OperationKind.CompareAndSet, key, expected, value);
    }

    /// <summary>Whether a compare-and-set met what it expected (all else takes effect), and what a read saw.</summary>
    public readonly record struct Result(bool TookEffect, Value Value);
}
