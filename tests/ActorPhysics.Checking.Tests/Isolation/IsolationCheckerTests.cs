using ActorPhysics.Checking.Isolation;

namespace ActorPhysics.Checking.Tests.Isolation;

/// <summary>Every anomaly in the smallest history that shows it, and beside it one that differs in as little as possible and is well.</summary>
public sealed class IsolationCheckerTests
{
    [Theory]
    [InlineData("G0", "p1 a x 1, a y 1 \n |p2 a x 2, a y 2 \n p3 r x 1 2, r y 2 1")]
    [InlineData("G1a", "!p1 a x 1 \n p2 r x 1")]
    [InlineData("G1a dirty-update", "!p1 a x 1 \n p2 a x 2 \n p3 r x 1 2")]
    [InlineData("G-single-item G1b fractured-read", "p1 a x 1, a x 2 \n |p2 r x 1")]
    [InlineData("G1c", "p1 a x 1, r y 1 \n |p2 a y 1, r x 1")]
    [InlineData("G-single-item fractured-read", "p1 a x 1, a y 1 \n |p2 r x 1, r y -")]
    [InlineData("G2-item", "p1 r x -, a y 1 \n |p2 r y -, a x 1 \n |p3 r x 1, r y 1")]
    [InlineData("G2-item lost-update", "p1 r x -, a x 1 \n |p2 r x -, a x 2")]
    [InlineData("G-nonadjacent-item long-fork", "p1 a x 1 \n |p2 a y 1 \n |p3 r x 1, r y - \n |p4 r y 1, r x -")]
    [InlineData("internal", "p1 r x -, a x 1, r x - \n |p2 r x 1")]
    [InlineData("future-read", "p1 r x 1, a x 1")]
    [InlineData("incompatible-order", "p1 a x 1 \n |p2 a x 2 \n |p3 r x 1 \n |p4 r x 2")]
    [InlineData("duplicate-elements", "p1 a x 1 \n |p3 r x 1 1")]
    [InlineData("unwritten-read", "p1 r x 7")]
    [InlineData("G-single-item-process G-single-item-realtime causal-reversal", "p1 a x 1 \n p1 r x - \n p2 r x 1")]
    [InlineData("G1c-process G1c-realtime", "p1 r x 1 \n p1 a x 1")]
    [InlineData("G-single-item-realtime", "p1 a x 1 \n p2 r x - \n p3 r x 1")]
    [InlineData("G0-realtime", "p1 a x 1 \n p2 a x 2 \n p3 r x 2 1")]
    public void Anomalies_of_lists_are_named(string names, string history) => Assert.Equal(names, Histories.Check(history).Names());

    [Fact]
    public void A_read_that_missed_a_write_behind_the_next_one_reverses_causes_too()
    {
        const string Missed = "p1 a x 1 \n |p2 a x 2 \n |p3 a x 3, a y 1 \n |p4 r y 1, r x 1 \n p5 r x 1 2 3";

        IsolationReport report = Histories.Check(Missed);

        Assert.Equal(Verdict.Violated, report.Judge(IsolationLevel.Causal));
        Assert.Contains(report.Anomalies, anomaly => anomaly.Type.Kind == AnomalyKind.FracturedRead && anomaly.Transactions.Length == 3);
        Assert.Equal(Verdict.Holds, Histories.Check(Missed.Replace("r y 1, r x 1 ", "r y -, r x 1 ", StringComparison.Ordinal)).Judge(IsolationLevel.Causal));
    }

    [Fact]
    public void A_search_that_was_given_up_leaves_causal_undecided()
    {
        TransactionHistory history = Histories.Of("p1 a x 1, a y 1 \n |p2 r x 1, r y -");

        Assert.Equal(Verdict.Violated, IsolationChecker.Check(history).Judge(IsolationLevel.Causal));
        Assert.Equal(Verdict.Undecided, IsolationChecker.Check(history, new IsolationOptions(SearchBudget: 0)).Judge(IsolationLevel.Causal));
    }

