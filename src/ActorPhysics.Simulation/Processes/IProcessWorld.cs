using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.Monitors;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.World;

namespace ActorPhysics.Simulation.Processes;

/// <summary>What a simulated process needs from the world around it.</summary>
internal interface IProcessWorld
{
    EventQueue Events { get; }
    SimulationPlan Plan { get; }

    /// <summary>What the group was founded with.</summary>
    GroupConfiguration Configuration { get; }
    Observatory Observatory { get; }

    ReplicaSettings SettingsOf(ReplicaId replica);

    bool IsConnected(int from, NodeId to);

    void Send(SimulatedProcess from, NodeId to, LineMessage message);

    /// <param name="client">The client's index.</param>
    /// <param name="attempt">Which of its attempts is answered.</param>
    void Answer(SimulatedProcess from, int client, ulong attempt, ClientReply reply);

    /// <summary>The process died.</summary>
    void ProcessEnded(SimulatedProcess process);

    /// <summary>The process cannot go on and ends itself: its journal failed.</summary>
    void ProcessGaveUp(SimulatedProcess process);
}
