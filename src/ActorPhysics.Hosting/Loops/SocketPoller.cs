using System.Net.Sockets;

namespace ActorPhysics.Hosting.Loops;

/// <summary>Waits for any of many sockets, or for a wake-up from another thread. All but <see cref="Wake"/> is for the loop's thread.</summary>
internal abstract class SocketPoller : IDisposable
{
    private SocketWatch[] _watches = new SocketWatch[16];

    /// <summary>How many sockets are watched.</summary>
    public int Count { get; private set; }

    protected ReadOnlySpan<SocketWatch> Watches => _watches.AsSpan(0, Count);

    public static SocketPoller Create() => OperatingSystem.IsWindows() ? new SelectPoller() : new UnixPoller();

    public SocketWatch Watch(Socket socket, Readiness interest, IReadinessHandler handler)
    {
        if (Count == _watches.Length)
        {
            Array.Resize(ref _watches, Count * 2);
        }

        var watch = new SocketWatch(this, socket, handler, interest) { Position = Count };
        _watches[Count++] = watch;
        InterestChanged(watch);
        return watch;
    }

    /// <summary>Stops watching; the last watch takes the vacant position.</summary>
    public void Remove(SocketWatch watch)
    {
        int position = watch.Position;
        SocketWatch last = _watches[--Count];
        _watches[position] = last;
        _watches[Count] = null!;
        watch.Position = -1;
        if (last != watch)
        {
            last.Position = position;
            InterestChanged(last);
        }
    }

    /// <summary>The watch's interest or position changed.</summary>
    public abstract void InterestChanged(SocketWatch watch);

    /// <summary>
    /// Waits until a socket is ready, <see cref="Wake"/> was called or the time is over. Ready watches are added to
    /// <paramref name="ready"/>, each with what it is ready for.
    /// </summary>
    /// <param name="timeoutMs">0 to look only, negative to wait for ever.</param>
    /// <param name="ready">Receives the ready watches.</param>
    public abstract void Poll(int timeoutMs, List<SocketWatch> ready);

    /// <summary>Ends the current or the next <see cref="Poll"/>, from any thread. Many calls before it count as one.</summary>
    public abstract void Wake();

    public abstract void Dispose();
}
