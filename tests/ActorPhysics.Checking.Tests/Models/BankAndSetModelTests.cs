using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Models;

namespace ActorPhysics.Checking.Tests.Models;

public sealed class BankAndSetModelTests
{
    [Fact]
    public void A_bank_whose_reads_fit_its_transfers_holds_whatever_it_began_with()
    {
        string[] history =
        [
            "0 [......] transfer {from a to b amount 3}",
            "1 .[..] read -> {a 7 b 3}",
            "1 .........[..] transfer {from b to a amount 1}",
            "2 ..........[....] read -> {a 8 b 2}",
            "3 ..........[.! transfer {from b to a amount 100}",
        ];

        Assert.Equal(Verdict.Holds, History.Check("bank", History.Draw(history)).Verdict);
        Assert.Equal(Verdict.Holds, History.Check("bank", History.Draw(["9 [.] init {a 10 b 0}", .. Later(history)])).Verdict);
        Assert.Equal(Verdict.Holds, History.Check("bank", History.Draw(["9 [.] init {a 7 b 3}", .. Later(history[1..2])])).Verdict);
        Assert.Equal(Verdict.Violated, History.Check("bank", History.Draw(["9 [.] init {a 6 b 4}", .. Later(history)])).Verdict);
    }

    [Fact]
    public void A_read_that_misses_a_transfer_before_it_is_named()
    {
        CheckReport report = History.Check("bank", History.Draw(
            "0 [.] read -> {a 10 b 0}", "0 ...[.] transfer {from a to b amount 3}", "1 .......[.] read -> {a 10 b 0}"));

        Assert.Equal(Verdict.Violated, report.Verdict);
        Assert.Equal([2L, 4], report.Anomalies[0].Operations.Select(index => index.Number));
    }

    [Fact]
    public void A_read_of_another_total_is_named()
    {
        CheckReport report = History.Check("bank", History.Draw("0 [.] read -> {a 10 b 0}", "1 ...[.] read -> {a 7 b 0}"));

        Assert.Equal("wrong total", report.Anomalies.Single().Name);
    }

    [Theory]
    [InlineData("", "0 [.] add 1", "1 .[....] add 2", "2 ...[.] read -> [2 1]", "3 [......] read -> []", "4 [ add 3")]
    [InlineData("", "0 [.] add 1", "1 ...[.] add 1", "2 ......[.] read -> [1]")]
    [InlineData("lost element", "0 [.] add 1", "1 ...[.] read -> []")]
    [InlineData("stale read", "0 [......... add 1", "1 .[.] read -> [1]", "2 .....[.] read -> []")]
    [InlineData("phantom element", "0 [.! add 1", "1 ...[.] read -> [1]")]
    [InlineData("duplicate element", "0 [.] add 1", "1 ...[.] read -> [1 1]")]
    [InlineData("element from the future", "1 [.] read -> [1]", "0 ...[.] add 1")]
    [InlineData("incomparable reads", "0 [.......] add 1", "1 [.......] add 2", "2 .[..] read -> [1]", "3 .[..] read -> [2]")]
    [InlineData("elements out of order", "0 [.] add 1", "1 ...[.....] add 2", "2 .[..........] read -> [2]")]
    public void A_set_neither_loses_nor_invents_elements(string anomaly, params string[] history)
    {
        CheckReport report = History.Check("set", History.Draw(history));

        Assert.Equal(anomaly.Length == 0 ? [] : [anomaly], report.Anomalies.Select(found => found.Name).Distinct(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Later(IEnumerable<string> lines) => lines.Select(line => line.Insert(2, "......"));

    [Theory]
    [InlineData("set")]
    [InlineData("convergence")]
    public void A_spent_budget_is_undecided_and_says_why(string model)
    {
        IReadOnlyList<Operation> operations = model == "set"
            ? History.Draw("0 [] add 1", "1 ..[] read -> [1]")
            : History.Edn("{:process 0 :type :invoke :f :read :key x} {:process 0 :type :ok :f :read :key x :value 1} {:process 1 :type :invoke :f :read :key x} {:process 1 :type :ok :f :read :key x :value 1}");

        CheckReport small = History.Check(model, operations, new CheckOptions { Budget = new CheckBudget(10, long.MaxValue) });
        CheckReport late = History.Check(model, operations, new CheckOptions { IsCancelled = () => true });

        Assert.Equal(Verdict.Undecided, small.Verdict);
        Assert.Contains("memory", small.Undecided, StringComparison.Ordinal);
        Assert.Equal(Verdict.Undecided, late.Verdict);
        Assert.Contains("time-out", late.Undecided, StringComparison.Ordinal);
        Assert.Equal(Verdict.Holds, History.Check(model, operations).Verdict);
    }

    [Theory]
    [InlineData("nil")]
    [InlineData("[1 2]")]
    [InlineData("{a many}")]
    public void First_balances_that_are_none_are_refused(string balances)
    {
        IReadOnlyList<Operation> operations = History.Edn($"{{:process 0 :type :invoke :f :init :value {balances}}}{{:process 0 :type :ok :f :init :value {balances}}}");

        Assert.Contains("balance", CheckModels.Find("bank")!.Check(operations, new CheckOptions()).Fault!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_is_the_same_in_a_read_of_it_and_in_a_whole_state_whose_names_are_texts()
    {
        IReadOnlyList<Operation> operations = History.Edn("""
            {:process 0 :type :invoke :f :read} {:process 0 :type :ok :f :read :value {"1" 5}}
            {:process 1 :type :invoke :f :read :key 1} {:process 1 :type :ok :f :read :key 1 :value 5}
            """);

        Assert.Equal(Verdict.Holds, History.Check("convergence", operations).Verdict);
    }
}
