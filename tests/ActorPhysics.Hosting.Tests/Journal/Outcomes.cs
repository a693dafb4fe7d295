using ActorPhysics.Actors.Ports;

namespace ActorPhysics.Hosting.Tests.Journal;

/// <summary>Hears what became of appends and lets a test wait for it.</summary>
internal sealed class Outcomes : IJournalCallback
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly object _gate = new();
    private readonly List<(PersistTicket Ticket, JournalFault? Fault)> _heard = [];

    public IReadOnlyList<(PersistTicket Ticket, JournalFault? Fault)> Heard
    {
        get
        {
            lock (_gate)
            {
                return [.. _heard];
            }
        }
    }

    public void Durable(PersistTicket ticket) => Hear(ticket, null);

    public void Failed(PersistTicket ticket, JournalFault fault) => Hear(ticket, fault);

    /// <summary>Waits until so many outcomes were heard, and returns the last of them: null for durable.</summary>
    public JournalFault? WaitFor(int count)
    {
        DateTime end = DateTime.UtcNow + Deadline;
        lock (_gate)
        {
            while (_heard.Count < count)
            {
                Assert.True(Monitor.Wait(_gate, end - DateTime.UtcNow is { Ticks: > 0 } left ? left : TimeSpan.Zero), $"Only {_heard.Count} of {count} outcomes came.");
            }

            return _heard[count - 1].Fault;
        }
    }

    private void Hear(PersistTicket ticket, JournalFault? fault)
    {
        lock (_gate)
        {
            _heard.Add((ticket, fault));
            Monitor.PulseAll(_gate);
        }
    }
}
