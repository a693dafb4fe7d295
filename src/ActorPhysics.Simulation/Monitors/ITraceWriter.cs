using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Simulation.Plans;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>Writes down what happens in a run.</summary>
internal interface ITraceWriter
{
    /// <summary>Something that belongs to no replica.</summary>
    void Note(string text);

    /// <summary>Something that happened at a replica.</summary>
    void Happened(Subject at, string text);

    void Struck(Fault fault);

    void Sent(Subject from, LineMessage message);

    /// <summary>What was sent goes on as another object.</summary>
    void Carried(LineMessage sent, LineMessage carried);

    void Delivered(Subject to, LineMessage message);
}
