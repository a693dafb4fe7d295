using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Simulation.Exploration;

/// <summary>What happened at one step of a trace.</summary>
public enum TraceEvent
{
    /// <summary>A message arrived.</summary>
    Delivery,

    /// <summary>A message arrived, and a copy stays under way.</summary>
    Duplicate,

    /// <summary>A message was lost.</summary>
    Loss,

    /// <summary>Something happened at one replica: a timer, the disk, a client, a restart.</summary>
    Local,
}

/// <summary>One step of a trace.</summary>
/// <param name="Replica">To whom it happened; of a lost message, its receiver.</param>
/// <param name="From">The sender of the message, if it is about one.</param>
/// <param name="What">The message or the action, in words.</param>
/// <param name="After">The replica after the step, in words.</param>
public sealed record TraceStep(TraceEvent Event, ReplicaId Replica, ReplicaId From, string What, string After);
