using ActorPhysics.Checking.Histories;

namespace ActorPhysics.Checking.Tests.Histories;

public sealed class EventPairingTests
{
    [Fact]
    public void An_invocation_and_its_completion_become_an_operation()
    {
        IReadOnlyList<Operation> operations = Pair((0, EventType.Invoke, 1), (1, EventType.Invoke, 2), (0, EventType.Ok, 3), (1, EventType.Fail, 4));

        Assert.Equal(
            [(OperationOutcome.Ok, "1", "3", 0, 2), (OperationOutcome.Failed, "2", "4", 1, 3)],
            operations.Select(operation => (operation.Outcome, operation.Argument.ToString(), operation.Result.ToString(), operation.Invoked.Number, operation.Completed.Number)));
        Assert.False(operations[0].Precedes(operations[1]));
    }

    [Fact]
    public void What_never_completed_or_ended_in_info_may_take_effect_at_any_later_time()
    {
        IReadOnlyList<Operation> operations = Pair((0, EventType.Invoke, 1), (1, EventType.Invoke, 2), (0, EventType.Info, 3));

        Assert.All(operations, operation => Assert.Equal((OperationOutcome.Unknown, EventPosition.Never, Value.Nil), (operation.Outcome, operation.Completed, operation.Result)));
    }

    [Fact]
    public void A_process_that_invokes_before_it_completed_leaves_an_unknown_outcome_behind()
    {
        IReadOnlyList<Operation> operations = Pair((0, EventType.Invoke, 1), (0, EventType.Invoke, 2), (0, EventType.Ok, 2));

        Assert.Equal([OperationOutcome.Unknown, OperationOutcome.Ok], operations.Select(operation => operation.Outcome));
    }

    [Fact]
    public void Of_several_open_invocations_of_a_process_a_completion_takes_the_one_that_it_fits()
    {
        IReadOnlyList<Operation> operations = Pair(
            (0, EventType.Invoke, 1), (0, EventType.Invoke, 2), (0, EventType.Invoke, 3), (0, EventType.Ok, 2), (0, EventType.Ok, 1));

        Assert.Equal([(1, 4), (2, 3), (3, int.MaxValue)], operations.Select(operation => ((int)operation.Argument.AsInteger, operation.Completed.Number)));
    }

    [Fact]
    public void A_completion_without_an_invocation_is_a_fault()
    {
        Assert.False(EventPairing.TryPair([Event(0, 5, EventType.Ok, 1)], out _, out HistoryFault? fault));
        Assert.Contains("process 5", fault!.Reason, StringComparison.Ordinal);
    }

    private static IReadOnlyList<Operation> Pair(params (long Process, EventType Type, long Value)[] events)
    {
        Assert.True(EventPairing.TryPair(events.Select((next, index) => Event(index, next.Process, next.Type, next.Value)), out IReadOnlyList<Operation> operations, out _));
        return operations;
    }

    [Fact]
    public void Of_several_open_invocations_a_completion_ends_the_one_of_its_key()
    {
        IReadOnlyList<Operation> operations = Models.History.Edn("""
            {:process 0 :type :invoke :f :get :key a}
            {:process 0 :type :invoke :f :get :key b}
            {:process 0 :type :ok :f :get :key a :value 1}
            {:process 0 :type :ok :f :get :key b :value nil}
            """);

        Assert.Equal(["a -> 1", "b -> nil"], operations.Select(operation => $"{operation.Key} -> {operation.Result}"));
        Assert.All(operations, operation => Assert.Equal(OperationOutcome.Ok, operation.Outcome));
    }

    [Fact]
    public void Of_several_open_invocations_a_completion_ends_the_one_of_its_function()
    {
        IReadOnlyList<Operation> operations = Models.History.Edn("""
            {:process 0 :type :invoke :f :write :value 1}
            {:process 0 :type :invoke :f :read}
            {:process 0 :type :ok :f :write :value 1}
            {:process 0 :type :ok :f :read :value 1}
            """);

        Assert.Equal([("write", 2), ("read", 3)], operations.Select(operation => (operation.Function, operation.Completed.Number)));
    }

    private static OperationEvent Event(int index, long process, EventType type, long value) =>
        new(new EventIndex(index), default, new ProcessId(process), type, "write", Value.Nil, Value.Of(value));
}
