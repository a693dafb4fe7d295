using System.Collections.Concurrent;
using ActorPhysics.Actors.Ports;

namespace ActorPhysics.Actors.Runtime;

/// <summary>Takes what came through a <see cref="LoopInbox{T}"/>, on the loop.</summary>
public interface IInboxReader<in T>
{
    void Arrived(T message);
}

/// <summary>
/// Brings messages from other threads to a loop: bounded, in order per sender, and with one wake-up for however many have gathered. Within
/// one loop an actor's mailbox is enough.
/// </summary>
public sealed class LoopInbox<T> : ILoopWork
{
    /// <summary>How many messages are handed over before the loop's other work has its turn.</summary>
    private const int MaxPerTurn = 1024;

    private readonly IEventLoop _loop;
    private readonly int _capacity;
    private readonly IInboxReader<T> _reader;
    private readonly ConcurrentQueue<T> _queue = new();
    /// <summary>Invariant: never less than the length of the queue.</summary>
    private int _count;
    /// <summary>1 from the post to the loop until it runs.</summary>
    private int _posted;

    public LoopInbox(IEventLoop loop, int capacity, IInboxReader<T> reader)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        (_loop, _capacity, _reader) = (loop, capacity, reader);
    }

    /// <summary>From any thread. False, and nothing is queued, when the inbox is full.</summary>
    public bool TryPost(T message)
    {
        if (Interlocked.Increment(ref _count) > _capacity)
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        _queue.Enqueue(message);
        PostOnce();
        return true;
    }

    void ILoopWork.RunOnLoop()
    {
        // Cleared before the queue is read: whoever enqueues after the last read posts again.
        Interlocked.Exchange(ref _posted, 0);
        try
        {
            for (int taken = 0; taken < MaxPerTurn && _queue.TryDequeue(out T? message); taken++)
            {
                Interlocked.Decrement(ref _count);
                _reader.Arrived(message);
            }
        }
        finally
        {
            if (!_queue.IsEmpty)
            {
                PostOnce();
            }
        }
    }

    private void PostOnce()
    {
        if (Interlocked.Exchange(ref _posted, 1) == 0)
        {
            _loop.Post(this);
        }
    }
}
