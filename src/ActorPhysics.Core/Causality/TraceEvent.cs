using System.Collections.Immutable;

namespace ActorPhysics.Core.Causality;

/// <summary>Something that happened at a process, as it was recorded. What it receives came to it before what it sends left.</summary>
/// <param name="Receives">A message whose sending is nowhere in the trace came from outside and orders nothing.</param>
public sealed record TraceEntry(ProcessName Process, string Text, ImmutableArray<MessageId> Receives, ImmutableArray<MessageId> Sends)
{
    /// <summary>An event that neither sends nor receives.</summary>
    public static TraceEntry Local(ProcessName process, string text) => new(process, text, [], []);

    public static TraceEntry Send(ProcessName process, string text, params ReadOnlySpan<MessageId> messages) => new(process, text, [], [.. messages]);

    public static TraceEntry Receive(ProcessName process, string text, params ReadOnlySpan<MessageId> messages) => new(process, text, [.. messages], []);
}

/// <summary>An event in its place in the causal order.</summary>
/// <remarks>Identity is by reference: an event belongs to one trace.</remarks>
public sealed class TraceEvent
{
    internal TraceEvent(TraceEntry entry, VectorClock clock) => (Entry, Clock) = (entry, clock);

    public TraceEntry Entry { get; }
    public ProcessName Process => Entry.Process;
    public EventNumber Number => Clock[Process];
    public string Text => Entry.Text;

    /// <summary>Counts the events that may have influenced this one, itself included.</summary>
    public VectorClock Clock { get; }

    public override string ToString() => $"{Process}{Number} {Text}";
}

/// <summary>Why recorded entries are no trace: no causal order explains them.</summary>
/// <param name="Message">The message that contradicts.</param>
public sealed record TraceContradiction(MessageId Message, string Explanation);
