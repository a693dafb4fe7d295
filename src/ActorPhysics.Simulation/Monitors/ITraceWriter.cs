using ActorPhysics.Protocol.Line.Messages;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>Writes down what happens in a run.</summary>
internal interface ITraceWriter
{
    void Note(string text);

    void Sent(Subject from, LineMessage message);

    void Delivered(Subject to, LineMessage message);
}
