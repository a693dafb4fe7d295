using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.Storage;
using ActorPhysics.Simulation.World;

namespace ActorPhysics.Simulation.Processes;

/// <summary>What a simulated node needs from the world around it.</summary>
internal interface IProcessWorld
{
    EventQueue Events { get; }

    DiskWeather Disk { get; }

    bool IsConnected(int from, NodeId to);

    void Send(SimulatedNode from, NodeId to, LineMessage message);

    /// <param name="client">The client's index.</param>
    /// <param name="attempt">Which of its attempts is answered.</param>
    void Answer(SimulatedReplica from, int client, ulong attempt, ClientReply reply);

    /// <summary>The process died.</summary>
    void ProcessEnded(SimulatedNode node);

    /// <summary>The process cannot go on and ends itself: its journal failed.</summary>
    void ProcessGaveUp(SimulatedNode node);
}
