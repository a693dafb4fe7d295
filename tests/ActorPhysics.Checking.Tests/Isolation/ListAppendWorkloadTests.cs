using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Isolation;

namespace ActorPhysics.Checking.Tests.Isolation;

public sealed class ListAppendWorkloadTests
{
    [Theory]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [InlineData(3UL)]
    public void Generated_histories_are_strict_serializable_and_their_order_is_a_witness(ulong seed)
    {
        IsolationReport report = Check(ListAppendWorkload.Generate(seed, new WorkloadShape(2000)));

        Assert.Equal("", report.Names());
        int[] order = [.. report.OrderAt(IsolationLevel.StrictSerializable)!.Value];
        Assert.True(order.Length > 1900, $"{order.Length} transactions in order");
        Assert.Equal("", Replay(report.History, order));
    }

    [Fact]
    public void The_same_seed_generates_the_same_history()
    {
        var shape = new WorkloadShape(200);

        Assert.Equal(ListAppendWorkload.Generate(7, shape), ListAppendWorkload.Generate(7, shape));
        Assert.NotEqual(ListAppendWorkload.Generate(7, shape), ListAppendWorkload.Generate(8, shape));
    }

    [Theory]
    [InlineData("G0", "[[:append gx 1] [:append gy 1]]", "[[:append gx 2] [:append gy 2]]", "[[:r gx [1 2]] [:r gy [2 1]]]")]
    [InlineData("G1c", "[[:append gx 1] [:r gy [1]]]", "[[:append gy 1] [:r gx [1]]]")]
    [InlineData("G2-item", "[[:r gx []] [:append gy 1]]", "[[:r gy []] [:append gx 1]]")]
    [InlineData("G2-item lost-update", "[[:r gx []] [:append gx 1]]", "[[:r gx []] [:append gx 2]]")]
    [InlineData("G-single-item fractured-read", "[[:append gx 1] [:append gy 1]]", "[[:r gx [1]] [:r gy []]]")]
    [InlineData("G-nonadjacent-item long-fork", "[[:append gx 1]]", "[[:append gy 1]]", "[[:r gx [1]] [:r gy []]]", "[[:r gy [1]] [:r gx []]]")]
    public void An_anomaly_injected_into_a_large_history_is_found_and_nothing_else(string names, params string[] transactions)
    {
        List<OperationEvent> events = [.. ListAppendWorkload.Generate(11, new WorkloadShape(2000))];
        string text = string.Concat(
            transactions.Select((steps, i) => $"{{:index {100_000 + i}, :process {1000 + i}, :type :invoke, :f :txn, :value {steps}}}\n")
                .Concat(transactions.Select((steps, i) => $"{{:index {200_000 + i}, :process {1000 + i}, :type :ok, :f :txn, :value {steps}}}\n")));
        Assert.True(HistoryReader.TryReadAll(System.Text.Encoding.UTF8.GetBytes(text), HistoryFormat.Edn, out List<OperationEvent> injected, out HistoryFault? fault), fault?.ToString());
        events.InsertRange(2000, injected);

        IsolationReport report = Check(events);

        Assert.Equal(names, report.Names());
        Assert.All(report.Anomalies, anomaly => Assert.All(anomaly.Transactions, t => Assert.InRange(report.History.Index(t), 100_000, 100_010)));
    }

    [Fact]
    public void A_read_that_is_cut_short_in_a_large_history_is_found()
    {
        OperationEvent[] events = [.. ListAppendWorkload.Generate(5, new WorkloadShape(3000))];
        int place = Array.FindIndex(events, 3000, next => next.Type == EventType.Ok && LongRead(next.Value) >= 0);
        events[place] = events[place] with { Value = CutShort(events[place].Value) };

        IsolationReport report = Check(events);

        Assert.Equal(Verdict.Violated, report.Judge(IsolationLevel.StrictSerializable));
        Assert.Equal(Verdict.Holds, report.Judge(IsolationLevel.ReadUncommitted));
        Assert.Contains(report.Anomalies, anomaly => anomaly.Transactions.Any(t => report.History.Index(t) == InvocationOf(events, place)));
    }

    internal static IsolationReport Check(IEnumerable<OperationEvent> events)
    {
        Assert.True(EventPairing.TryPair(events, out IReadOnlyList<Operation> operations, out HistoryFault? fault), fault?.ToString());
        TransactionHistory? history = TransactionParser.Parse(operations, TransactionObjects.Lists, out fault);
        Assert.True(history is not null, fault?.ToString());
        return IsolationChecker.Check(history);
    }

    /// <summary>Runs the transactions one after another.</summary>
    /// <returns>The first read that saw something else than the order says; empty where there is none.</returns>
    private static string Replay(TransactionHistory history, int[] order)
    {
        var lists = new Dictionary<int, List<string>>();
        foreach (int transaction in order)
        {
            foreach (MicroOperation operation in history.Operations(transaction))
            {
                if (!lists.TryGetValue(operation.Key, out List<string>? list))
                {
                    list = lists[operation.Key] = [];
                }

                if (operation.IsWrite)
                {
                    list.Add(history.ElementName(operation.Argument));
                }
                else if (operation.IsKnownRead && history.ElementsOf(operation.Argument).Select(history.ElementName).SequenceEqual(list) is false)
                {
                    return history.Describe(transaction);
                }
            }
        }

        return "";
    }

    private static long InvocationOf(OperationEvent[] events, int completion) =>
        events.Take(completion).Last(before => before.Process == events[completion].Process && before.Type == EventType.Invoke).Index.Number;

    private static int LongRead(Value steps) =>
        steps.AsList.Length == 1 && steps.AsList[0].AsList[2] is { Kind: ValueKind.List } read && read.AsList.Length > 4 ? 0 : -1;

    private static Value CutShort(Value steps)
    {
        Value[] step = [.. steps.AsList[0].AsList];
        step[2] = Value.List(step[2].AsList.AsSpan()[..^4]);
        return Value.List(Value.List(step));
    }
}
