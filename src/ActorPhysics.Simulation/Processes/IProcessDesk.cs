using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Effects;

namespace ActorPhysics.Simulation.Processes;

/// <summary>What a process does besides running replicas: it answers other nodes, and hears what becomes of its replicas.</summary>
internal interface IProcessDesk
{
    /// <summary>Who answers requests that did not come from a client of the simulation.</summary>
    IRequestReplies Door { get; }

    /// <summary>A replica begins to live in the process.</summary>
    void Settled(SimulatedReplica replica);

    void RoleChanged(SimulatedReplica replica, RoleChanged change);

    void ConfigurationChanged(SimulatedReplica replica);

    void Applied(SimulatedReplica replica, int commands);

    /// <summary>The connection with a peer broke or was made.</summary>
    void LinkChanged(NodeId peer, bool up);
}
