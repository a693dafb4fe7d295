using System.Collections.Immutable;
using ActorPhysics.Checking.Isolation;

namespace ActorPhysics.Checking.Causal;

/// <summary>
/// Judges sessions of transactions over registers whose written values are unique: read committed, read atomic and causal consistency
/// exactly (Biswas &amp; Enea, "On the Complexity of Checking Transactional Consistency", OOPSLA 2019), in time about linear in reads × sessions
/// (after AWDIT, Møldrup &amp; Pavlogiannis, PLDI 2025), and the session guarantees of Terry et al. (PDIS 1994).
/// </summary>
public static class CausalChecker
{
    /// <param name="budget">Of memory for vectors, transactions × sessions × 4 bytes: past it causality is undecided.</param>
    public static CausalReport Check(TransactionHistory history, CheckBudget? budget = null)
    {
        if (history.WrittenTwice is { } element)
        {
            string reason = $"{history.ElementName(element)} was written to {history.KeyName(history.KeyOf(element))} more than once, so who wrote what was read is unknown";
            return new CausalReport(history, CausalLevels.All.ToDictionary(level => level, _ => Verdict.Undecided), [], order: null, reason);
        }

        return new Judgement(history, (budget ?? CheckBudget.Default).MemoryBytes).Run();
    }

    private sealed class Judgement
    {
        private readonly TransactionHistory _history;
        private readonly SessionHistory _sessions;
        private readonly long _memoryBytes;
        private readonly Dictionary<CausalLevel, Verdict> _verdicts = [];
        private readonly List<CausalAnomaly> _anomalies = [];
        private ImmutableArray<int>? _order;
        private string? _undecided;

        public Judgement(TransactionHistory history, long memoryBytes)
        {
            _history = history;
            _memoryBytes = memoryBytes;
            _sessions = new SessionHistory(history);
        }

        public CausalReport Run()
        {
            bool sound = RunReadFaults();
            (DependencyGraph bare, CommitOrder none) = CommitOrder.Bare(_sessions);
            if (CommitCycle.Find(_sessions, bare, none, CausalLevel.ReadCommitted, "circular-causality") is { } circle)
            {
                Violate(circle, CausalLevel.Causal, CausalLevel.ReadAtomic, CausalLevel.ReadCommitted);
                LeaveGuarantees("transactions read from each other in a circle, so nothing is older than anything");
                return Report();
            }

            Judge(CausalLevel.ReadCommitted, causality: null, "non-monotonic-read", sound);
            Judge(CausalLevel.ReadAtomic, causality: null, "fractured-read", sound);
            List<int> order = SerialOrders.Of(new KindView(bare, Dependency.All, regions: null), commits: false)!;
            if (Causality.Of(_sessions, order, _memoryBytes) is { } causality)
            {
                Judge(CausalLevel.Causal, causality, "causal-reversal", sound);
                JudgeGuarantees(causality);
            }
            else
            {
                _verdicts[CausalLevel.Causal] = _verdicts[CausalLevel.ReadAtomic] == Verdict.Violated ? Verdict.Violated : Verdict.Undecided;
                LeaveGuarantees($"the vectors of {_sessions.Sessions} sessions × {_history.Count} transactions exceed the budget of memory");
            }

            return Report();
        }

        private CausalReport Report() => new(_history, _verdicts, [.. _anomalies], _order, _undecided);

        private bool RunReadFaults()
        {
            _anomalies.AddRange(ReadFaults.Find(_history));
            return _anomalies.Count == 0;
        }

        private void Judge(CausalLevel level, Causality? causality, string name, bool sound)
        {
            (DependencyGraph graph, CommitOrder order) = CommitOrder.Of(_sessions, level, causality);
            CausalAnomaly? cycle = CommitCycle.Find(_sessions, graph, order, level, name);
            _verdicts[level] = cycle is null && sound ? Verdict.Holds : Verdict.Violated;
            bool known = _anomalies.Exists(anomaly => CausalLevels.Implies(level, anomaly.Level));
            if (cycle is not null && !known)
            {
                _anomalies.Add(cycle);
            }

            if (level == CausalLevel.Causal && cycle is null)
            {
                List<int> commits = SerialOrders.Of(new KindView(graph, Dependency.All, regions: null), commits: false)!;
                _order = [.. commits.Where(transaction => transaction < _history.Count && _sessions.Counted[transaction])];
            }
        }

        private void JudgeGuarantees(Causality causality)
        {
            bool complete = SessionGuarantees.Find(_sessions, causality, out IReadOnlyDictionary<CausalLevel, CausalAnomaly> broken);
            foreach (CausalLevel guarantee in CausalLevels.All.Where(level => level >= CausalLevel.WritesFollowReads))
            {
                bool violated = broken.TryGetValue(guarantee, out CausalAnomaly? anomaly);
                _verdicts[guarantee] = violated ? Verdict.Violated : complete ? Verdict.Holds : Verdict.Undecided;
                if (violated)
                {
                    _anomalies.Add(anomaly!);
                }
            }

            _undecided = complete ? _undecided : "there are too many stale reads to look at all of them";
        }

        private void LeaveGuarantees(string reason)
        {
            _undecided = reason;
            foreach (CausalLevel guarantee in CausalLevels.All.Where(level => level >= CausalLevel.WritesFollowReads))
            {
                _verdicts[guarantee] = Verdict.Undecided;
            }
        }

        private void Violate(CausalAnomaly anomaly, params ReadOnlySpan<CausalLevel> levels)
        {
            _anomalies.Add(anomaly);
            foreach (CausalLevel level in levels)
            {
                _verdicts[level] = Verdict.Violated;
            }
        }
    }
}
