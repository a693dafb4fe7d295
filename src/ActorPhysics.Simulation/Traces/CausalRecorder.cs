using System.Globalization;
using ActorPhysics.Core.Causality;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Simulation.Monitors;
using ActorPhysics.Simulation.Plans;

namespace ActorPhysics.Simulation.Traces;

/// <summary>
/// Takes down what happens at each replica, with every arrival tied to its sending: a process of the causal trace is a replica, across its
/// crashes, for its disk carries its past over them.
/// </summary>
internal sealed class CausalRecorder : ITraceWriter
{
    private readonly List<TraceEntry> _entries = [];

    // A message may be carried as bytes, so what arrives can be another object than what was sent.
    private readonly Dictionary<LineMessage, MessageId> _sendings = new(ReferenceEqualityComparer.Instance);
    private ulong _messages;

    public CausalTrace Trace => CausalTrace.TryBuild(_entries, out TraceContradiction? contradiction)
        ?? throw new InvalidOperationException($"the recording contradicts itself: {contradiction!.Explanation}");

    public void Note(string text)
    {
        // What belongs to no replica has no place in a causal order.
    }

    public void Happened(Subject at, string text) => _entries.Add(TraceEntry.Local(NameOf(at), text));

    public void Struck(Fault fault)
    {
        int nodes = FaultNodes.Of(fault);
        for (int node = 0; nodes >> node != 0; node++)
        {
            if ((nodes & (1 << node)) != 0)
            {
                _entries.Add(TraceEntry.Local(new ProcessName(string.Create(CultureInfo.InvariantCulture, $"r{node + 1}")), $"** {fault}"));
            }
        }
    }

    public void Sent(Subject from, LineMessage message)
    {
        var id = new MessageId(++_messages);
        _sendings[message] = id;
        _entries.Add(TraceEntry.Send(NameOf(from), $"to {message.Envelope.To}: {MessageText.Of(message)}", id));
    }

    public void Carried(LineMessage sent, LineMessage carried) => _sendings[carried] = _sendings[sent];

    public void Delivered(Subject to, LineMessage message) =>
        _entries.Add(TraceEntry.Receive(NameOf(to), $"from {message.Envelope.From}: {MessageText.Of(message)}", _sendings[message]));

    private static ProcessName NameOf(Subject subject) => new(subject.Id.ToString());
}
