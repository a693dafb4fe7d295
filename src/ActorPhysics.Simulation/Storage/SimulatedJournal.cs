using ActorPhysics.Actors.Ports;
using ActorPhysics.Core;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.World;

namespace ActorPhysics.Simulation.Storage;

/// <summary>
/// The journal of one process run over its node's medium, shared by all streams there. One sync is under way at a time and covers what was
/// appended before it began, in whichever stream, as in the shipped one; what it reports comes back through the loop. Each stream may keep more of
/// what no sync covered than another one: the shipped journal, which is one file, leaves less than that to chance.
/// </summary>
internal sealed class SimulatedJournal(DiskCondition condition, EventQueue events, DiskWeather weather, SeededRandom random, Action ringLoop) : IJournal
{
    private readonly List<Mounted> _streams = [];
    private Queue<(Mounted Stream, JournalSequence Last, PersistTicket Ticket, IJournalCallback Callback)> _open = new();
    private bool _syncing;
    private bool _dead;
    private JournalFault? _poison;

    public IReadOnlyList<JournalStreamId> Streams => [.. _streams.Where(stream => stream.IsReplayed).Select(stream => stream.Id)];
    public int MaxAppendBytes => 1 << 20;

    /// <summary>From now on the stream's records lie there.</summary>
    public void Mount(JournalStreamId stream, SimulatedDisk disk) => _streams.Add(new Mounted(stream, disk));

    /// <summary>The stream ends for good: nobody hears of what was appended to it.</summary>
    public void Unmount(JournalStreamId stream)
    {
        _streams.RemoveAll(mounted => mounted.Id == stream);
        _open = new Queue<(Mounted Stream, JournalSequence Last, PersistTicket Ticket, IJournalCallback Callback)>(_open.Where(waiting => waiting.Stream.Id != stream));
    }

    public JournalReplay Replay(JournalStreamId stream)
    {
        Mounted mounted = Find(stream);
        mounted.IsReplayed = true;
        return mounted.Disk.Read(stream);
    }

    public void Append(JournalStreamId stream, JournalSequence first, IReadOnlyList<JournalRecord> records, PersistTicket ticket, IJournalCallback callback)
    {
        Mounted mounted = Find(stream);
        SimulatedDisk disk = mounted.Disk;
        Invariant.Require(mounted.IsReplayed, "JournalReplayedFirst", "a stream is read before it is appended to");
        if (_poison is not null)
        {
            callback.Failed(ticket, _poison);
            ringLoop();
            return;
        }

        disk.Offer(first, records);
        JournalSequence expected = disk.Written.Next;
        if (condition.IsFull || (disk.IsRefusing && first != expected))
        {
            disk.IsRefusing = true;
            callback.Failed(ticket, new JournalFault(JournalFaultKind.DiskFull, "the simulated disk is full"));
            ringLoop();
            return;
        }

        Invariant.Require(first == expected, "JournalOrder", (first, expected), static x => $"{x.first} appended where {x.expected} is next");
        disk.IsRefusing = false;
        disk.Write(first, records);
        _open.Enqueue((mounted, disk.Written, ticket, callback));
        Sync();
    }

    public void DeleteThrough(JournalStreamId stream, JournalSequence through)
    {
        SimulatedDisk disk = Find(stream).Disk;
        Invariant.Require(through <= disk.Written, "JournalOrder", (through, disk), static x => $"{x.through} given up, {x.disk.Written} is the last");
        disk.DeleteThrough(through);
    }

    /// <summary>The process is gone: nobody hears of what its syncs still do.</summary>
    public void Close() => _dead = true;

    // A few replicas live on a node.
    private Mounted Find(JournalStreamId stream) => _streams.Find(mounted => mounted.Id == stream)
        ?? throw new InvalidOperationException($"there is no stream of {stream} on this node");

    private void Sync()
    {
        if (_syncing || _open.Count == 0)
        {
            return;
        }

        _syncing = true;
        foreach (Mounted stream in _streams)
        {
            stream.Covered = stream.Disk.Written;
        }

        TimeSpan latency = (weather.SyncLatency + random.Exponential(weather.SyncJitter)) * condition.Slowness;
        events.Plan(events.Now + latency, EndSync);
    }

    private void EndSync()
    {
        if (_dead)
        {
            return;
        }

        _syncing = false;
        if (condition.FailsNextSync)
        {
            condition.FailsNextSync = false;
            _poison = new JournalFault(JournalFaultKind.Poisoned, "the simulated fsync failed");
            while (_open.TryDequeue(out (Mounted Stream, JournalSequence Last, PersistTicket Ticket, IJournalCallback Callback) lost))
            {
                lost.Callback.Failed(lost.Ticket, _poison);
            }
        }
        else
        {
            foreach (Mounted stream in _streams)
            {
                stream.Disk.MakeDurable(stream.Covered);
            }

            while (_open.TryPeek(out (Mounted Stream, JournalSequence Last, PersistTicket Ticket, IJournalCallback Callback) oldest) && oldest.Last <= oldest.Stream.Covered)
            {
                _open.Dequeue();
                oldest.Callback.Durable(oldest.Ticket);
            }

            Sync();
        }

        ringLoop();
    }

    private sealed class Mounted(JournalStreamId id, SimulatedDisk disk)
    {
        public JournalStreamId Id { get; } = id;
        public SimulatedDisk Disk { get; } = disk;
        public bool IsReplayed { get; set; }

        /// <summary>Through where the sync under way makes it durable.</summary>
        public JournalSequence Covered { get; set; }
    }
}
