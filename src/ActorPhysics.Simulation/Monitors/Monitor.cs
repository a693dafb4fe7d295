using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>Watches one rule over all replicas. It hears of everything and reports what breaks the rule; it changes nothing.</summary>
internal abstract class Monitor(Observatory observatory)
{
    protected Observatory Observatory { get; } = observatory;

    /// <summary>What the group was founded with: its name and its failure model never change.</summary>
    protected GroupConfiguration Configuration => Observatory.Configuration;

    /// <summary>A process recovered and is about to begin.</summary>
    public virtual void Started(Subject subject)
    {
    }

    public virtual void Crashed(Subject subject)
    {
    }

    /// <summary>The process handled something; its frontiers before are in <see cref="Subject.Before"/>.</summary>
    public virtual void TurnEnded(Subject subject)
    {
    }

    /// <summary>The process stopped itself in the middle of handling something; what it did with that is not to be seen.</summary>
    public virtual void Stopped(Subject subject)
    {
    }

    /// <summary>A record was handed to the disk; <see cref="Subject.Memory"/> has it already.</summary>
    public virtual void Written(Subject subject, HistoryEvent record)
    {
    }

    /// <summary>More, or after a crash less, of the replica's log is durable.</summary>
    public virtual void DurableChanged(Subject subject)
    {
    }

    public virtual void Sent(Subject subject, LineMessage message)
    {
    }

    public virtual void RoleChanged(Subject subject, RoleChanged change)
    {
    }

    /// <summary>The trunk, as the first replica to know of it sees it, has one more entry.</summary>
    public virtual void TrunkExtended(LogEntry entry)
    {
    }

    /// <summary>A replica answers a read; its client may hear of it later, or never.</summary>
    public virtual void Served(Subject subject, ConsistencyLevel level, Coordinate frontier)
    {
    }

    /// <summary>A replica tells a client of something that rests on the trunk through this frontier; it may be down when the client hears of it.</summary>
    public virtual void Told(Subject subject, Coordinate frontier)
    {
    }

    /// <summary>A client has its answer.</summary>
    public virtual void Answered(OperationRecord operation, ReadOnlyMemory<byte> proof)
    {
    }

    protected void Report(Symptom symptom, string invariant, string detail) => Observatory.Report(symptom, invariant, detail);
}
