using System.Collections.Concurrent;
using System.Net.Sockets;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Runtime;
using ActorPhysics.Core.Time;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Loops;

/// <summary>Wants one call at the end of the iteration in which it asked: a connection with output to send.</summary>
public interface IFlushable
{
    void Flush();
}

/// <summary>
/// One thread that does all the work of the actors and connections pinned to it. An iteration polls the sockets, handles what they
/// received, runs what other threads posted, fires due timers, gives actors their turns, and flushes what they wrote: one send for each
/// connection with output. A request thus crosses no thread and meets no lock on its way from one socket to another (DESIGN §2: a hop
/// costs more than an fsync saves).
/// </summary>
public sealed class EventLoop : IEventLoop, ILoopFaultListener, IDisposable
{
    private readonly EventLoopOptions _options;
    private readonly ILogger _logger;
    private readonly SocketPoller _poller = SocketPoller.Create();
    private readonly ConcurrentQueue<ILoopWork> _posted = new();
    private readonly TimerQueue _timers = new();
    private readonly RunQueue _runnables = new();
    private readonly List<SocketWatch> _ready = [];
    private readonly HashSet<IDisposable> _owned = [];
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private List<IFlushable> _toFlush = [];
    private List<IFlushable> _flushing = [];
    private MonotonicTime _now = MonotonicClock.Read();
    /// <summary>1 from just before the loop blocks until somebody wakes it or it wakes by itself.</summary>
    private int _asleep;
    private volatile bool _stopping;
    private volatile bool _ended;

