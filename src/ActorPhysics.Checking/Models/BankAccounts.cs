using ActorPhysics.Checking.Histories;
using ActorPhysics.Core.Specifications;

namespace ActorPhysics.Checking.Models;

/// <summary>Accounts between which money moves, all at once: a transfer changes two balances in one step, and a read sees all of them.</summary>
public sealed class BankAccounts : Specification<Value, BankAccounts.Operation, Value>
{
    private BankAccounts(Value initial) => Initial = initial;

    public override string Name => "bank";

    /// <summary>A map of account to balance.</summary>
    public override Value Initial { get; }

    /// <param name="balances">A map of account to balance, an integer.</param>
    public static BankAccounts Of(Value balances) => new(balances);

    public override SpecificationStep<Value, Value> Apply(Value state, Operation operation) =>
        operation.IsRead ? new(state, state) : new(Add(Add(state, operation.From, -operation.Amount), operation.To, operation.Amount), Value.Nil);

    public override bool IsReadOnly(Operation operation) => operation.IsRead;

    /// <summary>The balances after as much was added to one of them.</summary>
    internal static Value Add(Value balances, Value account, long amount)
    {
        long balance = balances.Find(account) is { IsInteger: true } known ? known.AsInteger : 0;
        return Value.Map([.. balances.AsMap, new KeyValuePair<Value, Value>(account, Value.Of(balance + amount))]);
    }

    /// <summary>A read, which answers with the map of all balances, or a transfer, which answers with nil.</summary>
    public readonly record struct Operation(bool IsRead, Value From, Value To, long Amount)
    {
        public static Operation Read { get; } = new(IsRead: true, Value.Nil, Value.Nil, 0);

        public static Operation Transfer(Value from, Value to, long amount) => new(IsRead: false, from, to, amount);
    }
}
