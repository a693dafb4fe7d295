using System.Net.Sockets;

namespace ActorPhysics.Hosting.Loops;

/// <summary>Socket.Select, where poll(2) is missing. It allocates little but looks at every socket; meant for development machines.</summary>
internal sealed class SelectPoller : SocketPoller
{
    private readonly LoopbackWakeUp _wakeUp = new();
    private readonly List<Socket> _readable = [];
    private readonly List<Socket> _writable = [];
    private readonly List<Socket> _failed = [];

    public override void InterestChanged(SocketWatch watch)
    {
        // The lists are built anew for each call: select leaves only what is ready in them.
    }

    public override void Poll(int timeoutMs, List<SocketWatch> ready)
    {
        Collect();
        // A wait for ever is cut into seconds: the parameter is in microseconds, and nobody needs it longer.
        int timeoutUs = timeoutMs < 0 ? 1_000_000 : (int)Math.Min((long)timeoutMs * 1000, int.MaxValue);
        Socket.Select(_readable, _writable, _failed, timeoutUs);
        if (_readable.Contains(_wakeUp.Socket))
        {
            _wakeUp.Clear();
        }

        foreach (SocketWatch watch in Watches)
        {
            watch.Ready = ReadinessOf(watch.Socket) & watch.Interest;
            if (watch.Ready != Readiness.None)
            {
                ready.Add(watch);
            }
        }
    }

    public override void Wake() => _wakeUp.Signal();

    public override void Dispose() => _wakeUp.Dispose();

    private void Collect()
    {
        _readable.Clear();
        _writable.Clear();
        _failed.Clear();
        _readable.Add(_wakeUp.Socket);
        foreach (SocketWatch watch in Watches)
        {
            if ((watch.Interest & Readiness.Readable) != 0)
            {
                _readable.Add(watch.Socket);
            }

            if ((watch.Interest & Readiness.Writable) != 0)
            {
                _writable.Add(watch.Socket);
                // A refused connection attempt is reported here and nowhere else on Windows.
                _failed.Add(watch.Socket);
            }
        }
    }

    private Readiness ReadinessOf(Socket socket)
    {
        if (_failed.Contains(socket))
        {
            return Readiness.Readable | Readiness.Writable;
        }

        Readiness readiness = _readable.Contains(socket) ? Readiness.Readable : Readiness.None;
        return _writable.Contains(socket) ? readiness | Readiness.Writable : readiness;
    }
}
