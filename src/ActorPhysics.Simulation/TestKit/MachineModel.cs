using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.Workloads;

namespace ActorPhysics.Simulation.TestKit;

/// <summary>
/// The user's own machine, one copy of it, led along the trunk without faults, restarts or snapshots: what the replicated one must look like
/// from outside. The rules about its state are asked after every command.
/// </summary>
internal sealed class MachineModel<TCommand, TResult, TQuery, TAnswer>(
    StateMachine<TCommand, TResult, TQuery, TAnswer> machine,
    IReplicatedStateMachine encoded,
    ImmutableArray<StateRule<TCommand, TResult, TQuery, TAnswer>> rules) : ISequentialModel
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private bool _hasBroken;
    private BrokenRule? _broken;

    public object Apply(DrawnOperation command, in ApplyContext context)
    {
        _output.ResetWrittenCount();
        MachineOutcome outcome = encoded.Apply(context, command.Payload, _output);
        Examine(command);
        return outcome == MachineOutcome.Done && _output.WrittenCount > SessionLimits.Default.MaxResultBytes
            ? new Payload(CommandStatus.ResultTooLarge, [])
            : Taken(outcome);
    }

    public object Ask(DrawnOperation query)
    {
        _output.ResetWrittenCount();
        try
        {
            return Taken(encoded.Query(query.Payload, _output));
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // A query that throws is refused with these words, and the state goes on.
            return new Payload(CommandStatus.Refused, Encoding.UTF8.GetBytes($"The query failed: {fault.GetType().Name}: {fault.Message}"));
        }
    }

    public object Answered(OperationRecord operation) => new Payload(operation.Status, operation.Result);

    public BrokenRule? TakeBrokenRule()
    {
        BrokenRule? broken = _broken;
        _broken = null;
        return broken;
    }

    private void Examine(DrawnOperation after)
    {
        foreach (StateRule<TCommand, TResult, TQuery, TAnswer> rule in rules)
        {
            if (!_hasBroken && rule.Complaint(machine) is { } complaint)
            {
                _hasBroken = true;
                _broken = new BrokenRule(rule.Name, $"does not hold after {after.Operation}{complaint}");
            }
        }
    }

    private Payload Taken(MachineOutcome outcome) =>
        new(outcome == MachineOutcome.Done ? CommandStatus.Applied : CommandStatus.Refused, _output.WrittenSpan.ToArray());
}

/// <summary>A rule about the state of a user's machine.</summary>
/// <param name="Name">For reports.</param>
/// <param name="Complaint">What to add to "does not hold"; null when it holds.</param>
internal sealed record StateRule<TCommand, TResult, TQuery, TAnswer>(string Name, Func<StateMachine<TCommand, TResult, TQuery, TAnswer>, string?> Complaint);
