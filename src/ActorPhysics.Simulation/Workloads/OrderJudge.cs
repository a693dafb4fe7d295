using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Linearizability;
using ActorPhysics.Core;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.World;
using ActorPhysics.Wire.Requests;
using OperationOutcome = ActorPhysics.Simulation.Clients.OperationOutcome;

namespace ActorPhysics.Simulation.Workloads;

/// <summary>
/// Looks for an order of the clients' operations that agrees with real time and gives every client its answer. It knows nothing of logs,
/// places and certificates: it sees what the clients see.
/// </summary>
internal static class OrderJudge
{
    public static Judgement Judge<TState, TOperation, TResult>(SpecifiedWorkload<TState, TOperation, TResult> workload, ClientHistory history, SearchOptions options)
        where TState : IEquatable<TState>
        where TOperation : notnull
        where TResult : IEquatable<TResult>
    {
        List<OperationRecord> asked = [.. history.Operations.Where(operation => IsOrdered(workload, operation))];
        var calls = new List<Call<TOperation, TResult>>(asked.Count);
        (EventPosition Invoked, EventPosition Completed)[] places = Place(asked);
        for (int i = 0; i < asked.Count; i++)
        {
            OperationRecord operation = asked[i];
            var what = (TOperation)operation.Drawn.Operation;
            var process = new ProcessId(operation.Process);
            calls.Add(operation.Outcome == OperationOutcome.Ok
                ? Call<TOperation, TResult>.Returned(process, what, workload.Decode(what, operation.Status, operation.Result), places[i].Invoked, places[i].Completed)
                : Call<TOperation, TResult>.Open(process, what, places[i].Invoked));
        }

        return Linearizability.Check(workload.Specification, calls, options) switch
        {
            ConsistencyVerdict.Violated violated => new Judgement([new Evidence(Symptom.NoLegalOrder, InvariantNames.ReadFreshness, violated.Drawing, LastOf(violated, asked))]),
            ConsistencyVerdict.Undecided { Reason: var reason } => new Judgement([], $"whether {calls.Count} operations have a legal order: {reason}"),
            _ => new Judgement([]),
        };
    }

    /// <summary>
    /// Reads of a replica's own state promise no order with others. A read that may concern the whole object would keep the parts from being
    /// judged one by one; leaving reads out can hide a violation and never invents one, and the trunk's judge looks at these.
    /// </summary>
    private static bool IsOrdered<TState, TOperation, TResult>(SpecifiedWorkload<TState, TOperation, TResult> workload, OperationRecord operation)
        where TState : IEquatable<TState>
        where TOperation : notnull
        where TResult : IEquatable<TResult>
    {
        var what = (TOperation)operation.Drawn.Operation;
        bool readOnly = workload.Specification.IsReadOnly(what);
        return operation.Outcome != OperationOutcome.Fail
            && operation.Level != ConsistencyLevel.FollowerRead
            && (!readOnly || (operation.Outcome == OperationOutcome.Ok && workload.Specification.PartOf(what) is not null));
    }

    /// <summary>What happens at one moment counts as concurrent: invocations come before answers.</summary>
    private static (EventPosition Invoked, EventPosition Completed)[] Place(List<OperationRecord> asked)
    {
        var events = new List<(WorldTime At, bool Answer, int Operation)>(asked.Count * 2);
        for (int i = 0; i < asked.Count; i++)
        {
            events.Add((asked[i].Invoked, false, i));
            if (asked[i].Outcome == OperationOutcome.Ok)
            {
                events.Add((asked[i].Completed, true, i));
            }
        }

        events.Sort(static (a, b) => a.At != b.At ? a.At.CompareTo(b.At) : a.Answer != b.Answer ? a.Answer.CompareTo(b.Answer) : a.Operation.CompareTo(b.Operation));
        var places = new (EventPosition Invoked, EventPosition Completed)[asked.Count];
        for (int position = 0; position < events.Count; position++)
        {
            (_, bool answer, int operation) = events[position];
            places[operation] = answer ? (places[operation].Invoked, new EventPosition(position)) : (new EventPosition(position), EventPosition.Never);
        }

        return places;
    }

    private static TimeSpan LastOf(ConsistencyVerdict.Violated violated, List<OperationRecord> asked) =>
        violated.Offending.Select(call => asked[call]).Where(operation => operation.Outcome == OperationOutcome.Ok)
            .Select(operation => operation.Completed.SinceBeginning).DefaultIfEmpty(TimeSpan.MaxValue).Max();
}
