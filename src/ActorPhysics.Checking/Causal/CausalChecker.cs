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
    /// <param name="history">What the sessions did.</param>
    /// <param name="budget">Of memory, most of it for vectors, transactions × sessions × 4 bytes: where they exceed it causality is undecided; where
    /// anything else does, so is every level that was not judged yet.</param>
    /// <param name="isCancelled">Asked now and then; once it answers true the check ends like one whose budget is used up.</param>
    public static CausalReport Check(TransactionHistory history, CheckBudget? budget = null, Func<bool>? isCancelled = null)
    {
        if (history.WrittenTwice is { } element)
        {
            string reason = $"{history.ElementName(element)} was written to {history.KeyName(history.KeyOf(element))} more than once, so who wrote what was read is unknown";
            return new CausalReport(history, CausalLevels.All.ToDictionary(level => level, _ => Verdict.Undecided), [], order: null, reason);
        }

        return new Judgement(history, new SearchMeter(budget ?? CheckBudget.Default, isCancelled ?? (static () => false))).Run();
    }

    // A read or a written key, and an entry of the index of writes.
    private const long SessionBytesPerOperation = 80;

    private sealed class Judgement
    {
        private readonly TransactionHistory _history;
        private readonly SearchMeter _meter;
        private readonly Dictionary<CausalLevel, Verdict> _verdicts = [];
        private readonly List<CausalAnomaly> _anomalies = [];
        private ImmutableArray<int>? _order;
        private string? _undecided;

        public Judgement(TransactionHistory history, SearchMeter meter)
        {
            _history = history;
            _meter = meter;
        }

        public CausalReport Run()
        {
            try
            {
                _meter.Checkpoint(_history.HeldBytes + (_history.OperationCount * SessionBytesPerOperation));
                Judge(new SessionHistory(_history));
            }
            catch (CheckEndedException ended)
            {
                _undecided = ended.Message;
                foreach (CausalLevel level in CausalLevels.All)
                {
                    _verdicts.TryAdd(level, _anomalies.Exists(anomaly => CausalLevels.Implies(level, anomaly.Level)) ? Verdict.Violated : Verdict.Undecided);
                }
            }

            return new CausalReport(_history, _verdicts, [.. _anomalies], _order, _undecided);
        }

        private void Judge(SessionHistory sessions)
        {
            bool sound = RunReadFaults();
            (DependencyGraph bare, CommitOrder none) = CommitOrder.Bare(sessions, _meter);
            if (CommitCycle.Find(sessions, bare, none, CausalLevel.ReadCommitted, "circular-causality", _meter) is { } circle)
            {
                Violate(circle, CausalLevel.Causal, CausalLevel.ReadAtomic, CausalLevel.ReadCommitted);
                LeaveGuarantees("transactions read from each other in a circle, so nothing is older than anything");
                return;
            }

            List<int> order = SerialOrders.Of(new KindView(bare, Dependency.All, regions: null), commits: false)!;
            _meter.Release(bare.HeldBytes);
            Judge(sessions, CausalLevel.ReadCommitted, causality: null, "non-monotonic-read", sound);
            Judge(sessions, CausalLevel.ReadAtomic, causality: null, "fractured-read", sound);
            if (Causality.Of(sessions, order, _meter) is { } causality)
            {
                Judge(sessions, CausalLevel.Causal, causality, "causal-reversal", sound);
                JudgeGuarantees(sessions, causality);
            }
            else
            {
                _verdicts[CausalLevel.Causal] = _verdicts[CausalLevel.ReadAtomic] == Verdict.Violated ? Verdict.Violated : Verdict.Undecided;
                LeaveGuarantees($"the vectors of {sessions.Sessions} sessions × {_history.Count} transactions exceed the budget of memory");
            }
        }

        private bool RunReadFaults()
        {
            _anomalies.AddRange(ReadFaults.Find(_history));
            return _anomalies.Count == 0;
        }

        private void Judge(SessionHistory sessions, CausalLevel level, Causality? causality, string name, bool sound)
        {
            (DependencyGraph graph, CommitOrder order) = CommitOrder.Of(sessions, level, causality, _meter);
            CausalAnomaly? cycle = CommitCycle.Find(sessions, graph, order, level, name, _meter);
            _verdicts[level] = cycle is null && sound ? Verdict.Holds : Verdict.Violated;
            bool known = _anomalies.Exists(anomaly => CausalLevels.Implies(level, anomaly.Level));
            if (cycle is not null && !known)
            {
                _anomalies.Add(cycle);
            }

            if (level == CausalLevel.Causal && cycle is null)
            {
                List<int> commits = SerialOrders.Of(new KindView(graph, Dependency.All, regions: null), commits: false)!;
                _order = [.. commits.Where(transaction => transaction < _history.Count && sessions.Counted[transaction])];
            }

            _meter.Release(graph.HeldBytes + order.HeldBytes);
        }

        private void JudgeGuarantees(SessionHistory sessions, Causality causality)
        {
            bool complete = SessionGuarantees.Find(sessions, causality, _meter, out IReadOnlyDictionary<CausalLevel, CausalAnomaly> broken);
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
