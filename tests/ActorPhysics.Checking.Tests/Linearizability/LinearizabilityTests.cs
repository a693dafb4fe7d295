using System.Collections.Immutable;
using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Linearizability;
using ActorPhysics.Checking.Models;
using ActorPhysics.Core.Specifications;

namespace ActorPhysics.Checking.Tests.Linearizability;

public sealed class LinearizabilityTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(40)]
    public void Verdicts_agree_with_trying_every_order(int unknownPercent)
    {
        var counts = new int[3];
        for (ulong seed = 0; seed < 3_000; seed++)
        {
            var histories = new RegisterHistories(seed) { UnknownPercent = unknownPercent, Values = 3 };
            List<Call<ValueRegister.Operation, ValueRegister.Result>> calls = histories.Make(clients: 3, operationsEach: 2);
            for (ulong i = 0; i < seed % 3; i++)
            {
                histories.Corrupt(calls);
            }

            ConsistencyVerdict verdict = Checking.Linearizability.Linearizability.Check(ValueRegister.Instance, calls);

            counts[(int)verdict.Verdict]++;
            Assert.Equal((seed, Oracle.IsLinearizable(ValueRegister.Instance, calls)), (seed, verdict.Verdict == Verdict.Holds));
            if (verdict is ConsistencyVerdict.Holds holds)
            {
                Assert.True(Oracle.Explains(ValueRegister.Instance, calls, holds.Order), $"seed {seed}: the order is none");
            }
            else
            {
                AssertMinimal(calls, ((ConsistencyVerdict.Violated)verdict).Offending, seed);
            }
        }

        Assert.All(counts[1..], count => Assert.InRange(count, 300, 2_900));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public void Verdicts_on_sequential_consistency_agree_with_trying_every_order(int unknownPercent)
    {
        var counts = new int[3];
        for (ulong seed = 0; seed < 2_000; seed++)
        {
            var histories = new RegisterHistories(seed) { UnknownPercent = unknownPercent, Values = 3 };
            List<Call<ValueRegister.Operation, ValueRegister.Result>> calls = histories.Make(clients: 2, operationsEach: 3);
            histories.Corrupt(calls);
            histories.Corrupt(calls);

            ConsistencyVerdict verdict = SequentialConsistency.Check(ValueRegister.Instance, calls);

            counts[(int)verdict.Verdict]++;
            Assert.Equal((seed, Oracle.IsSequential(ValueRegister.Instance, calls)), (seed, verdict.Verdict == Verdict.Holds));
            Assert.True(verdict is not ConsistencyVerdict.Holds holds || Oracle.Explains(ValueRegister.Instance, calls, holds.Order, inRealTime: false), $"seed {seed}");
        }

        Assert.All(counts[1..], count => Assert.InRange(count, 200, 1_800));
    }

    [Theory]
    [InlineData(10, 500, 0)]
    [InlineData(10, 500, 2)]
    public void Long_histories_of_overlapping_calls_are_decided_and_their_order_is_one(int clients, int operationsEach, int unknownPercent)
    {
        List<Call<ValueRegister.Operation, ValueRegister.Result>> calls = new RegisterHistories(seed: 7) { UnknownPercent = unknownPercent }.Make(clients, operationsEach);

        var holds = Assert.IsType<ConsistencyVerdict.Holds>(Checking.Linearizability.Linearizability.Check(ValueRegister.Instance, calls));

        Assert.True(Oracle.Explains(ValueRegister.Instance, calls, holds.Order));
    }

    [Fact]
    public void A_late_contradiction_in_a_long_history_is_found_and_told_in_few_calls()
    {
        List<Call<ValueRegister.Operation, ValueRegister.Result>> calls = new RegisterHistories(seed: 7).Make(clients: 10, operationsEach: 500);
        int late = calls.FindLastIndex(call => call.Operation.Kind == ValueRegister.OperationKind.Read);
        calls[late] = calls[late] with { Result = new ValueRegister.Result(TookEffect: true, Value.Of(99)) };

        var violated = Assert.IsType<ConsistencyVerdict.Violated>(Checking.Linearizability.Linearizability.Check(ValueRegister.Instance, calls));

        Assert.Equal([late], violated.Offending.AsEnumerable());
    }

    [Fact]
    public void What_would_exceed_the_budget_is_undecided()
    {
        List<Call<ValueRegister.Operation, ValueRegister.Result>> calls = new RegisterHistories(seed: 7).Make(clients: 10, operationsEach: 500);

        foreach (SearchOptions tight in new[]
        {
            new SearchOptions { Budget = CheckBudget.Default with { MemoryBytes = 1_000 } },
            new SearchOptions { Budget = CheckBudget.Default with { Steps = 1_000 } },
            new SearchOptions { IsCancelled = () => true },
        })
        {
            Assert.Equal(Verdict.Undecided, Checking.Linearizability.Linearizability.Check(ValueRegister.Instance, calls, tight).Verdict);
        }
    }

    [Fact]
    public void Specifications_of_the_product_are_judged_with_the_results_that_they_give()
    {
        var put = new KeyValueSpecification.Put("k", "1");
        var get = new KeyValueSpecification.Get("k");
        Call<KeyValueSpecification.Operation, KeyValueSpecification.Result>[] calls =
        [
            new(new ProcessId(0), put, KeyValueSpecification.Instance.Apply(KeyValueState.Empty, put).Result, new EventPosition(0), new EventPosition(1)),
            new(new ProcessId(1), get, KeyValueSpecification.Instance.Apply(KeyValueState.Empty, get).Result, new EventPosition(2), new EventPosition(3)),
        ];

        Assert.Equal(Verdict.Violated, Checking.Linearizability.Linearizability.Check(KeyValueSpecification.Instance, calls).Verdict);
        calls[0] = calls[0] with { Completed = new EventPosition(4) };
        Assert.Equal([1, 0], Assert.IsType<ConsistencyVerdict.Holds>(Checking.Linearizability.Linearizability.Check(KeyValueSpecification.Instance, calls)).Order.AsEnumerable());
    }

    /// <summary>With every other call relaxed there is no order; with one more relaxed there is.</summary>
    private static void AssertMinimal(List<Call<ValueRegister.Operation, ValueRegister.Result>> calls, ImmutableArray<int> offending, ulong seed)
    {
        Assert.False(Oracle.IsLinearizable(ValueRegister.Instance, Relaxed(offending)), $"seed {seed}: the offending calls have an order");
        foreach (int spared in offending)
        {
            Assert.True(
                offending.Length == 1 || Oracle.IsLinearizable(ValueRegister.Instance, Relaxed(offending.Remove(spared))),
                $"seed {seed}: call {spared} can be spared");
        }

        List<Call<ValueRegister.Operation, ValueRegister.Result>> Relaxed(ImmutableArray<int> kept) =>
        [
            .. calls
                .Where((call, number) => kept.Contains(number) || call.IsOpen || !ValueRegister.Instance.LeavesState(call.Operation, call.Result))
                .Select(call => kept.Contains(calls.IndexOf(call)) ? call : Call<ValueRegister.Operation, ValueRegister.Result>.Open(call.Process, call.Operation, call.Invoked)),
        ];
    }
}
