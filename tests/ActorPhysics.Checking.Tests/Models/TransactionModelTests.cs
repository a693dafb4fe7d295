using System.Text;
using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Isolation;
using ActorPhysics.Checking.Models;

namespace ActorPhysics.Checking.Tests.Models;

/// <summary>The models of transactions and sessions, from text to report.</summary>
public sealed class TransactionModelTests
{
    private const string LostUpdate = """
        {:index 0, :process 0, :type :invoke, :f :txn, :value [[:r x nil] [:append x 1]]}
        {:index 1, :process 1, :type :invoke, :f :txn, :value [[:r x nil] [:append x 2]]}
        {:index 2, :process 0, :type :ok, :f :txn, :value [[:r x []] [:append x 1]]}
        {:index 3, :process 1, :type :ok, :f :txn, :value [[:r x []] [:append x 2]]}
        {:index 4, :process 2, :type :invoke, :f :txn, :value [[:r x nil]]}
        {:index 5, :process 2, :type :ok, :f :txn, :value [[:r x [1 2]]]}
        """;

    private const string CausalReversal = """
        {"index":0,"process":0,"type":"invoke","f":"write","key":"photo","value":1}
        {"index":1,"process":0,"type":"ok","f":"write","key":"photo","value":1}
        {"index":2,"process":0,"type":"invoke","f":"write","key":"album","value":2}
        {"index":3,"process":0,"type":"ok","f":"write","key":"album","value":2}
        {"index":4,"process":1,"type":"invoke","f":"read","key":"album","value":null}
        {"index":5,"process":1,"type":"ok","f":"read","key":"album","value":2}
        {"index":6,"process":1,"type":"invoke","f":"read","key":"photo","value":null}
        {"index":7,"process":1,"type":"ok","f":"read","key":"photo","value":null}
        """;

    [Fact]
    public void A_lost_update_names_its_transactions_and_the_strongest_level_left()
    {
        CheckReport report = Check(new ListAppendModel(), LostUpdate);

        Assert.Equal(Verdict.Violated, report.Verdict);
        Anomaly anomaly = Assert.Single(report.Anomalies, anomaly => anomaly.Name == "lost-update");
        Assert.Equal([0, 1], anomaly.Operations.Select(operation => operation.Number));
        Assert.Contains("T1 (process 1, committed): r x [], append x 2", anomaly.Drawing, StringComparison.Ordinal);
        Assert.Equal("[causal]", report.Details.Find(Value.Of("strongest")).ToString());
        Assert.Equal(Verdict.Holds, Level(report, "read-committed"));
        Assert.Equal(Verdict.Violated, Level(report, "snapshot-isolation"));
    }

    [Theory]
    [InlineData("read-committed", Verdict.Holds)]
    [InlineData("snapshot-isolation", Verdict.Violated)]
    public void A_level_alone_is_judged_where_it_is_asked_for(string level, Verdict verdict)
    {
        CheckReport report = Check(new ListAppendModel(), LostUpdate, new CheckOptions { Level = level });

        Assert.Equal(verdict, report.Verdict);
        Assert.Equal([new LevelVerdict(level, verdict)], report.Levels.AsEnumerable());
        Assert.Equal(verdict == Verdict.Holds, report.Anomalies.IsEmpty);
        Assert.Equal(verdict == Verdict.Holds, report.Details.Find(Value.Of("order")) is not null);
    }

    [Fact]
    public void A_causal_reversal_names_its_operations()
    {
        CheckReport report = Check(new CausalModel(), CausalReversal);

        Assert.Equal(Verdict.Violated, report.Verdict);
        Anomaly anomaly = Assert.Single(report.Anomalies, anomaly => anomaly.Name == "monotonic-writes");
        Assert.Equal([0, 2, 4, 6], anomaly.Operations.Select(operation => operation.Number).Order());
        Assert.Contains("T6 read photo = nil", anomaly.Drawing, StringComparison.Ordinal);
        Assert.Equal(Verdict.Holds, Level(report, "read-your-writes"));
    }

    [Fact]
    public void The_same_history_with_the_photo_is_causally_consistent()
    {
        CheckReport report = Check(new CausalModel(), CausalReversal.Replace("\"ok\",\"f\":\"read\",\"key\":\"photo\",\"value\":null", "\"ok\",\"f\":\"read\",\"key\":\"photo\",\"value\":1", StringComparison.Ordinal));

        Assert.Equal(Verdict.Holds, report.Verdict);
        Assert.Equal("[0 2 4 6]", report.Details.Find(Value.Of("order")).ToString());
    }

    [Fact]
    public void Registers_may_be_assumed_linearizable()
    {
        const string History = """
            {:process 0, :type :invoke, :f :txn, :value [[:w x 1]]}
            {:process 0, :type :ok, :f :txn, :value [[:w x 1]]}
            {:process 0, :type :invoke, :f :txn, :value [[:w x 2]]}
            {:process 0, :type :ok, :f :txn, :value [[:w x 2]]}
            {:process 1, :type :invoke, :f :txn, :value [[:r x nil]]}
            {:process 1, :type :ok, :f :txn, :value [[:r x 1]]}
            """;

        Assert.Equal(Verdict.Holds, Check(new RwRegisterModel(), History).Verdict);
        Assert.Equal(Verdict.Violated, Check(new RwRegisterModel(), History, new CheckOptions { Assumptions = RegisterAssumptions.LinearizableKeys }).Verdict);
    }

