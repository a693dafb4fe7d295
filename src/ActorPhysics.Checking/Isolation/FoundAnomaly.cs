using System.Collections.Immutable;

namespace ActorPhysics.Checking.Isolation;

/// <summary>An anomaly and the transactions that show it.</summary>
/// <param name="Transactions">By their numbers in the <see cref="TransactionHistory"/>; a cycle in its order.</param>
/// <param name="Evidence">Why, in lines such as <c>T4 -ww(x: 1 before 2)-> T6</c>.</param>
public sealed record FoundAnomaly(AnomalyType Type, ImmutableArray<int> Transactions, ImmutableArray<string> Evidence)
{
    /// <summary>The evidence, and each transaction in one line; lines end in \n.</summary>
    public string Draw(TransactionHistory history)
    {
        IEnumerable<string> actors = Transactions.Distinct().Order().Select(transaction => "  " + history.Describe(transaction));
        return string.Join('\n', [.. Evidence.Select(line => "  " + line), "where", .. actors, ""]);
    }
}

/// <summary>Collects anomalies: all are counted, of each type only the first few are kept.</summary>
internal sealed class AnomalyList
{
    public const int KeptOfEachType = 8;

    private readonly Dictionary<AnomalyType, int> _counts = [];
    private readonly List<FoundAnomaly> _kept = [];

    public IReadOnlyList<FoundAnomaly> Kept => _kept;

    public bool IsFull(AnomalyType type) => CountOf(type) >= KeptOfEachType;

    public int CountOf(AnomalyType type) => _counts.GetValueOrDefault(type);

    /// <param name="evidence">Called only if the anomaly is kept.</param>
    public void Add(AnomalyType type, ReadOnlySpan<int> transactions, Func<IEnumerable<string>> evidence)
    {
        int count = _counts[type] = CountOf(type) + 1;
        if (count <= KeptOfEachType)
        {
            _kept.Add(new FoundAnomaly(type, [.. transactions], [.. evidence()]));
        }
    }
}
