using System.Net.Sockets;

namespace ActorPhysics.Hosting.Loops;

/// <summary>What a socket is ready for, or what its owner waits for. Errors and hang-ups count as what was waited for.</summary>
[Flags]
public enum Readiness
{
    None = 0,
    Readable = 1,
    Writable = 2,
}

/// <summary>Owns a polled socket. Called on the loop.</summary>
public interface IReadinessHandler
{
    /// <summary>An operation will not block: it succeeds, or fails at once with the socket's error.</summary>
    void SocketReady(Readiness ready);
}

/// <summary>One socket under a loop's watch. It belongs to that loop, and is disposed there before its socket is closed.</summary>
public sealed class SocketWatch : IDisposable
{
    private readonly SocketPoller _poller;
    private Readiness _interest;

    internal SocketWatch(SocketPoller poller, Socket socket, IReadinessHandler handler, Readiness interest)
    {
        _poller = poller;
        _interest = interest;
        Socket = socket;
        Handler = handler;
    }

    /// <summary>What the handler is called for. While it is <see cref="Readiness.None"/> not even errors are reported.</summary>
    public Readiness Interest
    {
        get => _interest;
        set
        {
            if (_interest != value)
            {
                _interest = value;
                if (IsWatched)
                {
                    _poller.InterestChanged(this);
                }
            }
        }
    }

    internal Socket Socket { get; }
    internal IReadinessHandler Handler { get; }

    /// <summary>Where the poller keeps it. Invariant: negative exactly when it is no longer watched.</summary>
    internal int Position { get; set; } = -1;
    internal Readiness Ready { get; set; }
    internal bool IsWatched => Position >= 0;

    public void Dispose()
    {
        if (IsWatched)
        {
            _poller.Remove(this);
        }
    }
}
