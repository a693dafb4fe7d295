using ActorPhysics.Core;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;

namespace ActorPhysics.Protocol.Tests.Harness.Monitors;

/// <summary>Watches one property of the whole cluster while it runs. It sees what a replica did, and never helps it.</summary>
internal abstract class Monitor(Cluster cluster)
{
    protected Cluster Cluster { get; } = cluster;

    /// <summary>A new run of the replica's process begins.</summary>
    public virtual void OnStarted(SimulatedReplica replica)
    {
    }

    public virtual void BeforeStep(SimulatedReplica replica)
    {
    }

    public virtual void AfterStep(SimulatedReplica replica, IReadOnlyList<LineEffect> effects)
    {
    }

    /// <summary>A message leaves its replica, whatever the network does with it.</summary>
    public virtual void OnSent(SimulatedReplica from, LineMessage message)
    {
    }

    public virtual void OnApplied(SimulatedReplica replica, LogEntry entry)
    {
    }

    public virtual void OnRead(SimulatedReplica replica, ClientRequest read)
    {
    }

    protected static void Require(bool holds, string invariant, string detail) => Invariant.Require(holds, invariant, detail);
}