    public EventLoop(EventLoopOptions options, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxTurnsPerIteration, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxPostedPerIteration, 1, nameof(options));
        _options = options;
        _logger = logger;
        _thread = new Thread(RunThread) { Name = options.Name, IsBackground = true };
    }

    public MonotonicTime Now => _now;

    public bool IsCurrent => Environment.CurrentManagedThreadId == _thread.ManagedThreadId;

    /// <summary>Ends when the loop has: in success after <see cref="Stop"/>, with the fault when the loop itself broke.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Starts the thread. Work may be posted before.</summary>
    public void Start() => _thread.Start();

    /// <summary>
    /// Ends the loop and waits for its thread, unless called on it. What the loop owns is disposed on the loop. Work that is still posted
    /// is dropped.
    /// </summary>
    public void Stop()
    {
        _stopping = true;
        if (IsCurrent || _ended)
        {
            return;
        }

        Interlocked.MemoryBarrier();
        WakeIfAsleep();
        if ((_thread.ThreadState & ThreadState.Unstarted) == 0)
        {
            _thread.Join();
        }
        else
        {
            End(fault: null);
        }
    }

    public void Dispose() => Stop();

    public void Post(ILoopWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        _posted.Enqueue(work);
        // Orders the enqueue before both reads: either this thread sees the loop asleep or ended, or the loop sees the work.
        Interlocked.MemoryBarrier();
        if (_ended)
        {
            DropPosted();
            return;
        }

        WakeIfAsleep();
    }

    /// <summary>Runs <paramref name="question"/> on the loop; for start, stop and administration, not for requests.</summary>
    /// <returns>Its answer or its exception; cancelled when the loop has ended.</returns>
    public Task<T> InvokeAsync<T>(Func<T> question)
    {
        var invocation = new LoopInvocation<T>(question);
        Post(invocation);
        return invocation.Task;
    }

    /// <inheritdoc cref="InvokeAsync{T}(Func{T})"/>
    public Task InvokeAsync(Action action) => InvokeAsync(() =>
    {
        action();
        return true;
    });

    public void Schedule(IRunnable runnable) => _runnables.Schedule(runnable);

    public TimerHandle SetTimer(MonotonicTime due, ITimerTarget target, ulong tag) => _timers.Set(due, target, tag);

    public bool CancelTimer(TimerHandle timer) => _timers.Cancel(timer);

    /// <summary>Watches a non-blocking socket. On the loop only.</summary>
    public SocketWatch Watch(Socket socket, Readiness interest, IReadinessHandler handler) => _poller.Watch(socket, interest, handler);

    /// <summary>Calls <paramref name="flushable"/> once at the end of this iteration. On the loop only; ask once per iteration.</summary>
    public void FlushLater(IFlushable flushable) => _toFlush.Add(flushable);

    /// <summary>Disposes <paramref name="resource"/> on the loop when the loop ends, unless it is disowned before. On the loop only.</summary>
    public void Own(IDisposable resource) => _owned.Add(resource);

    public void Disown(IDisposable resource) => _owned.Remove(resource);

    public void LoopFault(object source, Exception fault) => LoopLog.WorkFaulted(_logger, _options.Name, source.GetType().Name, fault);

    private void RunThread()
    {
        Exception? loopsFault = null;
        try
        {
            MonotonicTime spinUntil = default;
            while (!_stopping)
            {
                if (Iterate(spinUntil))
                {
                    spinUntil = _now + _options.Spin;
                }
            }
        }
        catch (Exception fault)
        {
            loopsFault = fault;
            LoopLog.LoopFaulted(_logger, _options.Name, fault);
        }

        End(loopsFault);
    }

    /// <summary>One iteration.</summary>
    /// <returns>Whether there was anything to do.</returns>
    private bool Iterate(MonotonicTime spinUntil)
    {
        PollSockets(spinUntil);
        _now = MonotonicClock.Read();
        bool worked = HandleReady();
        worked |= RunPosted();
        worked |= _timers.FireDue(_now, this) > 0;
        worked |= _runnables.RunTurns(_options.MaxTurnsPerIteration, this) > 0;
        FlushAll();
        return worked;
    }

    private void PollSockets(MonotonicTime spinUntil)
    {
        int timeoutMs = SleepTimeMs(spinUntil);
        if (timeoutMs == 0)
        {
            _poller.Poll(0, _ready);
            return;
        }

        // Whoever posts after this exchange sees it and wakes the loop; whoever posted before is seen by the check that follows.
        Interlocked.Exchange(ref _asleep, 1);
        bool wanted = _stopping || !_posted.IsEmpty;
        _poller.Poll(wanted ? 0 : timeoutMs, _ready);
        Volatile.Write(ref _asleep, 0);
    }

    /// <summary>0 when there is work already or hope of it, -1 when there is not even a timer to wait for.</summary>
    private int SleepTimeMs(MonotonicTime spinUntil)
    {
        if (_runnables.Count > 0 || !_posted.IsEmpty || _toFlush.Count > 0)
        {
            return 0;
        }

        MonotonicTime nextDue = _timers.NextDue;
        if (nextDue == MonotonicTime.Never && spinUntil < _now)
        {
            return -1;
        }

        MonotonicTime now = MonotonicClock.Read();
        if (nextDue <= now || now < spinUntil)
        {
            return 0;
        }

        if (nextDue == MonotonicTime.Never)
        {
            return -1;
        }

        // Rounded up: waking a moment too early would only poll again.
        double untilDueMs = Math.Ceiling((nextDue - now).TotalMilliseconds);
        return (int)Math.Min(untilDueMs, 60_000);
    }

    private bool HandleReady()
    {
        if (_ready.Count == 0)
        {
            return false;
        }

        foreach (SocketWatch watch in _ready)
        {
            // A handler earlier in the list may have closed this one.
            if (!watch.IsWatched || watch.Ready == Readiness.None)
            {
                continue;
            }

            try
            {
                watch.Handler.SocketReady(watch.Ready);
            }
            catch (Exception fault)
            {
                // Ready again at the next poll, it would fault for ever.
                watch.Dispose();
                LoopFault(watch.Handler, fault);
            }
        }

        _ready.Clear();
        return true;
    }

    private bool RunPosted()
    {
        // What is posted meanwhile waits: an inbox that posts itself again lets the actors take what it delivered first.
        int bound = _posted.IsEmpty ? 0 : Math.Min(_posted.Count, _options.MaxPostedPerIteration);
        int ran = 0;
        while (ran < bound && _posted.TryDequeue(out ILoopWork? work))
        {
            ran++;
            try
            {
                work.RunOnLoop();
            }
            catch (Exception fault)
            {
                LoopFault(work, fault);
            }
        }

        return ran > 0;
    }

    private void FlushAll()
    {
        if (_toFlush.Count == 0)
        {
            return;
        }

        (_toFlush, _flushing) = (_flushing, _toFlush);
        foreach (IFlushable flushable in _flushing)
        {
            try
            {
                flushable.Flush();
            }
            catch (Exception fault)
            {
                LoopFault(flushable, fault);
            }
        }

        _flushing.Clear();
    }

    private void WakeIfAsleep()
    {
        // Only the one that finds the loop asleep pays for a system call.
        if (Volatile.Read(ref _asleep) == 0 || Interlocked.Exchange(ref _asleep, 0) == 0)
        {
            return;
        }

        try
        {
            _poller.Wake();
        }
        catch (ObjectDisposedException)
        {
            // The loop ended by itself since it was seen asleep; it will not run the work, which DropPosted deals with.
            DropPosted();
        }
    }

    private void End(Exception? fault)
    {
        FlushAll();
        foreach (IDisposable resource in _owned.ToArray())
        {
            try
            {
                resource.Dispose();
            }
            catch (Exception another)
            {
                LoopFault(resource, another);
            }
        }

        _ended = true;
        Interlocked.MemoryBarrier();
        DropPosted();
        _poller.Dispose();
        if (fault is null)
        {
            _completion.TrySetResult();
        }
        else
        {
            _completion.TrySetException(fault);
        }
    }

    private void DropPosted()
    {
        while (_posted.TryDequeue(out ILoopWork? work))
        {
            (work as IDroppable)?.Dropped();
        }
    }
}
