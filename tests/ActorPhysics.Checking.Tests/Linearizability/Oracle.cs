using ActorPhysics.Checking.Linearizability;
using ActorPhysics.Core.Specifications;

namespace ActorPhysics.Checking.Tests.Linearizability;

/// <summary>Tries every order. For histories of a handful of calls.</summary>
internal static class Oracle
{
    public static bool IsLinearizable<TState, TOperation, TResult>(
        Specification<TState, TOperation, TResult> specification, IReadOnlyList<Call<TOperation, TResult>> calls)
        where TState : IEquatable<TState>
        where TResult : IEquatable<TResult> =>
        HasOrder(specification, calls, (earlier, later) => calls[earlier].Completed < calls[later].Invoked);

    public static bool IsSequential<TState, TOperation, TResult>(
        Specification<TState, TOperation, TResult> specification, IReadOnlyList<Call<TOperation, TResult>> calls)
        where TState : IEquatable<TState>
        where TResult : IEquatable<TResult> =>
        HasOrder(specification, calls, (earlier, later) => calls[earlier].Process == calls[later].Process && calls[earlier].Completed < calls[later].Invoked);

    /// <summary>Whether an order is one: each result as the specification gives it, nothing before what must precede it, nothing lacking.</summary>
    public static bool Explains<TState, TOperation, TResult>(
        Specification<TState, TOperation, TResult> specification,
        IReadOnlyList<Call<TOperation, TResult>> calls,
        IReadOnlyList<int> order,
        bool inRealTime = true)
        where TState : IEquatable<TState>
        where TResult : IEquatable<TResult>
    {
        TState state = specification.Initial;
        var invoked = new Dictionary<long, int>();
        foreach (int call in order)
        {
            long scope = inRealTime ? 0 : calls[call].Process.Number;
            invoked[scope] = Math.Max(invoked.GetValueOrDefault(scope), calls[call].Invoked.Number);
            SpecificationStep<TState, TResult> step = specification.Apply(state, calls[call].Operation);
            if (calls[call].Completed.Number < invoked[scope] || (!calls[call].IsOpen && !step.Result.Equals(calls[call].Result!)))
            {
                return false;
            }

            state = step.State;
        }

        return order.Distinct().Count() == order.Count && Enumerable.Range(0, calls.Count).All(call => calls[call].IsOpen || order.Contains(call));
    }

    private static bool HasOrder<TState, TOperation, TResult>(
        Specification<TState, TOperation, TResult> specification, IReadOnlyList<Call<TOperation, TResult>> calls, Func<int, int, bool> precedes)
        where TState : IEquatable<TState>
        where TResult : IEquatable<TResult>
    {
        return From(specification.Initial, [.. Enumerable.Range(0, calls.Count)]);

        bool From(TState state, int[] left) =>
            left.All(call => calls[call].IsOpen)
            || left.Any(call => !left.Any(other => precedes(other, call)) && Takes(state, call, out TState next) && From(next, [.. left.Where(other => other != call)]));

        bool Takes(TState state, int call, out TState next)
        {
            (next, TResult result) = specification.Apply(state, calls[call].Operation);
            return calls[call].IsOpen || result.Equals(calls[call].Result!);
        }
    }
}
