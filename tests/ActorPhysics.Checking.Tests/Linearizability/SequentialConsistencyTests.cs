using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Linearizability;
using ActorPhysics.Checking.Models;
using ActorPhysics.Checking.Tests.Models;
using ActorPhysics.Core.Specifications;

namespace ActorPhysics.Checking.Tests.Linearizability;

using RegisterCall = Call<ValueRegister.Operation, ValueRegister.Result>;

/// <summary>Orders that keep each process's own, whatever the clock says.</summary>
public sealed class SequentialConsistencyTests
{
    [Theory]
    [InlineData(Verdict.Holds, "0 [] put a 1", "0 ..[] put b 2", "0 ....[] get a -> 1")]
    [InlineData(Verdict.Violated, "0 [] put a 1", "0 ..[] get b -> 1")]
    [InlineData(Verdict.Holds, "0 [] put a 1", "1 ..[] get a -> nil", "1 ....[] get a -> 1")]
    [InlineData(Verdict.Violated, "0 [] put a 1", "1 ..[] get a -> 1", "1 ....[] get a -> nil")]
    [InlineData(Verdict.Violated, "0 [] put a 1", "0 ..[] get b -> nil", "1 [] put b 1", "1 ..[] get a -> nil")]
    [InlineData(Verdict.Holds, "0 [] put a 1", "0 ..[] get b -> nil", "1 [] put b 1", "1 ..[] get a -> 1")]
    [InlineData(Verdict.Violated, "0 [] put a 1", "0 ..[] put a 2", "1 ....[] get a -> 2", "1 ......[] get a -> 1")]
    [InlineData(Verdict.Violated, "0 [] put a 1", "1 ..[] get a -> 7")]
    [InlineData(Verdict.Holds, "0 [ put a 1", "0 ..[] get a -> nil", "1 ..[] get a -> 1")]
    [InlineData(Verdict.Violated, "0 [] put a 1", "1 [] cas a [1,2]", "2 [] cas a [1,3]")]
    [InlineData(Verdict.Holds, "0 ....[] put a 1", "1 ..[] cas a [1,2]", "2 [] cas a [2,3]", "3 [] get a -> 3")]
    public void Each_register_is_by_itself_and_all_have_one_order(Verdict verdict, params string[] lines)
    {
        CheckReport report = History.Check("kv", Keyed(lines), new CheckOptions { Level = "sequential" });

        Assert.Equal(verdict, report.Verdict);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    public void Small_histories_are_judged_as_by_trying_every_order(int keys, bool unique)
    {
        var random = new RandomBits(3);
        var counts = new int[3];
        for (int round = 0; round < 1_500; round++)
        {
            List<RegisterCall> calls = AnyHistory(random, keys, unique);

            bool holds = Oracle.IsSequential(TwoRegisters.Instance, calls);
            ConsistencyVerdict verdict = SequentialConsistency.Check(ValueRegister.Instance, calls);
            Verdict told = CheckModels.Find("kv")!.Check(Operations(calls), new CheckOptions { Level = "sequential" }).Verdict;

            Assert.Equal((round, holds ? Verdict.Holds : Verdict.Violated, holds ? Verdict.Holds : Verdict.Violated), (round, verdict.Verdict, told));
            Assert.True(verdict is not ConsistencyVerdict.Holds order || Oracle.Explains(TwoRegisters.Instance, calls, order.Order, inRealTime: false));
            counts[(int)verdict.Verdict]++;
        }

        Assert.All(counts[1..], count => Assert.InRange(count, 50, 1_450));
    }

    [Fact]
    public void A_long_history_of_few_values_that_follows_real_time_is_decided()
    {
        List<RegisterCall> calls = new RegisterHistories(seed: 11).Make(clients: 10, operationsEach: 500);

        var holds = Assert.IsType<ConsistencyVerdict.Holds>(SequentialConsistency.Check(ValueRegister.Instance, calls));

        Assert.True(Oracle.Explains(ValueRegister.Instance, calls, holds.Order, inRealTime: false));
    }

    [Fact]
    public void A_search_that_takes_too_much_memory_is_undecided_and_says_so()
    {
        List<RegisterCall> calls = new RegisterHistories(seed: 5) { Values = 3 }.Make(clients: 12, operationsEach: 40);
        calls[^1] = calls[^1] with { Operation = ValueRegister.Operation.Read(""), Result = new ValueRegister.Result(TookEffect: true, Value.Of(99)), Completed = new EventPosition(1_000_000) };

        var undecided = Assert.IsType<ConsistencyVerdict.Undecided>(
            SequentialConsistency.Check(ValueRegister.Instance, calls, new SearchOptions { Budget = new CheckBudget(4 << 20, long.MaxValue) }));

        Assert.Contains("memory", undecided.Reason, StringComparison.Ordinal);
    }

    private static List<RegisterCall> AnyHistory(RandomBits random, int keys, bool unique)
    {
        List<RegisterCall> calls = [];
        int position = 0;
        int written = 0;
        for (int i = 0; i < 6; i++)
        {
            string key = random.Below(keys) == 0 ? "a" : "b";
            Value next = Value.Of(unique ? ++written : 1 + random.Below(2));
            Value met = random.Below(3) == 0 ? Value.Nil : Value.Of(1 + random.Below(unique ? 3 : 2));
            ValueRegister.Operation operation = random.Below(5) switch
            {
                0 or 1 => ValueRegister.Operation.Read(key),
                2 or 3 => ValueRegister.Operation.Write(key, next),
                _ => ValueRegister.Operation.CompareAndSet(key, met, next),
            };
            bool reads = operation.Kind == ValueRegister.OperationKind.Read;
            bool tookEffect = operation.Kind != ValueRegister.OperationKind.CompareAndSet || random.Chance(70);
            RegisterCall call = RegisterCall.Returned(
                new ProcessId(random.Below(3)), operation, new ValueRegister.Result(tookEffect, reads ? met : Value.Nil), new EventPosition(position++), new EventPosition(position++));
            calls.Add(random.Chance(10) ? RegisterCall.Open(call.Process, operation, call.Invoked) : call);
        }

        return calls;
    }

    private static IReadOnlyList<Operation> Operations(List<RegisterCall> calls) =>
        [.. calls.Select((call, ordinal) => new Operation(
            ordinal,
            call.Process,
            call.Operation.Kind switch
            {
                ValueRegister.OperationKind.Read => "read",
                ValueRegister.OperationKind.Write => "write",
                _ => "cas",
            },
            Value.Of(call.Operation.Key),
            call.Operation.Kind == ValueRegister.OperationKind.CompareAndSet ? Value.List(call.Operation.Expected, call.Operation.Value) : call.Operation.Value,
            call.IsOpen ? Value.Nil : call.Result.Value,
            call.IsOpen ? OperationOutcome.Unknown : call.Result.TookEffect ? OperationOutcome.Ok : OperationOutcome.Failed,
            call.Invoked,
            call.Completed,
            new EventIndex(ordinal),
            null))];

    /// <summary>Draws <c>put a 1</c> as a put of 1 to the key a.</summary>
    private static IReadOnlyList<Operation> Keyed(string[] lines)
    {
        (string Drawn, string Key)[] split = [.. lines.Select(line => (line, line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3]))];
        string[] keys = [.. split.OrderBy(line => line.Drawn.Split(' ')[1].IndexOf('[', StringComparison.Ordinal)).Select(line => line.Key)];
        IReadOnlyList<Operation> drawn = History.Draw([.. split.Select(line => line.Drawn.Replace($" {line.Key} ", " ", StringComparison.Ordinal))]);
        return [.. drawn.Select((operation, place) => operation with { Key = Value.Of(keys[place]) })];
    }

    /// <summary>The registers a and b as one object, of which no part is named: so that nothing is told apart but by what it does.</summary>
    private sealed class TwoRegisters : Specification<(Value A, Value B), ValueRegister.Operation, ValueRegister.Result>
    {
        public static TwoRegisters Instance { get; } = new();

        public override string Name => "two registers";

        public override (Value A, Value B) Initial => default;

        public override SpecificationStep<(Value A, Value B), ValueRegister.Result> Apply((Value A, Value B) state, ValueRegister.Operation operation)
        {
            bool first = operation.Key == "a";
            SpecificationStep<Value, ValueRegister.Result> step = ValueRegister.Instance.Apply(first ? state.A : state.B, operation);
            return new(first ? (step.State, state.B) : (state.A, step.State), step.Result);
        }

        public override bool IsReadOnly(ValueRegister.Operation operation) => ValueRegister.Instance.IsReadOnly(operation);
    }
}
