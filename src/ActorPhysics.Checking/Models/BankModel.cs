using System.Collections.Immutable;
using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Linearizability;

namespace ActorPhysics.Checking.Models;

using BankCall = Call<BankAccounts.Operation, Value>;

/// <summary>
/// A bank: <c>transfer</c> with <c>{"from", "to", "amount"}</c>, and <c>read</c> with a map of account to balance, each one atomic step. No read may
/// see another total, and all must be linearizable (or sequential). The balances at first are those of an operation <c>init</c>; a history
/// without one is explained by any balances that explain it.
/// </summary>
public sealed class BankModel : ConsistencyModel<Value, BankAccounts.Operation, Value>
{
    // So many transfers may overlap the read from which the first balances are found: each may or may not have come before it.
    private const int MaxOverlapping = 10;

    private static readonly Value From = Value.Of("from");
    private static readonly Value To = Value.Of("to");
    private static readonly Value Amount = Value.Of("amount");

    public BankModel()
        : base(BankAccounts.Of(Value.Map()))
    {
    }

    public override string Name => "bank";

    public override CheckReport Check(IReadOnlyList<Operation> operations, CheckOptions options)
    {
        List<BankCall> calls = [];
        List<Operation> told = [];
        Value? balances = null;
        foreach (Operation operation in operations)
        {
            if (operation is { Function: "init", Outcome: not OperationOutcome.Failed })
            {
                if (!IsBalances(operation.Argument))
                {
                    return CheckReport.Unreadable(operation.Fault("its value must be a map of account to balance"));
                }

                balances = operation.Argument;
                continue;
            }

            if (Read(operation, options, out Meaning meaning) is { } fault)
            {
                return CheckReport.Unreadable(fault);
            }

            if (meaning.Happened)
            {
                told.Add(operation);
                calls.Add(new BankCall(operation.Process, meaning.Operation, meaning.Result, operation.Invoked, operation.Completed));
            }
        }

        ImmutableArray<Anomaly> totals = WrongTotals(told, balances);
        return totals.IsEmpty
            ? JudgeFromAny(balances is { } known ? [known] : FirstBalances(calls), calls, told, options)
            : new CheckReport { Verdict = Verdict.Violated, Levels = [.. Levels.Select(level => new LevelVerdict(level, Verdict.Violated))], Anomalies = totals };
    }

    protected override HistoryFault? Read(Operation operation, CheckOptions options, out Meaning meaning)
    {
        meaning = default;
        bool happened = operation.Outcome != OperationOutcome.Failed;
        switch (operation.Function)
        {
            case "read":
                bool isMap = IsBalances(operation.Result);
                meaning = Meaning.Of(BankAccounts.Operation.Read, operation.Result, happened);
                return isMap || operation.Outcome != OperationOutcome.Ok ? null : operation.Fault("a read must see a map of account to balance");
            case "transfer" when operation.Argument.Find(From) is { } from && operation.Argument.Find(To) is { } to
                && operation.Argument.Find(Amount) is { IsInteger: true } amount:
                // Accounts may be numbers in a transfer and texts as the keys of a JSON object.
                meaning = Meaning.Of(BankAccounts.Operation.Transfer(KeyOf(from), KeyOf(to), amount.AsInteger), Value.Nil, happened);
                return null;
            case "transfer":
                return operation.Fault("its value must be {from, to, amount}");
            default:
                return operation.Fault($"the model {Name} knows init, transfer and read");
        }
    }

    protected override string Describe(Operation operation) =>
        operation.Function == "read"
            ? $"read -> {operation.Result} (#{operation.InvocationIndex})"
            : $"transfer {operation.Argument.Find(Amount)} from {operation.Argument.Find(From)} to {operation.Argument.Find(To)} (#{operation.InvocationIndex})";

    private static bool IsBalances(Value value) => value.Kind == ValueKind.Map && value.AsMap.All(entry => entry.Value.IsInteger);

    private static Value KeyOf(Value account) => Value.Of(account.Kind == ValueKind.Text ? account.AsText : account.ToString());

    private static Value WithTextKeys(Value balances) =>
        Value.Map([.. balances.AsMap.Select(entry => new KeyValuePair<Value, Value>(KeyOf(entry.Key), entry.Value))]);

    private static long TotalOf(Value balances) => balances.AsMap.Sum(entry => entry.Value.AsInteger);

    private ImmutableArray<Anomaly> WrongTotals(List<Operation> told, Value? balances)
    {
        Operation[] reads = [.. told.Where(operation => operation is { Function: "read", Outcome: OperationOutcome.Ok })];
        if (reads.Length == 0)
        {
            return [];
        }

        long total = balances is { } known ? TotalOf(known) : TotalOf(reads[0].Result);
        return
        [
            .. reads.Where(read => TotalOf(read.Result) != total).Select(read => new Anomaly(
                "wrong total",
                balances is null ? [reads[0].InvocationIndex, read.InvocationIndex] : [read.InvocationIndex],
                $"{Describe(read)} sees {TotalOf(read.Result)} in all, but there are {total}.\n")),
        ];
    }

    /// <summary>
    /// All balances that the first read to return leaves possible: what it saw, less the transfers before it and less any of those that overlap
    /// it. Null where they would be too many.
    /// </summary>
    private static IReadOnlyList<Value>? FirstBalances(List<BankCall> calls)
    {
        if (!calls.Exists(call => call is { Operation.IsRead: true, IsOpen: false }))
        {
            return [Value.Map()];
        }

        BankCall read = calls.Where(call => call is { Operation.IsRead: true, IsOpen: false }).MinBy(call => call.Completed.Number);
        BankCall[] transfers = [.. calls.Where(call => !call.Operation.IsRead && call.Invoked < read.Completed)];
        Value seen = transfers.Where(call => call.Completed < read.Invoked).Aggregate(WithTextKeys(read.Result), Without);
        BankCall[] overlapping = [.. transfers.Where(call => !(call.Completed < read.Invoked))];
        if (overlapping.Length > MaxOverlapping)
        {
            return null;
        }

        return [.. Enumerable.Range(0, 1 << overlapping.Length)
            .Select(before => overlapping.Where((_, i) => (before & (1 << i)) != 0).Aggregate(seen, Without))
            .Distinct()];

        static Value Without(Value balances, BankCall call) =>
            BankAccounts.Add(BankAccounts.Add(balances, call.Operation.From, call.Operation.Amount), call.Operation.To, -call.Operation.Amount);
    }

    private CheckReport JudgeFromAny(IReadOnlyList<Value>? starts, List<BankCall> calls, List<Operation> told, CheckOptions options)
    {
        if (starts is null)
        {
            return new CheckReport { Verdict = Verdict.Undecided, Undecided = "too many transfers overlap the first read; state the first balances by an operation \"init\"" };
        }

        List<BankCall> plain = calls.ConvertAll(call => call.Result.Kind == ValueKind.Map ? call with { Result = WithTextKeys(call.Result) } : call);
        CheckReport? best = null;
        foreach (Value start in starts)
        {
            CheckReport report = Judge(BankAccounts.Of(WithTextKeys(start)), plain, told, options);
            if (best is null || Rank(report) > Rank(best))
            {
                best = report;
            }

            if (report.Verdict == Verdict.Holds)
            {
                break;
            }
        }

        return best!;

        static int Rank(CheckReport report) => report.Verdict switch
        {
            Verdict.Holds => 2,
            Verdict.Undecided => 1,
            _ => 0,
        };
    }
}
