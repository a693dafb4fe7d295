using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Checking.Linearizability;
using ActorPhysics.Core.Specifications;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.Randomness;

namespace ActorPhysics.Simulation.Workloads;

/// <summary>
/// A workload whose answers are judged by a sequential specification: the state machine under test must refine it (seed §1.1).
/// </summary>
/// <typeparam name="TState">The specification's states.</typeparam>
/// <typeparam name="TOperation">What is asked.</typeparam>
/// <typeparam name="TResult">What is answered.</typeparam>
public abstract class SpecifiedWorkload<TState, TOperation, TResult> : IWorkload
    where TState : IEquatable<TState>
    where TOperation : notnull
    where TResult : IEquatable<TResult>
{
    public virtual string Name => Specification.Name;
    public abstract StateMachineDefinition Machine { get; }
    public abstract Specification<TState, TOperation, TResult> Specification { get; }

    /// <summary>Whether reads travel as queries, beside the log; otherwise every operation is a command.</summary>
    public virtual bool HasQueries => true;

    /// <summary>An operation to ask for. <paramref name="number"/> differs for every operation of a run, so that it can make values unique.</summary>
    public abstract TOperation DrawOperation(SeededRandom random, int client, ulong number, bool read);

    /// <summary>The operation as the state machine reads it: a command, or a query when <paramref name="query"/>.</summary>
    public abstract byte[] Encode(TOperation operation, bool query);

    /// <summary>The state machine's answer in the specification's terms.</summary>
    public abstract TResult Decode(TOperation operation, CommandStatus status, ReadOnlySpan<byte> answer);

    public DrawnOperation Draw(SeededRandom random, int client, ulong number, bool read)
    {
        TOperation operation = DrawOperation(random, client, number, read);
        bool query = HasQueries && Specification.IsReadOnly(operation);
        return new DrawnOperation(operation, Encode(operation, query), query);
    }

    public Judgement Judge(ClientHistory history)
    {
        IReadOnlyList<Evidence> trunk = new TrunkJudge(new SpecificationModel<TState, TOperation, TResult>(this), history).Judge();
        Judgement order = OrderJudge.Judge(this, history, SearchOptions.Default);
        return order with { Evidence = [.. trunk, .. order.Evidence] };
    }
}
