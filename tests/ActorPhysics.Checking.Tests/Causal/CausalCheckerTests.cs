using ActorPhysics.Checking.Causal;
using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Isolation;

namespace ActorPhysics.Checking.Tests.Causal;

/// <summary>In the notation of <see cref="Isolation.Histories"/>; operations of one process are a session, and nothing else orders them.</summary>
public sealed class CausalCheckerTests
{
    [Theory]
    [InlineData("read-your-writes", "p1 w x 1 \n p1 g x -")]
    [InlineData("read-your-writes", "p1 w x 1 \n p1 w x 2 \n p1 g x 1")]
    [InlineData("monotonic-reads", "p1 w x 1 \n p2 g x 1 \n p2 g x -")]
    [InlineData("monotonic-reads", "p1 w x 1 \n p1 w x 2 \n p2 g x 2 \n p2 g x 1")]
    [InlineData("monotonic-writes", "p1 w x 1 \n p1 w y 1 \n p2 g y 1 \n p2 g x -")]
    [InlineData("writes-follow-reads", "p1 w x 1 \n p2 g x 1 \n p2 w y 1 \n p3 g y 1 \n p3 g x -")]
    public void A_broken_session_guarantee_is_named_with_the_reversed_pair(string guarantee, string history)
    {
        CausalReport report = Check(history);

        Assert.Equal(Verdict.Violated, report.Judge(CausalLevel.Causal));
        string[] broken = [.. CausalLevels.All.Where(level => level >= CausalLevel.WritesFollowReads && report.Judge(level) == Verdict.Violated).Select(CausalLevels.Name)];
        Assert.Contains(guarantee, broken);
        CausalAnomaly anomaly = Assert.Single(report.Anomalies, anomaly => anomaly.Name == guarantee);
        Assert.Contains(report.History.Count - 1, anomaly.Transactions);
        Assert.Equal(3, anomaly.Evidence.Length);
    }

    [Theory]
    [InlineData("p1 w x 1 \n p1 g x 1")]
    [InlineData("p1 w x 1 \n p1 w x 2 \n p1 g x 2")]
    [InlineData("p1 w x 1 \n p2 g x - \n p2 g x 1")]
    [InlineData("p1 w x 1 \n p1 w x 2 \n p2 g x 1 \n p2 g x 2")]
    [InlineData("p1 w x 1 \n p1 w y 1 \n p2 g y - \n p2 g x 1")]
    [InlineData("p1 w x 1 \n p2 g x 1 \n p2 w y 1 \n p3 g y 1 \n p3 g x 1")]
    [InlineData("p1 w x 1 \n p2 w x 2 \n p3 g x 1 \n p3 g x 2")]
    [InlineData("p1 w x 1 \n p2 w y 1 \n p3 g x 1 \n p3 g y - \n p4 g y 1 \n p4 g x -")]
    [InlineData("p1 w x 1 \n p2 g x - \n p2 w x 2 \n p1 g x 1")]
    [InlineData("?p1 w x 1 \n p1 g x - \n p2 g x 1")]
    public void Histories_that_only_diverge_are_causally_consistent(string history)
    {
        CausalReport report = Check(history);

        Assert.All(CausalLevels.All, level => Assert.Equal(Verdict.Holds, report.Judge(level)));
        Assert.Equal([CausalLevel.Causal], report.Strongest.AsEnumerable());
        Assert.Empty(report.Anomalies);
        Assert.NotNull(report.Order);
    }

    [Fact]
    public void A_reversal_through_three_sessions_breaks_no_single_guarantee_but_causality()
    {
        CausalReport report = Check("p1 w x 1 \n p2 g x 1 \n p2 w y 1 \n p3 g y 1 \n p3 w z 1 \n p4 g z 1 \n p4 g x -");

        Assert.Equal([CausalLevel.ReadAtomic, CausalLevel.WritesFollowReads, CausalLevel.MonotonicWrites, CausalLevel.MonotonicReads], report.Strongest.AsEnumerable());
        CausalAnomaly anomaly = Assert.Single(report.Anomalies);
        Assert.Equal("causal-reversal", anomaly.Name);
        Assert.Equal([0, 6], anomaly.Transactions.AsEnumerable().Order());
        Assert.Contains("T6 came after T0 and read x = nil", string.Join('\n', anomaly.Evidence), StringComparison.Ordinal);
    }

    [Fact]
    public void Readers_who_disagree_on_the_order_of_two_writes_of_a_key_twice_over_are_not_causally_consistent()
    {
        // Each session saw the other's write after its own and then its own again: whichever write is later, one of them went back.
        CausalReport report = Check("p1 w x 1 \n |p2 w x 2 \n p1 g x 2 \n p2 g x 1 \n p1 g x 1 \n p2 g x 2");

        Assert.Equal(Verdict.Violated, report.Judge(CausalLevel.Causal));
    }

