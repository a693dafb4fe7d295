using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Simulation.Processes;

/// <summary>The ports of one replica: its messages, answers and observations go out into the world.</summary>
internal sealed class ProcessPorts(IProcessWorld world, SimulatedReplica replica) : ITransport<LineMessage>, IRequestReplies, IReplicaObserver
{
    /// <summary>The source of requests that no client made.</summary>
    public const ulong OperatorSource = 0;

    /// <summary>The source of requests that came from other nodes, or from the own one: the process's door answers them.</summary>
    public const ulong DoorSource = 1UL << 32;

    // Sorted, so that those whose connection breaks hear of it in the same order in every run.
    private readonly SortedSet<(ulong Source, ulong Request)> _open = [];

    /// <summary>A request was taken in and is owed exactly one answer.</summary>
    public void TakenIn(RequestToken request) => _open.Add((request.Source, request.Request));

    /// <summary>The connections of this process broke.</summary>
    public void Reset()
    {
        foreach ((ulong source, ulong request) in _open)
        {
            // Who asked through the door hears nothing, or that the connection broke.
            if (source is not (OperatorSource or DoorSource))
            {
                world.Answer(replica, (int)source - 1, request, ClientReply.Broken.Instance);
            }
        }

        _open.Clear();
    }

    public bool IsConnected(NodeId node) => world.IsConnected(replica.Node.Index, node);

    public bool TrySend(NodeId node, LineMessage message)
    {
        replica.Subject.Sends(message);
        world.Send(replica.Node, node, message);
        return true;
    }

    public void Applied(RequestToken request, in AppliedCommand outcome, Coordinate frontier, ReadOnlyMemory<byte> proof)
    {
        if (IsForDoor(request))
        {
            replica.Node.Desk?.Door.Applied(request, outcome, frontier, proof);
            return;
        }

        End(request, new ClientReply.Applied(outcome.Status, outcome.Place, outcome.Repeated, outcome.Result.ToArray(), frontier, proof));
    }

    public void Served(
        RequestToken request, QueryOutcome outcome, ReadOnlySpan<byte> answer, ConsistencyLevel level, Coordinate frontier, ulong knownLagEntries, ReadOnlyMemory<byte> proof)
    {
        if (IsForDoor(request))
        {
            replica.Node.Desk?.Door.Served(request, outcome, answer, level, frontier, knownLagEntries, proof);
            return;
        }

        End(request, new ClientReply.Served(outcome, answer.ToArray(), level, frontier, proof));
    }

    public void Refused(RequestToken request, Refusal refusal, LeaderHint leader, string? detail)
    {
        if (IsForDoor(request))
        {
            replica.Node.Desk?.Door.Refused(request, refusal, leader, detail);
            return;
        }

        if (request.Source == OperatorSource)
        {
            replica.Group.Observatory.Marks.Refused(refusal);
            replica.Group.Observatory.Trace?.Note($"the operator is refused: {refusal} {detail}");
        }

        End(request, new ClientReply.Refused(refusal, leader));
    }

    public void MembershipChanged(RequestToken request, Coordinate coordinate, GroupConfiguration configuration)
    {
        if (IsForDoor(request))
        {
            replica.Node.Desk?.Door.MembershipChanged(request, coordinate, configuration);
            return;
        }

        End(request, new ClientReply.Refused(Refusal.NotLeader, default));
    }

    public void TransferCompleted(RequestToken request, LeaderHint leader)
    {
        if (IsForDoor(request))
        {
            replica.Node.Desk?.Door.TransferCompleted(request, leader);
            return;
        }

        End(request, new ClientReply.Refused(Refusal.NotLeader, leader));
    }

    public void RoleChanged(GroupConfiguration configuration, RoleChanged change)
    {
        replica.NoteRun();
        replica.Subject.RoleChanged(change);
        replica.Node.Desk?.RoleChanged(replica, change);
    }

    public void ConfigurationChanged(GroupConfiguration configuration)
    {
        replica.Subject.GoesBy(configuration);
        replica.Node.Desk?.ConfigurationChanged(replica);
    }

    public void Applied(int entries, int commands)
    {
        replica.Subject.AppliedEntries(entries);
        replica.Node.Desk?.Applied(replica, commands);
    }

    private bool IsForDoor(RequestToken request)
    {
        if (request.Source == DoorSource)
        {
            Close(request);
        }

        return request.Source == DoorSource;
    }

    private void Close(RequestToken request) =>
        Invariant.Require(_open.Remove((request.Source, request.Request)), "RequestEndsOnce", request, static x => $"request {x} was answered and is not open");

    private void End(RequestToken request, ClientReply reply)
    {
        Close(request);
        if (request.Source != OperatorSource)
        {
            world.Answer(replica, (int)request.Source - 1, request.Request, reply);
        }
    }
}
