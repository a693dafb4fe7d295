using System.Collections.Immutable;
using ActorPhysics.Checking.Isolation;

namespace ActorPhysics.Checking.Causal;

/// <summary>Something that a level forbids.</summary>
/// <param name="Level">The weakest level that forbids it.</param>
/// <param name="Name">Such as <c>monotonic-reads</c> or <c>causal-reversal</c>.</param>
/// <param name="Transactions">Those that show it, by their numbers in the <see cref="TransactionHistory"/>.</param>
/// <param name="Evidence">In lines.</param>
public sealed record CausalAnomaly(CausalLevel Level, string Name, ImmutableArray<int> Transactions, ImmutableArray<string> Evidence)
{
    /// <summary>The evidence, and each transaction in one line; lines end in \n.</summary>
    public string Draw(TransactionHistory history)
    {
        IEnumerable<string> actors = Transactions.Distinct().Order().Select(transaction => "  " + history.Describe(transaction));
        return string.Join('\n', [.. Evidence.Select(line => "  " + line), "where", .. actors, ""]);
    }
}

/// <summary>What was found in sessions of transactions over registers.</summary>
public sealed class CausalReport
{
    private readonly ImmutableDictionary<CausalLevel, Verdict> _verdicts;

    internal CausalReport(
        TransactionHistory history, IReadOnlyDictionary<CausalLevel, Verdict> verdicts, ImmutableArray<CausalAnomaly> anomalies, ImmutableArray<int>? order, string? undecided)
    {
        History = history;
        _verdicts = verdicts.ToImmutableDictionary();
        Anomalies = anomalies;
        Order = order;
        Undecided = undecided;
    }

    public TransactionHistory History { get; }

    public ImmutableArray<CausalAnomaly> Anomalies { get; }

    /// <summary>Where causal consistency holds, a commit order that shows it; else null.</summary>
    public ImmutableArray<int>? Order { get; }

    /// <summary>Why some level is undecided; null where none is.</summary>
    public string? Undecided { get; }

    /// <summary>The levels that hold and that no other level which holds implies.</summary>
    public ImmutableArray<CausalLevel> Strongest
    {
        get
        {
            ImmutableArray<CausalLevel> holding = [.. CausalLevels.All.Where(level => Judge(level) == Verdict.Holds)];
            return [.. holding.Where(level => !holding.Any(other => other != level && CausalLevels.Implies(other, level)))];
        }
    }

    public Verdict Judge(CausalLevel level) => _verdicts[level];
}
