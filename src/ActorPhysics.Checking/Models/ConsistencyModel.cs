using System.Collections.Immutable;
using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Linearizability;
using ActorPhysics.Core.Specifications;

namespace ActorPhysics.Checking.Models;

/// <summary>A model whose histories are held against a specification: linearizable, or sequentially consistent.</summary>
public abstract class ConsistencyModel<TState, TOperation, TResult>(Specification<TState, TOperation, TResult> specification) : CheckModel
    where TState : IEquatable<TState>
    where TResult : IEquatable<TResult>
{
    private protected const string Linearizable = "linearizable";
    private protected const string Sequential = "sequential";

    // A weaker level that nobody asked for is worth a smaller search only.
    private const int UnaskedShare = 8;

    public override ImmutableArray<string> Levels { get; } = [Linearizable, Sequential];

    public override CheckReport Check(IReadOnlyList<Operation> operations, CheckOptions options)
    {
        List<Call<TOperation, TResult>> calls = new(operations.Count);
        List<Operation> told = new(operations.Count);
        foreach (Operation operation in operations)
        {
            if (Read(operation, options, out Meaning meaning) is { } fault)
            {
                return CheckReport.Unreadable(fault);
            }

            if (meaning.Happened)
            {
                told.Add(operation);
                calls.Add(new(operation.Process, meaning.Operation, meaning.Result, operation.Invoked, operation.Completed));
            }
        }

        return Judge(specification, calls, told, options);
    }

    /// <summary>What an operation of a history means.</summary>
    /// <returns>Why it means nothing, null where it does.</returns>
    protected abstract HistoryFault? Read(Operation operation, CheckOptions options, out Meaning meaning);

    /// <summary>What a drawing says of the operation.</summary>
    protected abstract string Describe(Operation operation);

    private protected CheckReport Judge(
        Specification<TState, TOperation, TResult> judged, IReadOnlyList<Call<TOperation, TResult>> calls, IReadOnlyList<Operation> told, CheckOptions options)
    {
        var levels = ImmutableArray.CreateBuilder<LevelVerdict>();
        var anomalies = ImmutableArray.CreateBuilder<Anomaly>();
        ConsistencyVerdict? last = null;
        foreach (string level in Levels.Where(level => options.Level is null || options.Level == level))
        {
            bool asked = level == Levels[0] || level == options.Level;
            CheckBudget budget = asked ? options.Budget : options.Budget with { MemoryBytes = options.Budget.MemoryBytes / UnaskedShare };
            var search = new SearchOptions { Budget = budget, IsCancelled = options.IsCancelled, Parts = options.Parts, PartsAtOnce = options.PartsAtOnce };
            last = level == Linearizable
                ? Linearizability.Linearizability.Check(judged, calls, search, call => Describe(told[call]))
                : asked
                    ? SequentialConsistency.Check(judged, calls, search, call => Describe(told[call]))
                    : SequentialConsistency.Search(judged, calls, search, call => Describe(told[call]));
            levels.Add(new LevelVerdict(level, last.Verdict));
            if (last is ConsistencyVerdict.Violated violated)
            {
                anomalies.Add(new Anomaly($"not {level}", [.. violated.Offending.Select(call => told[call].InvocationIndex)], violated.Drawing));
            }
            else if (last is ConsistencyVerdict.Holds)
            {
                break;
            }
        }

        return new CheckReport
        {
            // The verdict is on the strongest level asked for; the weaker ones only say how far off it is.
            Verdict = levels[0].Verdict,
            Levels = levels.DrainToImmutable(),
            Anomalies = anomalies.DrainToImmutable(),
            Undecided = (last as ConsistencyVerdict.Undecided)?.Reason,
            Details = last is ConsistencyVerdict.Holds holds
                ? Value.Map(new KeyValuePair<Value, Value>(Value.Of("order"), Value.List(holds.Order.Select(call => Value.Of(told[call].InvocationIndex.Number)).ToImmutableArray())))
                : Value.Nil,
        };
    }

    /// <summary>An operation of a history in terms of the specification.</summary>
    /// <param name="Happened">False for one that tells nothing.</param>
    protected readonly record struct Meaning(TOperation Operation, TResult Result, bool Happened)
    {
        public static Meaning Of(TOperation operation, TResult result, bool happened) => new(operation, result, happened);
    }
}
