namespace ActorPhysics.Hosting.Journal;

/// <summary>
/// What a journal's thread is to do, from many threads to one. It is as long as what its callers have outstanding: each of them waits for
/// its tickets and bounds them.
/// </summary>
internal sealed class CommandQueue<TCommand>(int spinIterations)
    where TCommand : struct
{
    private readonly object _gate = new();
    private List<TCommand> _incoming = new(256);
    private int _count;
    private bool _isAsleep;
    private bool _isClosed;

    /// <summary>Adds a command; false when the queue is closed.</summary>
    public bool TryAdd(in TCommand command)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            _incoming.Add(command);
            Volatile.Write(ref _count, _incoming.Count);
            if (_isAsleep)
            {
                Monitor.Pulse(_gate);
            }

            return true;
        }
    }

    /// <summary>
    /// Waits for commands and takes all there are, in exchange for an empty list. Null when the queue is closed and empty.
    /// </summary>
    public List<TCommand>? TakeAll(List<TCommand> empty)
    {
        var spin = new SpinWait();
        for (int i = 0; i < spinIterations && Volatile.Read(ref _count) == 0; i++)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }

        lock (_gate)
        {
            while (_incoming.Count == 0)
            {
                if (_isClosed)
                {
                    return null;
                }

                _isAsleep = true;
                Monitor.Wait(_gate);
                _isAsleep = false;
            }

            List<TCommand> taken = _incoming;
            _incoming = empty;
            Volatile.Write(ref _count, 0);
            return taken;
        }
    }

    /// <summary>Takes no more commands; what is queued is still handed out.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.PulseAll(_gate);
        }
    }
}
