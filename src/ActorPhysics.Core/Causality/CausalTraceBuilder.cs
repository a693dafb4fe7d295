using System.Collections.Immutable;

namespace ActorPhysics.Core.Causality;

/// <summary>Stamps entries with clocks. An entry waits until everything that it receives has been stamped; who waits longest is told by name.</summary>
internal sealed class CausalTraceBuilder
{
    private readonly SortedDictionary<ProcessName, Queue<TraceEntry>> _pending = [];
    private readonly SortedDictionary<ProcessName, ImmutableArray<TraceEvent>.Builder> _done = [];
    private readonly Dictionary<MessageId, ProcessName> _sentBy = [];
    private readonly Dictionary<MessageId, TraceEvent> _senders = [];
    private readonly Dictionary<MessageId, List<ProcessName>> _waiting = [];
    private readonly ImmutableArray<TraceEvent>.Builder _events = ImmutableArray.CreateBuilder<TraceEvent>();

    public CausalTrace? TryBuild(IEnumerable<TraceEntry> entries, out TraceContradiction? contradiction)
    {
        TraceEntry[] recorded = [.. entries];
        contradiction = FindSenders(recorded);
        if (contradiction is not null)
        {
            return null;
        }

        foreach (TraceEntry entry in recorded)
        {
            PendingOf(entry.Process).Enqueue(entry);
            Stamp(entry.Process);
        }

        contradiction = FindStuck();
        if (contradiction is not null)
        {
            return null;
        }

        var byProcess = new SortedDictionary<ProcessName, ImmutableArray<TraceEvent>>();
        foreach ((ProcessName process, ImmutableArray<TraceEvent>.Builder events) in _done)
        {
            byProcess.Add(process, events.ToImmutable());
        }

        return new CausalTrace(_events.ToImmutable(), byProcess, _senders);
    }

    private TraceContradiction? FindSenders(TraceEntry[] recorded)
    {
        foreach (TraceEntry entry in recorded)
        {
            foreach (MessageId message in entry.Sends)
            {
                if (!_sentBy.TryAdd(message, entry.Process))
                {
                    return new TraceContradiction(message, $"{message} is sent twice, by {_sentBy[message]} and by {entry.Process}");
                }
            }
        }

        return null;
    }

    private Queue<TraceEntry> PendingOf(ProcessName process)
    {
        if (!_pending.TryGetValue(process, out Queue<TraceEntry>? pending))
        {
            pending = new Queue<TraceEntry>();
            _pending.Add(process, pending);
            _done.Add(process, ImmutableArray.CreateBuilder<TraceEvent>());
        }

        return pending;
    }

    /// <summary>Stamps what can be stamped of one process, and of all that waited for it.</summary>
    private void Stamp(ProcessName first)
    {
        var ready = new Queue<ProcessName>([first]);
        while (ready.TryDequeue(out ProcessName process))
        {
            Queue<TraceEntry> pending = _pending[process];
            while (pending.TryPeek(out TraceEntry? entry) && MissingOf(entry) is var missing)
            {
                if (missing is { } message)
                {
                    Await(message, process);
                    break;
                }

                pending.Dequeue();
                Stamp(entry, ready);
            }
        }
    }

    private void Stamp(TraceEntry entry, Queue<ProcessName> ready)
    {
        ImmutableArray<TraceEvent>.Builder own = _done[entry.Process];
        VectorClock clock = own.Count > 0 ? own[^1].Clock : VectorClock.Zero;
        foreach (MessageId message in entry.Receives)
        {
            if (_senders.TryGetValue(message, out TraceEvent? sender))
            {
                clock = clock.Merge(sender.Clock);
            }
        }

        var stamped = new TraceEvent(entry, clock.Tick(entry.Process));
        own.Add(stamped);
        _events.Add(stamped);
        foreach (MessageId message in entry.Sends)
        {
            _senders.Add(message, stamped);
            if (_waiting.Remove(message, out List<ProcessName>? waiting))
            {
                waiting.ForEach(ready.Enqueue);
            }
        }
    }

    /// <summary>A message that the entry receives and whose sending is recorded but not stamped yet.</summary>
    private MessageId? MissingOf(TraceEntry entry)
    {
        foreach (MessageId message in entry.Receives)
        {
            if (_sentBy.ContainsKey(message) && !_senders.ContainsKey(message))
            {
                return message;
            }
        }

        return null;
    }

    private void Await(MessageId message, ProcessName process)
    {
        if (!_waiting.TryGetValue(message, out List<ProcessName>? waiting))
        {
            waiting = [];
            _waiting.Add(message, waiting);
        }

        if (!waiting.Contains(process))
        {
            waiting.Add(process);
        }
    }

    private TraceContradiction? FindStuck()
    {
        foreach ((ProcessName process, Queue<TraceEntry> pending) in _pending)
        {
            if (pending.TryPeek(out TraceEntry? entry) && MissingOf(entry) is { } message)
            {
                return new TraceContradiction(message, $"{process} receives {message} in '{entry.Text}', before {_sentBy[message]} can have sent it");
            }
        }

        return null;
    }
}
