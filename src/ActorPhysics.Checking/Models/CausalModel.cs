using System.Collections.Immutable;
using ActorPhysics.Checking.Causal;
using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Isolation;

namespace ActorPhysics.Checking.Models;

/// <summary>
/// Reads and writes of registers in sessions, by <see cref="CausalChecker"/>: a process is a session. Operations are <c>read</c> and
/// <c>write</c> of a key (or of a pair <c>[key value]</c>, or of one nameless register), or transactions <c>txn</c> of <c>["r", k, v]</c>
/// and <c>["w", k, v]</c>. Every value is written to a key at most once.
/// </summary>
public sealed class CausalModel : CheckModel
{
    private const int MostInOrder = 100_000;

    public override string Name => "causal";

    public override ImmutableArray<string> Levels { get; } = [.. CausalLevels.All.Select(CausalLevels.Name)];

    public override CheckReport Check(IReadOnlyList<Operation> operations, CheckOptions options)
    {
        var transactions = new List<Operation>(operations.Count);
        foreach (Operation operation in operations)
        {
            if (AsTransaction(operation) is not { } transaction)
            {
                return CheckReport.Unreadable(operation.Fault("it is neither a read, nor a write of a value, nor a txn"));
            }

            transactions.Add(transaction);
        }

        try
        {
            var meter = new SearchMeter(options.Budget, options.IsCancelled);
            TransactionHistory? history = TransactionParser.Parse(transactions, TransactionObjects.Registers, meter, out HistoryFault? fault);
            return history is null ? CheckReport.Unreadable(fault!) : Judge(history, options);
        }
        catch (CheckEndedException ended)
        {
            return CheckReport.Unfinished(options.Level is { } level ? [level] : Levels, ended.Message);
        }
    }

    private static CheckReport Judge(TransactionHistory history, CheckOptions options)
    {
        CausalLevel level = CausalLevel.Causal;
        if (options.Level is { } name && !CausalLevels.TryParse(name, out level))
        {
            throw new ArgumentException($"'{name}' is no level of causal consistency.", nameof(options));
        }

        CausalReport report = CausalChecker.Check(history, options.Budget, options.IsCancelled);
        Verdict verdict = report.Judge(level);
        ImmutableArray<CausalLevel> judged = options.Level is null ? CausalLevels.All : [level];
        return new CheckReport
        {
            Verdict = verdict,
            Levels = [.. judged.Select(one => new LevelVerdict(CausalLevels.Name(one), report.Judge(one)))],
            Anomalies = [.. report.Anomalies.Where(anomaly => options.Level is null || Forbids(level, anomaly)).Select(anomaly => Describe(history, anomaly))],
            Undecided = verdict == Verdict.Undecided ? report.Undecided : null,
            Details = Details(report),
        };
    }

    private static bool Forbids(CausalLevel level, CausalAnomaly anomaly) => CausalLevels.Implies(level, anomaly.Level);

    private static Operation? AsTransaction(Operation operation)
    {
        if (operation.Function == "txn")
        {
            return operation;
        }

        bool committed = operation.Outcome == OperationOutcome.Ok;
        (Value key, Value value) = Split(operation, committed && operation.Function == "read" ? operation.Result : operation.Argument);
        string? step = operation.Function switch
        {
            "read" => "r",
            "write" when !value.IsNil => "w",
            _ => null,
        };
        return step is null ? null : operation with { Argument = Value.List(Value.List(Value.Of(step), key, value)), Result = Value.Nil };
    }

    private static (Value Key, Value Value) Split(Operation operation, Value value)
    {
        bool pair = operation.Key.IsNil && value.Kind == ValueKind.List && value.AsList.Length == 2;
        return pair ? (value.AsList[0], value.AsList[1]) : (operation.Key, value);
    }

    private static Anomaly Describe(TransactionHistory history, CausalAnomaly anomaly) =>
        new(anomaly.Name, [.. anomaly.Transactions.Select(transaction => new EventIndex(history.Index(transaction)))], anomaly.Draw(history));

    private static Value Details(CausalReport report)
    {
        var entries = new List<KeyValuePair<Value, Value>>
        {
            new(Value.Of("transactions"), Value.Of(report.History.Count)),
            new(Value.Of("strongest"), Value.List(report.Strongest.Select(level => Value.Of(CausalLevels.Name(level))).ToArray())),
        };
        if (report.Order is { } order && order.Length <= MostInOrder)
        {
            entries.Add(new(Value.Of("order"), Value.List(order.Select(transaction => Value.Of(report.History.Index(transaction))).ToArray())));
        }

        return Value.Map([.. entries]);
    }
}
