using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Simulation.Monitors;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.World;

namespace ActorPhysics.Simulation.Traces;

/// <summary>The readable log of a run: one line for what happened, when.</summary>
internal sealed class TextTrace(TextWriter output) : ITraceWriter
{
    public Func<WorldTime> Now { get; set; } = static () => default;

    public void Note(string text) => output.WriteLine($"{Now()} {text}");

    public void Happened(Subject at, string text) => Note($"{at.Id} {text}");

    public void Struck(Fault fault) => Note($"** {fault}");

    public void Carried(LineMessage sent, LineMessage carried)
    {
        // The words are the same.
    }

    public void Sent(Subject from, LineMessage message) =>
        output.WriteLine($"{Now()} {from.Id} → {message.Envelope.To}  {MessageText.Of(message)}");

    public void Delivered(Subject to, LineMessage message) =>
        output.WriteLine($"{Now()} {to.Id} ← {message.Envelope.From}  {MessageText.Of(message)}");
}