    [Theory]
    [InlineData("fractured-read", CausalLevel.ReadCommitted, "p1 w x 1, w y 1 \n p2 g x -, g y 1")]
    [InlineData("non-monotonic-read", null, "p1 w x 1, w y 1 \n p2 g y 1, g x -")]
    [InlineData("circular-causality", null, "p1 g x 1 \n p1 w y 1 \n p2 g y 1 \n p2 w x 1")]
    [InlineData("G1a", null, "!p1 w x 1 \n p2 g x 1")]
    [InlineData("G1b", null, "p1 w x 1, w x 2 \n p2 g x 1")]
    [InlineData("internal", null, "p1 w x 1 \n p2 w x 2, g x 1")]
    [InlineData("future-read", null, "p1 g x 1, w x 1")]
    [InlineData("unwritten-read", null, "p1 g x 1")]
    public void Anomalies_of_transactions_are_named(string name, CausalLevel? holds, string history)
    {
        CausalReport report = Check(history);

        Assert.Equal(name, report.Anomalies[0].Name);
        Assert.Equal(Verdict.Violated, report.Judge(CausalLevel.ReadAtomic));
        Assert.Equal(holds is null ? Verdict.Violated : Verdict.Holds, report.Judge(CausalLevel.ReadCommitted));
    }

    [Fact]
    public void Too_little_memory_for_causality_leaves_it_undecided_and_says_so()
    {
        string[] writers = [.. Enumerable.Range(0, 200).Select(process => $"p{process} w x {process}")];

        CausalReport report = CausalChecker.Check(Isolation.Histories.Of(string.Join('\n', writers)), new CheckBudget(MemoryBytes: 150_000, Steps: long.MaxValue));

        Assert.Equal(Verdict.Undecided, report.Judge(CausalLevel.Causal));
        Assert.Equal(Verdict.Holds, report.Judge(CausalLevel.ReadAtomic));
        Assert.Contains("200 sessions", report.Undecided, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("p0 w x 1 \n ?p0 w y 1 \n p1 g y 1 \n p1 g x -", CausalLevel.MonotonicWrites)]
    [InlineData("p2 w x 1 \n p0 g x 1 \n ?p0 w y 1 \n p1 g y 1 \n p1 g x -", CausalLevel.WritesFollowReads)]
    public void A_write_of_unknown_outcome_that_was_seen_brings_along_what_its_process_had_done(string history, CausalLevel broken)
    {
        Assert.Equal(Verdict.Violated, Check(history).Judge(broken));
        Assert.Equal(Verdict.Holds, Check(history.Replace("g x -", "g x 1", StringComparison.Ordinal)).Judge(broken));
    }

    [Theory]
    [InlineData(8, false)]
    [InlineData(1 << 20, true)]
    public void A_spent_budget_leaves_every_level_undecided(long memoryBytes, bool cancelled)
    {
        CausalReport report = CausalChecker.Check(
            Isolation.Histories.Of("p1 w x 1 \n p2 g x 1"), new CheckBudget(memoryBytes, Steps: long.MaxValue), () => cancelled);

        Assert.All(CausalLevels.All, level => Assert.Equal(Verdict.Undecided, report.Judge(level)));
        Assert.Contains(cancelled ? "time-out" : "memory", report.Undecided, StringComparison.Ordinal);
    }

    [Fact]
    public void Verdicts_are_those_of_the_axioms_tried_on_every_commit_order()
    {
        int violated = 0;
        for (int seed = 0; seed < 3000; seed++)
        {
            TransactionHistory history = TinySessions.Of(new Random(seed));
            CausalReport report = CausalChecker.Check(history);
            foreach (CausalLevel level in (CausalLevel[])[CausalLevel.Causal, CausalLevel.ReadAtomic, CausalLevel.ReadCommitted])
            {
                Verdict truth = new CommitOrders(history, level).Exists() ? Verdict.Holds : Verdict.Violated;
                string drawing = string.Join('\n', Enumerable.Range(0, history.Count).Select(history.Describe));
                Assert.True(truth == report.Judge(level), $"seed {seed}: {level} is {truth}\n{drawing}");
                violated += truth == Verdict.Violated ? 1 : 0;
            }

            Assert.Equal(report.Judge(CausalLevel.Causal) == Verdict.Holds, report.Order is not null);
        }

        Assert.InRange(violated, 1000, 8000);
    }

    [Fact]
    public void A_line_that_is_none_is_refused_with_its_number()
    {
        Assert.False(PlainTransactions.TryRead("w 1 2\n-----\nx 1 2\n", out _, out HistoryFault? fault));
        Assert.Equal(3, fault!.Line);
    }

    private static CausalReport Check(string history) => CausalChecker.Check(Isolation.Histories.Of(history));
}
