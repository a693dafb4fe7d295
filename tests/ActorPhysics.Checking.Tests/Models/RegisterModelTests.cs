using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Models;

namespace ActorPhysics.Checking.Tests.Models;

public sealed class RegisterModelTests
{
    [Fact]
    public void Concurrent_operations_may_take_effect_in_either_order()
    {
        CheckReport report = History.Check("register", History.Draw(
            "0 [.....] write 1",
            "1 .[...] write 2",
            "2 .......[..] read -> 1"));

        Assert.Equal(Verdict.Holds, report.Verdict);
        Assert.Equal("{order [1 0 4]}", report.Details.ToString());
    }

    [Fact]
    public void A_stale_read_is_drawn_with_the_write_that_it_missed()
    {
        CheckReport report = History.Check("register", History.Draw(
            "0 [.] write 1",
            "1 ....[.] write 2",
            "2 .......[..] read -> 2",
            "3 ........[..] read -> 1"));

        Assert.Equal(Verdict.Violated, report.Verdict);
        Assert.Equal([new LevelVerdict("linearizable", Verdict.Violated), new LevelVerdict("sequential", Verdict.Holds)], report.Levels.AsEnumerable());
        Assert.Equal([0L, 2, 5], report.Anomalies[0].Operations.Select(index => index.Number));
        Assert.Equal(
            """
            At first the state is nil.
            process 0 |- write 1 (#0) -|
            process 1                    |- write 2 (#2) -|
            process 3                                       |- read -> 1 (#5) -|
            No order of these has these results, wherever the other operations took effect.

            """,
            report.Anomalies[0].Drawing);
    }

    [Theory]
    [InlineData(FailedCompareAndSet.Compared, Verdict.Violated)]
    [InlineData(FailedCompareAndSet.NoOperation, Verdict.Holds)]
    public void What_a_failed_compare_and_set_says_is_for_the_caller_to_tell(FailedCompareAndSet meaning, Verdict verdict) =>
        Assert.Equal(
            verdict,
            History.Check("register", History.Draw("0 [.] write 1", "1 ...[..! cas [1 2]"), new CheckOptions { FailedCompareAndSet = meaning }).Verdict);

    [Theory]
    [InlineData("0 [ write 1", Verdict.Holds)]
    [InlineData("0 [.! write 1", Verdict.Violated)]
    public void What_timed_out_may_take_effect_later_and_what_failed_may_not(string write, Verdict verdict) =>
        Assert.Equal(verdict, History.Check("register", History.Draw(write, "1 .....[..] read -> nil", "1 ..........[..] read -> 1")).Verdict);

    [Fact]
    public void Keys_are_judged_one_by_one()
    {
        IReadOnlyList<Operation> operations = History.Edn(
            """
            {:process 0 :type :invoke :f :put :key a :value 1} {:process 0 :type :ok :f :put :key a}
            {:process 0 :type :invoke :f :get :key b} {:process 0 :type :ok :f :get :key b :value nil}
            {:process 0 :type :invoke :f :delete :key a} {:process 0 :type :ok :f :delete :key a}
            {:process 0 :type :invoke :f :get :key a} {:process 0 :type :ok :f :get :key a :value 1}
            """);

        Assert.Equal(Verdict.Holds, History.Check("kv", [.. operations.Take(3)]).Verdict);
        CheckReport stale = History.Check("kv", operations);
        Assert.Equal([0L, 4, 6], stale.Anomalies[0].Operations.Select(index => index.Number));
        Assert.Contains("a get -> 1 (#6)", stale.Anomalies[0].Drawing, StringComparison.Ordinal);
    }

    [Fact]
    public void Sequential_consistency_forgives_staleness_but_not_a_process_that_goes_back()
    {
        var sequential = new CheckOptions { Level = "sequential" };

        Assert.Equal(Verdict.Holds, History.Check("register", History.Draw("0 [.] write 1", "1 ....[.] read -> nil"), sequential).Verdict);
        CheckReport back = History.Check(
            "register", History.Draw("0 [.] write 1", "1 ....[.] read -> 1", "1 .......[.] read -> nil", "2 [ write 5"), sequential);
        Assert.Equal([new LevelVerdict("sequential", Verdict.Violated)], back.Levels.AsEnumerable());
        Assert.Equal([3L, 5], back.Anomalies[0].Operations.Select(index => index.Number));
    }

    [Theory]
    [InlineData("0 [.] increment 1")]
    [InlineData("0 [.] cas 1")]
    public void An_operation_that_a_register_lacks_is_a_fault_with_its_line(string operation)
    {
        CheckReport report = CheckModels.Find("register")!.Check(History.Draw("1 [.] write 3", operation), new CheckOptions());

        Assert.Equal(4, report.Fault!.Line);
    }
}