    [Fact]
    public void An_order_that_two_assumptions_tell_is_used_once()
    {
        var lines = new List<string> { "p1 g x -, w x 1, w y 1", "|p2 w x 2, g y -" };
        lines.AddRange(Enumerable.Range(3, 10).Select(process => $"|p{process} g x -"));
        lines.AddRange(Enumerable.Range(100, 24).Select(value => $"|p{value} w x {value}"));
        lines.Add("p3 g x 1");

        IsolationReport report = Histories.Check(string.Join(" \n ", lines), RegisterAssumptions.SequentialKeys);

        // The first missed the second's write of x, and the second the first's of y.
        Assert.Equal(Verdict.Violated, report.Judge(IsolationLevel.Serializable));
    }

    [Theory]
    [InlineData("p1 a x 1, a y 1 \n |p2 a x 2, a y 2 \n p3 r x 1 2, r y 1 2")]
    [InlineData("?p1 a x 1 \n p2 r x 1")]
    [InlineData("!p1 a x 1 \n p2 a x 2 \n p3 r x 2")]
    [InlineData("p1 a x 1, a x 2 \n |p2 r x 1 2")]
    [InlineData("p1 a x 1, r y - \n |p2 a y 1, r x 1")]
    [InlineData("p1 a x 1, a y 1 \n |p2 r x -, r y -")]
    [InlineData("p1 r x -, a x 1 \n |p2 r x 1, a x 2")]
    [InlineData("p1 a x 1 \n |p2 a y 1 \n |p3 r x 1, r y - \n |p4 r y 1, r x 1")]
    [InlineData("p1 r x -, a x 1, r x 1")]
    [InlineData("p1 a x 1 \n |p2 r x -")]
    [InlineData("?p1 a x 1 \n p2 r x - \n p2 r x -")]
    [InlineData("?p1 a x 1 \n p2 r x - \n p2 r x 1")]
    public void Histories_without_anomaly_are_strict_serializable(string history)
    {
        IsolationReport report = Histories.Check(history);

        Assert.Equal("", report.Names());
        Assert.Equal([IsolationLevel.StrictSerializable], report.Strongest.AsEnumerable());
    }

    [Theory]
    [InlineData("G1a", "!p1 w x 1 \n p2 g x 1")]
    [InlineData("G1b", "p1 w x 1, w x 2 \n |p2 g x 1")]
    [InlineData("G1c", "p1 w x 1, g y 1 \n |p2 w y 1, g x 1")]
    [InlineData("G-single-item fractured-read", "p1 w x 1, w y 1 \n |p2 g x 1, g y -")]
    [InlineData("lost-update", "p1 w x 1 \n |p2 g x 1, w x 2 \n |p3 g x 1, w x 3")]
    [InlineData("internal", "p1 w x 1, g x 2 \n |p2 w x 2")]
    [InlineData("future-read", "p1 g x 1, w x 1")]
    [InlineData("G-nonadjacent-item long-fork", "p1 w x 1 \n |p2 w y 1 \n |p3 g x 1, g y - \n |p4 g y 1, g x -")]
    public void Anomalies_of_registers_are_named(string names, string history) => Assert.Equal(names, Histories.Check(history).Names());

    [Theory]
    [InlineData(RegisterAssumptions.None, "")]
    [InlineData(RegisterAssumptions.WritesFollowReads, "")]
    [InlineData(RegisterAssumptions.SequentialKeys, "cyclic-versions")]
    [InlineData(RegisterAssumptions.LinearizableKeys, "cyclic-versions")]
    public void A_process_that_reads_backwards_shows_once_keys_are_assumed_sequential(RegisterAssumptions assumptions, string names) =>
        Assert.Equal(names, Histories.Check("p1 w x 1 \n p1 w x 2 \n p2 g x 2 \n p2 g x 1", assumptions).Names());

    [Fact]
    public void A_stale_read_of_a_register_shows_once_keys_are_assumed_linearizable()
    {
        const string History = "p1 w x 1 \n p2 w x 2 \n |p3 g x 1, g y 1 \n |p4 w y 1, g x 2";

        Assert.Equal("", Histories.Check(History).Names());
        Assert.Equal("G-single-item causal-reversal", Histories.Check(History, RegisterAssumptions.LinearizableKeys).Names());
    }

