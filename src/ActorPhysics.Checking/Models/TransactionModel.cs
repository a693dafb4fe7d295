using System.Collections.Immutable;
using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Isolation;

namespace ActorPhysics.Checking.Models;

/// <summary>
/// Transactions of Jepsen's micro-operations, by <see cref="IsolationChecker"/>. Without a level the history is held against strict
/// serializability, and the strongest level that holds is named beside every anomaly.
/// </summary>
public abstract class TransactionModel : CheckModel
{
    /// <summary>Past this an order takes more room in a report than it is worth.</summary>
    private const int MostInOrder = 100_000;

    public sealed override ImmutableArray<string> Levels { get; } = [.. IsolationLevels.All.Select(IsolationLevels.Name)];

    private protected abstract TransactionObjects Objects { get; }

    public sealed override CheckReport Check(IReadOnlyList<Operation> operations, CheckOptions options)
    {
        TransactionHistory? history;
        HistoryFault? fault;
        try
        {
            history = TransactionParser.Parse(operations, Objects, new SearchMeter(options.Budget with { Steps = long.MaxValue }, options.IsCancelled), out fault);
        }
        catch (CheckEndedException ended)
        {
            return CheckReport.Unfinished(options.Level is { } level ? [level] : Levels, ended.Message);
        }

        if (history is null)
        {
            return CheckReport.Unreadable(fault!);
        }

        // Steps bound the search for drawable cycles only: the rest is linear.
        long budget = Math.Min(options.Budget.Steps, new IsolationOptions().SearchBudget);
        IsolationReport report = IsolationChecker.Check(
            history,
            new IsolationOptions(options.Assumptions, budget)
            {
                Budget = options.Budget with { Steps = long.MaxValue },
                IsCancelled = options.IsCancelled,
            });
        return Report(report, options.Level);
    }

    private static CheckReport Report(IsolationReport report, string? name)
    {
        IsolationLevel level = IsolationLevel.StrictSerializable;
        if (name is not null && !IsolationLevels.TryParse(name, out level))
        {
            throw new ArgumentException($"'{name}' is no level of isolation.", nameof(name));
        }

        ImmutableArray<IsolationLevel> judged = name is null ? IsolationLevels.All : [level];
        Verdict verdict = report.Judge(level);
        return new CheckReport
        {
            Verdict = verdict,
            Levels = [.. judged.Select(one => new LevelVerdict(IsolationLevels.Name(one), report.Judge(one)))],
            Anomalies = [.. (name is null ? Distinct(report) : report.AnomaliesAt(level)).Select(anomaly => Describe(report.History, anomaly))],
            Undecided = verdict == Verdict.Undecided ? report.Undecided ?? "the search for a causal reversal ran out of budget" : null,
            Details = Details(report, verdict == Verdict.Holds ? level : null),
        };
    }

    /// <summary>All anomalies, but a cycle that the order of a process closes is not told again as one of real time.</summary>
    private static IEnumerable<FoundAnomaly> Distinct(IsolationReport report)
    {
        ILookup<AnomalyKind, ImmutableArray<int>> process = report.Anomalies
            .Where(anomaly => anomaly.Type.Scope == AnomalyScope.Process)
            .ToLookup(anomaly => anomaly.Type.Kind, anomaly => anomaly.Transactions);
        return report.Anomalies.Where(anomaly =>
            anomaly.Type.Scope != AnomalyScope.Realtime
            || !process[anomaly.Type.Kind].Any(transactions => transactions.Order().SequenceEqual(anomaly.Transactions.Order())));
    }

    private static Anomaly Describe(TransactionHistory history, FoundAnomaly anomaly) =>
        new(anomaly.Type.Name, [.. anomaly.Transactions.Select(transaction => new EventIndex(history.Index(transaction)))], anomaly.Draw(history));

    /// <param name="held">The level that was asked for, if it holds: then an order shows it.</param>
    private static Value Details(IsolationReport report, IsolationLevel? held)
    {
        var entries = new List<KeyValuePair<Value, Value>>
        {
            new(Value.Of("transactions"), Value.Of(report.History.Count)),
            new(Value.Of("strongest"), Value.List(report.Strongest.Select(strong => Value.Of(IsolationLevels.Name(strong))).ToArray())),
        };
        if (held is { } level && report.History.Count <= MostInOrder && report.OrderAt(level) is { } order)
        {
            entries.Add(new(Value.Of("order"), Value.List(order.Select(transaction => Value.Of(report.History.Index(transaction))).ToArray())));
        }

        return Value.Map([.. entries]);
    }
}

/// <summary>Transactions that append to lists and read them whole.</summary>
public sealed class ListAppendModel : TransactionModel
{
    public override string Name => "list-append";

    private protected override TransactionObjects Objects => TransactionObjects.Lists;
}

/// <summary>Transactions that write and read registers, with unique values.</summary>
public sealed class RwRegisterModel : TransactionModel
{
    public override string Name => "rw-register";

    private protected override TransactionObjects Objects => TransactionObjects.Registers;
}
