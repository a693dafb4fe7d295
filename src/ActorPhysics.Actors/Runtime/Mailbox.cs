using System.Diagnostics.CodeAnalysis;

namespace ActorPhysics.Actors.Runtime;

/// <summary>Who sent a message, in ascending order of how badly the actor needs it when its mailbox is nearly full.</summary>
public enum MailClass
{
    /// <summary>A client's request: refused first, at the door, with a hint to retry.</summary>
    Request,

    /// <summary>Another replica's message: the protocol survives its loss, but progress depends on it.</summary>
    Peer,

    /// <summary>What the actor asked for itself: a timer, a completion. Bounded by what it has outstanding, never refused.</summary>
    Signal,
}

/// <summary>
/// How many messages may wait. Each class may fill its own room and that of the classes before it, so a flood of requests can neither
/// shut out the peers' messages nor the actor's own signals.
/// </summary>
/// <param name="Requests">Room for all classes.</param>
/// <param name="PeerReserve">Further room for peers and signals.</param>
/// <param name="SignalReserve">Further room for signals alone.</param>
public readonly record struct MailboxBounds(int Requests, int PeerReserve, int SignalReserve)
{
    public static MailboxBounds Default => new(4096, 1024, 256);

    /// <summary>How many messages may wait when one of class <paramref name="mail"/> is let in as the last.</summary>
    public int LimitOf(MailClass mail) => mail switch
    {
        MailClass.Request => Requests,
        MailClass.Peer => Requests + PeerReserve,
        _ => Requests + PeerReserve + SignalReserve,
    };
}

/// <summary>
/// A bounded queue in one order for all classes of mail. It starts small and grows up to its bounds, so thousands of idle actors cost
/// little. Used on one loop only.
/// </summary>
public sealed class Mailbox<T>
{
    private readonly MailboxBounds _bounds;
    /// <summary>Invariant: the length is a power of two, so a position is reduced by masking.</summary>
    private T[] _ring = new T[8];
    private int _head;

    public Mailbox(MailboxBounds bounds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bounds.Requests);
        ArgumentOutOfRangeException.ThrowIfNegative(bounds.PeerReserve);
        ArgumentOutOfRangeException.ThrowIfNegative(bounds.SignalReserve);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)bounds.Requests + bounds.PeerReserve + bounds.SignalReserve, 1L << 24, nameof(bounds));
        _bounds = bounds;
    }

    public int Count { get; private set; }

    /// <summary>False, and nothing changes, when the class of <paramref name="mail"/> has no room left.</summary>
    public bool TryPost(T message, MailClass mail)
    {
        if (Count >= _bounds.LimitOf(mail))
        {
            return false;
        }

        if (Count == _ring.Length)
        {
            Grow();
        }

        _ring[(_head + Count) & (_ring.Length - 1)] = message;
        Count++;
        return true;
    }

    public bool TryTake([MaybeNullWhen(false)] out T message)
    {
        if (Count == 0)
        {
            message = default;
            return false;
        }

        ref T slot = ref _ring[_head];
        message = slot;
        slot = default!; // a taken message must not be kept alive by the ring
        _head = (_head + 1) & (_ring.Length - 1);
        Count--;
        return true;
    }

    public void Clear()
    {
        Array.Clear(_ring);
        _head = 0;
        Count = 0;
    }

    private void Grow()
    {
        var larger = new T[_ring.Length * 2];
        int untilEnd = _ring.Length - _head;
        Array.Copy(_ring, _head, larger, 0, untilEnd);
        Array.Copy(_ring, 0, larger, untilEnd, _head);
        _ring = larger;
        _head = 0;
    }
}