    [Theory]
    [InlineData("G2-item", IsolationLevel.SnapshotIsolation, IsolationLevel.Causal, "p1 r x -, a y 1 \n |p2 r y -, a x 1")]
    [InlineData("long-fork", IsolationLevel.Causal, null, "p1 a x 1 \n |p2 a y 1 \n |p3 r x 1, r y - \n |p4 r y 1, r x -")]
    [InlineData("G1c", IsolationLevel.ReadUncommitted, null, "p1 a x 1, r y 1 \n |p2 a y 1, r x 1")]
    [InlineData("G-single-item-realtime", IsolationLevel.StrongSessionSerializable, null, "p1 a x 1 \n p2 r x - \n p3 r x 1")]
    public void The_strongest_levels_that_hold_are_named(string anomaly, IsolationLevel first, IsolationLevel? second, string history)
    {
        IsolationReport report = Histories.Check(history);

        Assert.Contains(anomaly, report.Names(), StringComparison.Ordinal);
        Assert.Equal(second is null ? [first] : [first, second.Value], report.Strongest.AsEnumerable());
    }

    [Fact]
    public void A_cycle_is_drawn_with_the_evidence_of_each_of_its_edges()
    {
        FoundAnomaly anomaly = Assert.Single(Histories.Check("p1 a x 1 \n |p2 r x 1, a y 1 \n |p3 r y 1, r x -").AnomaliesAt(IsolationLevel.SnapshotIsolation));

        Assert.Equal(["T2 -rw(x: read [] before 1)-> T0", "T0 -wr(x: 1)-> T1", "T1 -wr(y: 1)-> T2"], anomaly.Evidence.AsEnumerable());
    }

    [Fact]
    public void Of_several_cycles_the_smallest_is_drawn()
    {
        IsolationReport report = Histories.Check("p1 a x 1, r z 1 \n |p2 r x 1, a y 1 \n |p3 r y 1, a z 1, a v 1 \n |p4 r v 1, a x 9, a w 1 \n |p5 r w 1, a v 2 \n p6 r x 1 9, r v 1 2");

        Assert.All(report.Anomalies.Where(anomaly => anomaly.Type.Scope == AnomalyScope.Data), anomaly => Assert.Equal(3, anomaly.Transactions.Length));
    }

    [Fact]
    public void Values_written_twice_leave_every_level_undecided()
    {
        IsolationReport report = Histories.Check("p1 w x 1 \n p2 w x 1 \n p3 g x 1");

        Assert.All(IsolationLevels.All, level => Assert.Equal(Verdict.Undecided, report.Judge(level)));
        Assert.Empty(report.Strongest);
    }

    [Fact]
    public void The_order_of_a_level_that_holds_respects_every_dependency()
    {
        IsolationReport report = Histories.Check("p1 r x 1 2, a y 1 \n |p2 a x 2 \n |p3 a x 1 \n |p4 r y -, r x 1");

        Assert.Equal([2, 3, 1, 0], report.OrderAt(IsolationLevel.Serializable)!.Value.AsEnumerable());
        Assert.Equal([0, 1], Histories.Check("p1 r x -, a y 1 \n |p2 r y -, a x 1").OrderAt(IsolationLevel.SnapshotIsolation)!.Value.Order());
        Assert.Null(Histories.Check("p1 r x -, a y 1 \n |p2 r y -, a x 1").OrderAt(IsolationLevel.Serializable));
    }

    [Fact]
    public void Many_readers_before_many_unread_writers_are_judged_as_few_are()
    {
        string readers = string.Join('\n', Enumerable.Range(0, 40).Select(i => $"|p{i} r x -"));
        string writers = string.Join('\n', Enumerable.Range(0, 40).Select(i => $"|p{100 + i} a x {i}"));

        Assert.Equal("", Histories.Check($"p1000 a y 1 \n{readers}\n{writers}").Names());
        Assert.Equal("G-single-item-realtime", Histories.Check($"p1000 a x 1000\n p1001 a y 1 \n{readers}\n{writers}").Names());
        Assert.Equal("G2-item lost-update", Histories.Check($"p1000 a y 1 \n{readers}\n{writers}\n|p2000 r x -, a x 2000 \n|p2001 r x -, a x 2001").Names());
    }
}
