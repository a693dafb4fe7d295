using ActorPhysics.Checking.Causal;
using ActorPhysics.Checking.Isolation;
using Xunit.Abstractions;

namespace ActorPhysics.Checking.Tests.Isolation;

/// <summary>Compares the checker with brute force on thousands of tiny histories, valid, nearly valid and wild.</summary>
public sealed class IsolationOracleTests(ITestOutputHelper output)
{
    private const int Histories = 2000;

    [Fact]
    public void Violated_means_that_no_order_explains_the_history_and_holds_that_one_does_if_all_appends_were_read()
    {
        (int Violated, int Held) serializable = default;
        (int Violated, int Held) snapshots = default;
        for (int seed = 0; seed < Histories; seed++)
        {
            TransactionHistory history = TinyHistory.Of(new Random(seed), registers: false);
            IsolationReport report = IsolationChecker.Check(history);
            var truth = new BruteForce(history);
            Compare(report, IsolationLevel.Serializable, truth.IsSerializable(realtime: false), seed, ref serializable);
            Compare(report, IsolationLevel.StrictSerializable, truth.IsSerializable(realtime: true), seed, ref serializable);
            Compare(report, IsolationLevel.SnapshotIsolation, truth.IsSnapshotIsolated(), seed, ref snapshots);
        }

        output.WriteLine($"serializable: {serializable}; snapshot isolation: {snapshots}");
        Assert.True(serializable is { Violated: > 300, Held: > 300 });
        Assert.True(snapshots is { Violated: > 100, Held: > 100 });
    }

    [Theory]
    [InlineData(RegisterAssumptions.None)]
    [InlineData(RegisterAssumptions.WritesFollowReads)]
    public void Registers_are_called_violated_only_if_no_order_explains_them(RegisterAssumptions assumptions)
    {
        int violated = 0;
        for (int seed = 0; seed < Histories; seed++)
        {
            TransactionHistory history = TinyHistory.Of(new Random(seed), registers: true);
            IsolationReport report = IsolationChecker.Check(history, new IsolationOptions(assumptions));
            var truth = new BruteForce(history);
            foreach (IsolationLevel level in (IsolationLevel[])[IsolationLevel.Serializable, IsolationLevel.StrictSerializable, IsolationLevel.SnapshotIsolation])
            {
                if (report.Judge(level) == Verdict.Violated)
                {
                    violated++;
                    bool explained = level == IsolationLevel.SnapshotIsolation ? truth.IsSnapshotIsolated() : truth.IsSerializable(level == IsolationLevel.StrictSerializable);
                    Assert.False(explained, $"seed {seed}: {level} judged violated for [{report.Names()}]\n{string.Join('\n', Enumerable.Range(0, history.Count).Select(history.Describe))}");
                }
            }
        }

        Assert.True(violated > 300, $"only {violated} violated");
    }

    [Fact]
    public void What_is_called_violated_of_weak_levels_the_exact_checker_of_sessions_calls_violated_too()
    {
        int violated = 0;
        for (int seed = 0; seed < Histories; seed++)
        {
            TransactionHistory history = TinyHistory.Of(new Random(seed), registers: true);
            IsolationReport report = IsolationChecker.Check(history);
            CausalReport exact = CausalChecker.Check(history);
            foreach ((IsolationLevel level, CausalLevel same) in ((IsolationLevel, CausalLevel)[])[(IsolationLevel.Causal, CausalLevel.Causal), (IsolationLevel.ReadCommitted, CausalLevel.ReadCommitted)])
            {
                bool claimed = report.Judge(level) == Verdict.Violated;
                violated += claimed ? 1 : 0;
                Assert.False(claimed && exact.Judge(same) == Verdict.Holds, $"seed {seed}: {level} [{report.Names()}]\n{string.Join('\n', Enumerable.Range(0, history.Count).Select(history.Describe))}");
            }
        }

        Assert.True(violated > 100, $"only {violated} violated");
    }

