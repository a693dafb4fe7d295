using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Storage;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Journal;

/// <summary>
/// Keeps the next segment ready: zeroed, fsynced and in its folder before the log reaches it, on a thread of its own. It recycles
/// segments that are no longer needed, holds the reserve, and knows when the disk is full.
/// </summary>
internal sealed class SegmentShelf : IDisposable
{
    private readonly object _gate = new();
    private readonly SegmentFiles _files;
    private readonly WriteAheadJournalOptions _options;
    private readonly ILogger _logger;
    private readonly Action _changed;
    private readonly Thread _thread;
    private readonly Queue<Segment> _retired = [];
    private readonly Queue<Action> _jobs = [];
    private Segment? _ready;
    private ulong _wanted;
    private bool _isNeededAtOnce;
    private bool _isRetryDue;
    private bool _isClosed;
    private JournalFault? _full;
    private Exception? _failure;

    /// <param name="files">The journal's files.</param>
    /// <param name="options">Sizes and intervals.</param>
    /// <param name="logger">Hears of a full disk.</param>
    /// <param name="changed">Called on the shelf's thread when a segment is ready or room has returned.</param>
    public SegmentShelf(SegmentFiles files, WriteAheadJournalOptions options, ILogger logger, Action changed)
    {
        _files = files;
        _options = options;
        _logger = logger;
        _changed = changed;
        _thread = new Thread(Run) { IsBackground = true, Name = "journal shelf" };
    }

    /// <summary>Why appends are refused for lack of room; null while there is room.</summary>
    public JournalFault? DiskFull => Volatile.Read(ref _full);

    public void Start() => _thread.Start();

    /// <summary>Takes a segment that is prepared already, at opening.</summary>
    public void Put(Segment prepared)
    {
        lock (_gate)
        {
            _ready = prepared;
        }
    }

    /// <summary>Asks for a segment of this number, to be taken later.</summary>
    public void Request(ulong number)
    {
        lock (_gate)
        {
            if (_ready?.Number != number)
            {
                _wanted = number;
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>
    /// Takes the requested segment; waits while it is being prepared. Null when the disk has no room for it.
    /// </summary>
    /// <param name="isEssential">Needed to give room back: the reserve's room may be used for it.</param>
    /// <exception cref="IOException">It could not be prepared for another reason than lack of room.</exception>
    public Segment? Take(bool isEssential)
    {
        lock (_gate)
        {
            if (_ready is null && _full is not null && isEssential)
            {
                _isNeededAtOnce = true;
                Monitor.PulseAll(_gate);
            }

            while (_ready is null && _wanted != 0 && _failure is null && !_isClosed && (_full is null || _isNeededAtOnce))
            {
                Monitor.Wait(_gate);
            }

            if (_ready is null && _failure is { } failure)
            {
                throw new IOException($"The next segment could not be prepared: {failure.Message}", failure);
            }

            Segment? taken = _ready;
            _ready = null;
            return taken;
        }
    }

    /// <summary>Takes a segment out of the log; its file is recycled or deleted.</summary>
    public void Retire(Segment segment)
    {
        lock (_gate)
        {
            _retired.Enqueue(segment);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Runs something slow beside the log thread.</summary>
    public void RunAside(Action job)
    {
        lock (_gate)
        {
            _jobs.Enqueue(job);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The log itself met a full disk.</summary>
    public void ReportFull(string detail)
    {
        lock (_gate)
        {
            BecomeFull(detail);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Looks at a full disk again now instead of after <see cref="WriteAheadJournalOptions.DiskFullRetry"/>.</summary>
    public void RetryNow()
    {
        lock (_gate)
        {
            _isRetryDue = true;
            Monitor.PulseAll(_gate);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.PulseAll(_gate);
        }

        if (_thread.ThreadState != ThreadState.Unstarted)
        {
            _thread.Join();
        }

        _ready?.Dispose();
        foreach (Segment segment in _retired)
        {
            segment.Dispose();
        }
    }

    private void Run()
    {
        while (WaitForWork(out Segment? retired, out Action? job))
        {
            try
            {
                if (retired is not null)
                {
                    _files.TakeOut(retired);
                }

                job?.Invoke();
                Stock();
            }
#pragma warning disable CA1031 // Whatever it is, the log thread hears of it when it asks for the next segment, and stops in good order.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                lock (_gate)
                {
                    _failure = fault;
                    Monitor.PulseAll(_gate);
                }
            }
        }
    }

    private bool WaitForWork(out Segment? retired, out Action? job)
    {
        lock (_gate)
        {
            while (!_isClosed && _retired.Count == 0 && _jobs.Count == 0 && !IsStockingDue())
            {
                bool mayBeFull = _full is not null && _failure is null;
                if (!Monitor.Wait(_gate, mayBeFull ? _options.DiskFullRetry : Timeout.InfiniteTimeSpan))
                {
                    _isRetryDue = true;
                }
            }

            _retired.TryDequeue(out retired);
            _jobs.TryDequeue(out job);
            return !_isClosed;
        }
    }

    /// <summary>Whether something is to be prepared and there is a reason to think that it can be.</summary>
    private bool IsStockingDue()
    {
        bool isShort = (_wanted != 0 && _ready is null) || !_files.HasReserve || _full is not null;
        return _failure is null && isShort && (_full is null || _isRetryDue || _isNeededAtOnce);
    }

    private void Stock()
    {
        ulong wanted;
        bool isNeededAtOnce;
        lock (_gate)
        {
            // A segment that was just retired needs no new room, so it is reason enough to try.
            if (!IsStockingDue() && !(_full is not null && _files.HasSpare))
            {
                return;
            }

            wanted = _ready is null ? _wanted : 0;
            isNeededAtOnce = _isNeededAtOnce;
            _isRetryDue = false;
        }

        try
        {
            Prepare(wanted, isNeededAtOnce);
        }
        catch (Exception fault) when (DiskErrors.IsFull(fault))
        {
            _files.ReleaseReserve();
            lock (_gate)
            {
                BecomeFull(fault.Message);
                _isNeededAtOnce = false;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void Prepare(ulong wanted, bool isNeededAtOnce)
    {
        bool wasFull = DiskFull is not null;
        if (wasFull && !isNeededAtOnce && !_files.MayHaveRoomFor(wanted != 0))
        {
            return;
        }

        if (wanted != 0)
        {
            Segment prepared = _files.Prepare(wanted);
            lock (_gate)
            {
                _ready = prepared;
                _wanted = 0;
                _isNeededAtOnce = false;
                Monitor.PulseAll(_gate);
            }
        }

        _files.FillReserve();
        if (wasFull)
        {
            Volatile.Write(ref _full, null);
            _logger.RoomReturned(_files.Folder);
        }

        _changed();
    }

    private void BecomeFull(string detail)
    {
        if (_full is null)
        {
            _logger.DiskFull(_files.Folder, detail);
            Volatile.Write(ref _full, new JournalFault(JournalFaultKind.DiskFull, $"The journal in '{_files.Folder}' has no room: {detail}"));
        }
    }
}
