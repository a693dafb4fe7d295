using System.Collections.Immutable;
using ActorPhysics.Checking.Histories;

namespace ActorPhysics.Checking.Isolation;

/// <summary>What the micro-operations of a history work on.</summary>
public enum TransactionObjects
{
    /// <summary>Lists: <c>["append", k, v]</c> and <c>["r", k, [v …]]</c>, where a committed read of nothing saw the empty list.</summary>
    Lists,

    /// <summary>Registers: <c>["w", k, v]</c> and <c>["r", k, v]</c>, where a committed read of nil saw the register before all writes.</summary>
    Registers,
}

/// <summary>Reads transactions of Jepsen's micro-operations out of a history's operations.</summary>
public static class TransactionParser
{
    /// <param name="fault">Which operation is no transaction, and why; null on success.</param>
    public static TransactionHistory? Parse(IReadOnlyList<Operation> operations, TransactionObjects objects, out HistoryFault? fault) =>
        Parse(operations, objects, SearchMeter.Unbounded(), out fault);

    /// <exception cref="CheckEndedException">The budget is used up.</exception>
    internal static TransactionHistory? Parse(IReadOnlyList<Operation> operations, TransactionObjects objects, SearchMeter meter, out HistoryFault? fault)
    {
        long held = 0;
        var builder = new TransactionHistoryBuilder();
        var tokens = new List<ValueToken>();
        foreach (Operation operation in operations)
        {
            builder.Begin(operation.Process.Number, operation.Invoked.Number, operation.InvocationIndex.Number);
            string? reason = Add(builder, operation, objects, tokens);
            if (reason is not null)
            {
                fault = operation.Fault(reason);
                return null;
            }

            builder.End(OutcomeOf(operation), operation.Completed.Number);
            meter.Spend(builder.HeldBytes - held);
            held = builder.HeldBytes;
        }

        fault = null;
        return builder.Build();
    }

    private static TransactionOutcome OutcomeOf(Operation operation) => operation.Outcome switch
    {
        OperationOutcome.Ok => TransactionOutcome.Committed,
        OperationOutcome.Failed => TransactionOutcome.Aborted,
        _ => TransactionOutcome.Unknown,
    };

    private static string? Add(TransactionHistoryBuilder builder, Operation operation, TransactionObjects objects, List<ValueToken> tokens)
    {
        bool committed = operation.Outcome == OperationOutcome.Ok;
        Value steps = operation.Result.IsNil ? operation.Argument : operation.Result;
        if (steps.Kind != ValueKind.List)
        {
            return "a transaction is a list of micro-operations";
        }

        foreach (Value step in steps.AsList)
        {
            if (step.Kind != ValueKind.List || step.AsList is not { Length: 2 or 3 } parts || parts[0].Kind != ValueKind.Text)
            {
                return $"{step} is no micro-operation";
            }

            Value argument = parts.Length == 3 ? parts[2] : Value.Nil;
            string? reason = AddStep(builder, parts, argument, committed, objects, tokens);
            if (reason is not null)
            {
                return reason;
            }
        }

        return null;
    }

    private static string? AddStep(
        TransactionHistoryBuilder builder, ImmutableArray<Value> parts, Value argument, bool committed, TransactionObjects objects, List<ValueToken> tokens)
    {
        ValueToken key = TokenOf(builder, parts[1]);
        switch (parts[0].AsText, objects)
        {
            case ("append", TransactionObjects.Lists) when !argument.IsNil:
                builder.Append(key, TokenOf(builder, argument));
                return null;
            case ("w", TransactionObjects.Registers) when !argument.IsNil:
                builder.Write(key, TokenOf(builder, argument));
                return null;
            case ("r", _) when !committed:
                builder.ReadUnseen(key);
                return null;
            case ("r", TransactionObjects.Lists) when argument.IsNil || argument.Kind == ValueKind.List:
                tokens.Clear();
                foreach (Value element in argument.IsNil ? [] : argument.AsList)
                {
                    tokens.Add(TokenOf(builder, element));
                }

                builder.ReadList(key, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(tokens));
                return null;
            case ("r", TransactionObjects.Registers):
                builder.ReadValue(key, argument.IsNil ? null : TokenOf(builder, argument));
                return null;
            default:
                return objects == TransactionObjects.Lists
                    ? $"{parts[0]} of {parts[1]} is neither an append of an element nor a read of a list"
                    : $"{parts[0]} of {parts[1]} is neither a write of a value nor a read";
        }
    }

    internal static ValueToken TokenOf(TransactionHistoryBuilder builder, Value value) =>
        value.IsInteger ? builder.Token(value.AsInteger) : builder.Token(value.ToString());
}