    [Theory]
    [InlineData("list-append", "[:append x 1]", "[:r x [1]]")]
    [InlineData("rw-register", "[:w x 1]", "[:r x 1]")]
    [InlineData("causal", "[:w x 1]", "[:r x 1]")]
    public void A_spent_budget_is_undecided_and_says_why(string model, string write, string read)
    {
        string history = string.Concat(Enumerable.Range(0, 100).Select(process => $"""
            {"{"}:process {process}, :type :invoke, :f :txn, :value [{write.Replace("x", $"x{process}", StringComparison.Ordinal)}]{"}"}
            {"{"}:process {process}, :type :ok, :f :txn, :value [{write.Replace("x", $"x{process}", StringComparison.Ordinal)}]{"}"}
            {"{"}:process {process}, :type :invoke, :f :txn, :value [[:r x{process} nil]]{"}"}
            {"{"}:process {process}, :type :ok, :f :txn, :value [{read.Replace("x", $"x{process}", StringComparison.Ordinal)}]{"}"}

            """));
        CheckModel judge = CheckModels.Find(model)!;

        // Too little for the tables of the history, then enough for them and too little for the graph.
        foreach (long memory in (long[])[1_000, 40_000])
        {
            CheckReport small = Check(judge, history, new CheckOptions { Budget = new CheckBudget(memory, long.MaxValue) });
            Assert.Equal(Verdict.Undecided, small.Verdict);
            Assert.Contains($"more than {memory} bytes of memory", small.Undecided, StringComparison.Ordinal);
        }

        CheckReport late = Check(judge, history, new CheckOptions { IsCancelled = () => true });
        Assert.Equal(Verdict.Undecided, late.Verdict);
        Assert.Contains("time-out", late.Undecided, StringComparison.Ordinal);
        Assert.All(late.Levels, level => Assert.Equal(Verdict.Undecided, level.Verdict));
        Assert.Equal(Verdict.Holds, Check(judge, history, new CheckOptions { Budget = new CheckBudget(1_000_000, long.MaxValue) }).Verdict);
    }

    [Fact]
    public void What_was_found_before_the_budget_ended_is_violated_all_the_same()
    {
        CheckReport report = Check(new ListAppendModel(), LostUpdate, new CheckOptions { Level = "snapshot-isolation", Budget = new CheckBudget(1_000, long.MaxValue) });

        Assert.Equal(Verdict.Violated, report.Verdict);
        Assert.Contains(report.Anomalies, anomaly => anomaly.Name == "lost-update");
    }

    [Theory]
    [InlineData("""{"process":0,"type":"invoke","f":"txn","value":[["append","x"]]}""")]
    [InlineData("""{"process":0,"type":"invoke","f":"txn","value":[["w","x",1]]}""")]
    [InlineData("""{"process":0,"type":"invoke","f":"txn","value":7}""")]
    public void What_is_no_transaction_of_the_model_is_refused_with_its_line(string line)
    {
        CheckReport report = Check(new ListAppendModel(), "\n" + line);

        Assert.Equal(2, report.Fault!.Line);
    }

    [Fact]
    public void Replicas_that_read_differently_in_the_end_have_not_converged()
    {
        const string History = """
            {:index 0, :process 0, :type :invoke, :f :read, :key x, :value nil}
            {:index 1, :process 0, :type :ok, :f :read, :key x, :value 1}
            {:index 2, :process 1, :type :invoke, :f :read, :key x, :value nil}
            {:index 3, :process 1, :type :ok, :f :read, :key x, :value 2}
            """;

        CheckReport report = Check(new ConvergenceModel(), History);

        Assert.Equal(Verdict.Violated, report.Verdict);
        Anomaly anomaly = Assert.Single(report.Anomalies);
        Assert.Equal([0, 2], anomaly.Operations.Select(operation => operation.Number));
        Assert.Contains("x: 1 at p0; 2 at p1", anomaly.Drawing, StringComparison.Ordinal);
        Assert.Equal(Verdict.Holds, Check(new ConvergenceModel(), History.Replace(":value 2", ":value 1", StringComparison.Ordinal)).Verdict);
    }

    private static Verdict Level(CheckReport report, string name) => Assert.Single(report.Levels, level => level.Level == name).Verdict;

    private static CheckReport Check(CheckModel model, string text, CheckOptions? options = null)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Assert.True(HistoryReader.TryReadAll(bytes, HistoryReader.Sniff(bytes), out List<OperationEvent> events, out HistoryFault? fault), fault?.ToString());
        Assert.True(EventPairing.TryPair(events, out IReadOnlyList<Operation> operations, out fault), fault?.ToString());
        return model.Check(operations, options ?? new CheckOptions());
    }
}