    private static void Compare(IsolationReport report, IsolationLevel level, bool truth, int seed, ref (int Violated, int Held) counts)
    {
        Verdict verdict = report.Judge(level);

        // Where an append was never read its place is unknown, and only what is sure is called violated.
        if (verdict == Verdict.Violated ? truth : !truth && IsAllRead(report.History))
        {
            IEnumerable<string> transactions = Enumerable.Range(0, report.History.Count).Select(report.History.Describe);
            Assert.Fail($"seed {seed}: {level} judged {verdict} for [{report.Names()}]\n{string.Join('\n', transactions)}");
        }

        counts = verdict == Verdict.Violated ? (counts.Violated + 1, counts.Held) : (counts.Violated, counts.Held + 1);
    }

    private static bool IsAllRead(TransactionHistory history)
    {
        IEnumerable<MicroOperation> operations = Enumerable.Range(0, history.Count)
            .Where(t => history.Outcome(t) != TransactionOutcome.Aborted)
            .SelectMany(t => history.Operations(t).ToArray());
        var read = operations.Where(o => o.Kind == MicroOperationKind.ReadList).SelectMany(o => history.ElementsOf(o.Argument)).ToHashSet();
        return operations.Where(o => o.IsWrite).All(o => read.Contains(o.Argument));
    }
}

/// <summary>Histories of at most five transactions on two keys: run on a store that mostly behaves.</summary>
internal static class TinyHistory
{
    public static TransactionHistory Of(Random random, bool registers)
    {
        var builder = new TransactionHistoryBuilder();
        ValueToken[] keys = [builder.Token("x"), builder.Token("y")];
        var lists = new List<ValueToken>[] { [], [] };
        double lag = random.NextDouble() * 0.4;
        int count = 2 + random.Next(4);
        for (int transaction = 0; transaction < count; transaction++)
        {
            double fate = random.NextDouble();
            TransactionOutcome outcome = fate < 0.1 ? TransactionOutcome.Unknown : fate < 0.15 ? TransactionOutcome.Aborted : TransactionOutcome.Committed;
            builder.Begin(random.Next(3), 10 * transaction, transaction);
            bool installs = outcome == TransactionOutcome.Committed || random.Next(2) == 0;
            List<ValueToken>[] snapshot = [Lagging(lists[0], random, lag), Lagging(lists[1], random, lag)];
            for (int step = 1 + random.Next(3); step > 0; step--)
            {
                Step(builder, random, keys, (10 * transaction) + step, outcome, installs ? lists : null, snapshot, registers);
            }

            builder.End(outcome, (10 * transaction) + 5 + random.Next(30));
        }

        if (random.Next(2) == 0)
        {
            builder.Begin(9, 0, count);
            Read(builder, keys[0], lists[0], registers);
            Read(builder, keys[1], lists[1], registers);
            builder.End(TransactionOutcome.Committed, 1000);
        }

        return builder.Build();
    }

    private static void Step(
        TransactionHistoryBuilder builder, Random random, ValueToken[] keys, int element, TransactionOutcome outcome, List<ValueToken>[]? store, List<ValueToken>[] snapshot, bool registers)
    {
        int key = random.Next(2);
        if (random.Next(2) == 0)
        {
            ValueToken token = builder.Token(element);
            Write(builder, keys[key], token, registers);
            store?[key].Add(token);
            snapshot[key].Add(token);
        }
        else if (outcome == TransactionOutcome.Committed)
        {
            Read(builder, keys[key], snapshot[key], registers);
        }
        else
        {
            builder.ReadUnseen(keys[key]);
        }
    }

    private static void Write(TransactionHistoryBuilder builder, ValueToken key, ValueToken value, bool registers)
    {
        if (registers)
        {
            builder.Write(key, value);
        }
        else
        {
            builder.Append(key, value);
        }
    }

    private static void Read(TransactionHistoryBuilder builder, ValueToken key, List<ValueToken> list, bool registers)
    {
        if (registers)
        {
            builder.ReadValue(key, list.Count > 0 ? list[^1] : null);
        }
        else
        {
            builder.ReadList(key, [.. list]);
        }
    }

    private static List<ValueToken> Lagging(List<ValueToken> list, Random random, double lag) =>
        [.. list.Take(random.NextDouble() < lag ? random.Next(list.Count + 1) : list.Count)];
}
