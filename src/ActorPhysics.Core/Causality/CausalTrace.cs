using System.Collections.Immutable;

namespace ActorPhysics.Core.Causality;

/// <summary>
/// What happened at some processes, in causal order: an event precedes another if it came earlier at the same process, or sent what the
/// other received, or through a chain of these (Lamport 1978). Asked for two events, the order is read off their vector clocks.
/// </summary>
public sealed class CausalTrace
{
    private readonly SortedDictionary<ProcessName, ImmutableArray<TraceEvent>> _byProcess;
    private readonly Dictionary<MessageId, TraceEvent> _senders;

    internal CausalTrace(
        ImmutableArray<TraceEvent> events, SortedDictionary<ProcessName, ImmutableArray<TraceEvent>> byProcess, Dictionary<MessageId, TraceEvent> senders)
    {
        Events = events;
        Processes = [.. byProcess.Keys];
        _byProcess = byProcess;
        _senders = senders;
    }

    /// <summary>All events; each stands behind its causes, and otherwise as it was recorded.</summary>
    public ImmutableArray<TraceEvent> Events { get; }

    /// <summary>By name.</summary>
    public ImmutableArray<ProcessName> Processes { get; }

    /// <summary>Everything.</summary>
    public Cut Whole => CutOf(process => EventsOf(process).Length);

    /// <summary>Orders recorded entries; those of one process are taken in the order given, those of different ones may be mixed in any way.</summary>
    /// <param name="contradiction">When there is no trace: a message is sent twice, or received before it can have been sent.</param>
    public static CausalTrace? TryBuild(IEnumerable<TraceEntry> entries, out TraceContradiction? contradiction) =>
        new CausalTraceBuilder().TryBuild(entries, out contradiction);

    /// <summary>The events of a process, in order; none for an unknown one.</summary>
    public ImmutableArray<TraceEvent> EventsOf(ProcessName process) => _byProcess.GetValueOrDefault(process, []);

    /// <summary>The event that sent a message; null when it came from outside.</summary>
    public TraceEvent? SenderOf(MessageId message) => _senders.GetValueOrDefault(message);

    /// <summary>Whether the first may have influenced the second.</summary>
    public static bool HappensBefore(TraceEvent first, TraceEvent second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return !ReferenceEquals(first, second) && second.Clock[first.Process] >= first.Number;
    }

    /// <summary>How two events lie to one another.</summary>
    public static CausalOrder Order(TraceEvent first, TraceEvent second)
    {
        if (ReferenceEquals(first, second))
        {
            return CausalOrder.Equal;
        }

        return HappensBefore(first, second) ? CausalOrder.Before
            : HappensBefore(second, first) ? CausalOrder.After
            : CausalOrder.Concurrent;
    }

    /// <summary>Everything that may have influenced an event, itself included: the smallest consistent cut that contains it.</summary>
    public static Cut PastOf(TraceEvent happening)
    {
        ArgumentNullException.ThrowIfNull(happening);
        return new Cut(happening.Clock);
    }

    /// <summary>Everything that an event cannot have influenced: the latest consistent cut that it is not before.</summary>
    public Cut LatestCutBefore(TraceEvent happening)
    {
        ArgumentNullException.ThrowIfNull(happening);
        return CutOf(process => FirstThatKnows(EventsOf(process), happening));
    }

    /// <summary>Null when a cut is consistent, else a message that crosses it backwards.</summary>
    public CutViolation? ViolationOf(Cut cut)
    {
        ArgumentNullException.ThrowIfNull(cut);
        foreach (TraceEvent happening in Events)
        {
            if (!cut.Contains(happening))
            {
                continue;
            }

            foreach (MessageId message in happening.Entry.Receives)
            {
                if (SenderOf(message) is { } sender && !cut.Contains(sender))
                {
                    return new CutViolation(message, sender, happening);
                }
            }
        }

        return null;
    }

    /// <summary>The latest consistent cut within a cut: how far everybody must go back when each has only what is before it.</summary>
    public Cut LatestConsistentWithin(Cut cut)
    {
        ArgumentNullException.ThrowIfNull(cut);
        VectorClock frontier = CutOf(process => (int)Math.Min(cut.Frontier[process].Value, (ulong)EventsOf(process).Length)).Frontier;
        bool moved;
        do
        {
            moved = false;
            foreach (ProcessName process in Processes)
            {
                while (frontier[process] is { Value: > 0 } last && !EventsOf(process)[(int)last.Value - 1].Clock.IsWithin(frontier))
                {
                    frontier = frontier.With(process, new EventNumber(last.Value - 1));
                    moved = true;
                }
            }
        }
        while (moved);

        return new Cut(frontier);
    }

    /// <summary>What is under way at a cut: sent before it, and received after it or never. In the order of the sendings.</summary>
    public ImmutableArray<MessageId> InTransitAt(Cut cut)
    {
        ArgumentNullException.ThrowIfNull(cut);
        var received = new HashSet<MessageId>();
        foreach (TraceEvent happening in Events)
        {
            if (cut.Contains(happening))
            {
                received.UnionWith(happening.Entry.Receives);
            }
        }

        return [.. Events.Where(cut.Contains).SelectMany(happening => happening.Entry.Sends).Where(message => !received.Contains(message))];
    }

    /// <summary>Along one process what is known of another never falls, so it can be searched by halves.</summary>
    /// <returns>How many events of the process come before the first that the given one may have influenced.</returns>
    private static int FirstThatKnows(ImmutableArray<TraceEvent> events, TraceEvent happening)
    {
        int low = 0;
        int high = events.Length;
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            if (events[middle].Clock[happening.Process] >= happening.Number)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    private Cut CutOf(Func<ProcessName, int> events)
    {
        VectorClock frontier = VectorClock.Zero;
        foreach (ProcessName process in Processes)
        {
            frontier = frontier.With(process, new EventNumber((ulong)events(process)));
        }

        return new Cut(frontier);
    }
}
