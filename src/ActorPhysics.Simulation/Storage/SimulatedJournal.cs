using ActorPhysics.Actors.Ports;
using ActorPhysics.Core;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.World;

namespace ActorPhysics.Simulation.Storage;

/// <summary>
/// The journal of one process run over its node's disk. One sync is under way at a time and covers what was appended before it began, as in
/// the shipped one; what it reports comes back through the loop.
/// </summary>
internal sealed class SimulatedJournal(SimulatedDisk disk, EventQueue events, DiskWeather weather, SeededRandom random, Action ringLoop) : IJournal
{
    private readonly Queue<(JournalSequence Last, PersistTicket Ticket, IJournalCallback Callback)> _open = new();
    private bool _syncing;
    private bool _dead;
    private JournalFault? _poison;
    private bool _replayed;
    private JournalReplay? _replay;

    public IReadOnlyList<JournalStreamId> Streams => _replay is null ? [] : [_replay.Stream];
    public int MaxAppendBytes => 1 << 20;

    public JournalReplay Replay(JournalStreamId stream)
    {
        _replay = disk.Read(stream);
        _replayed = true;
        return _replay;
    }

    public void Append(JournalStreamId stream, JournalSequence first, IReadOnlyList<JournalRecord> records, PersistTicket ticket, IJournalCallback callback)
    {
        Invariant.Require(_replayed, "JournalReplayedFirst", "a stream is read before it is appended to");
        if (_poison is not null)
        {
            callback.Failed(ticket, _poison);
            ringLoop();
            return;
        }

        disk.Offer(first, records);
        JournalSequence expected = disk.Written.Next;
        if (disk.IsFull || (disk.IsRefusing && first != expected))
        {
            disk.IsRefusing = true;
            callback.Failed(ticket, new JournalFault(JournalFaultKind.DiskFull, "the simulated disk is full"));
            ringLoop();
            return;
        }

        Invariant.Require(first == expected, "JournalOrder", (first, expected), static x => $"{x.first} appended where {x.expected} is next");
        disk.IsRefusing = false;
        disk.Write(first, records);
        _open.Enqueue((disk.Written, ticket, callback));
        Sync();
    }

    public void DeleteThrough(JournalStreamId stream, JournalSequence through)
    {
        Invariant.Require(through <= disk.Written, "JournalOrder", (through, disk), static x => $"{x.through} given up, {x.disk.Written} is the last");
        disk.DeleteThrough(through);
    }

    /// <summary>The process is gone: nobody hears of what its syncs still do.</summary>
    public void Close() => _dead = true;

    private void Sync()
    {
        if (_syncing || _open.Count == 0)
        {
            return;
        }

        _syncing = true;
        JournalSequence covers = disk.Written;
        TimeSpan latency = (weather.SyncLatency + random.Exponential(weather.SyncJitter)) * disk.Slowness;
        events.Plan(events.Now + latency, () => EndSync(covers));
    }

    private void EndSync(JournalSequence covers)
    {
        if (_dead)
        {
            return;
        }

        _syncing = false;
        if (disk.FailsNextSync)
        {
            disk.FailsNextSync = false;
            _poison = new JournalFault(JournalFaultKind.Poisoned, "the simulated fsync failed");
            while (_open.TryDequeue(out (JournalSequence Last, PersistTicket Ticket, IJournalCallback Callback) lost))
            {
                lost.Callback.Failed(lost.Ticket, _poison);
            }
        }
        else
        {
            disk.MakeDurable(covers);
            while (_open.TryPeek(out (JournalSequence Last, PersistTicket Ticket, IJournalCallback Callback) oldest) && oldest.Last <= covers)
            {
                _open.Dequeue();
                oldest.Callback.Durable(oldest.Ticket);
            }

            Sync();
        }

        ringLoop();
    }
}
