using System.Collections.Immutable;

namespace ActorPhysics.Checking.Isolation;

/// <summary>What was found in a history of transactions: every anomaly, and with it the verdict of every level.</summary>
public sealed class IsolationReport
{
    private readonly DependencyGraph? _graph;
    private readonly AnomalyList _anomalies;
    private readonly bool _causalDecided;

    internal IsolationReport(TransactionHistory history, DependencyGraph? graph, AnomalyList anomalies, string? undecided, bool causalDecided)
    {
        History = history;
        _graph = graph;
        _anomalies = anomalies;
        _causalDecided = causalDecided;
        Undecided = undecided;
    }

    public TransactionHistory History { get; }

    /// <summary>Why levels that no anomaly violates are undecided; null where they hold.</summary>
    public string? Undecided { get; }

    /// <summary>The anomalies, of each type at most the first eight.</summary>
    public IReadOnlyList<FoundAnomaly> Anomalies => _anomalies.Kept;

    /// <summary>The levels that hold and that no other level which holds implies: usually one.</summary>
    public ImmutableArray<IsolationLevel> Strongest
    {
        get
        {
            ImmutableArray<IsolationLevel> holding = [.. IsolationLevels.All.Where(level => Judge(level) == Verdict.Holds)];
            return [.. holding.Where(level => !holding.Any(other => other != level && IsolationLevels.Implies(other, level)))];
        }
    }

    /// <summary>How many anomalies of a type there are; of cycles, one for each strongly connected component.</summary>
    public int CountOf(AnomalyType type) => _anomalies.CountOf(type);

    public Verdict Judge(IsolationLevel level)
    {
        if (AnomaliesAt(level).Any())
        {
            return Verdict.Violated;
        }

        return Undecided is not null || (level == IsolationLevel.Causal && !_causalDecided) ? Verdict.Undecided : Verdict.Holds;
    }

    /// <summary>The anomalies that a level forbids.</summary>
    public IEnumerable<FoundAnomaly> AnomaliesAt(IsolationLevel level) =>
        Anomalies.Where(anomaly => IsolationLevels.Forbids(level, anomaly.Type));

    /// <summary>
    /// The witness that a level holds: an order of the transactions that count as committed, which respects every dependency that the level
    /// speaks of. For serializable levels a serial order, for snapshot isolation the order of commits. Null where there is none.
    /// </summary>
    public ImmutableArray<int>? OrderAt(IsolationLevel level)
    {
        if (_graph is null)
        {
            return null;
        }

        bool snapshots = level == IsolationLevel.SnapshotIsolation;
        List<int>? order = snapshots
            ? SerialOrders.Of(new NonadjacentView(_graph, Dependency.Flow, regions: null), commits: true)
            : SerialOrders.Of(new KindView(_graph, KindsOf(level), regions: null), commits: false);
        bool[] counted = ObservedTransactions.Of(History);
        return order is null ? null : [.. order.Where(transaction => counted[transaction])];
    }

    private static Dependency KindsOf(IsolationLevel level) => level switch
    {
        IsolationLevel.StrictSerializable => Dependency.All,
        IsolationLevel.StrongSessionSerializable => Dependency.Data | Dependency.Process,
        IsolationLevel.Serializable or IsolationLevel.RepeatableRead => Dependency.Data,
        IsolationLevel.Causal => Dependency.Flow | Dependency.Process,
        IsolationLevel.ReadUncommitted => Dependency.WriteWrite,
        _ => Dependency.Flow,
    };
}
