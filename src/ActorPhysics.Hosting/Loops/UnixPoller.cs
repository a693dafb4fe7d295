using System.Runtime.InteropServices;

namespace ActorPhysics.Hosting.Loops;

/// <summary>poll(2) over one reusable array: no registration, no allocation, one system call per iteration.</summary>
internal sealed class UnixPoller : SocketPoller
{
    private const short PollIn = 0x1;
    private const short PollOut = 0x4;
    /// <summary>POLLERR, POLLHUP and POLLNVAL: reported whether or not asked for.</summary>
    private const short PollTrouble = 0x8 | 0x10 | 0x20;
    /// <summary>A negative descriptor makes poll(2) skip its element.</summary>
    private const int Skipped = -1;

    private readonly WakeUp _wakeUp = WakeUp.Create();
    /// <summary>Element 0 is the wake-up; the watch at position p has element p + 1.</summary>
    private Posix.PollDescriptor[] _descriptors = new Posix.PollDescriptor[17];

    public UnixPoller() => _descriptors[0] = new Posix.PollDescriptor { Descriptor = _wakeUp.Descriptor, Events = PollIn };

    public override void InterestChanged(SocketWatch watch)
    {
        int element = watch.Position + 1;
        if (element >= _descriptors.Length)
        {
            Array.Resize(ref _descriptors, _descriptors.Length * 2);
        }

        short events = 0;
        if ((watch.Interest & Readiness.Readable) != 0)
        {
            events |= PollIn;
        }

        if ((watch.Interest & Readiness.Writable) != 0)
        {
            events |= PollOut;
        }

        // Without any interest a hang-up would still be reported, at every poll, to nobody.
        _descriptors[element] = new Posix.PollDescriptor
        {
            Descriptor = events == 0 ? Skipped : (int)watch.Socket.SafeHandle.DangerousGetHandle(),
            Events = events,
        };
    }

    public override unsafe void Poll(int timeoutMs, List<SocketWatch> ready)
    {
        int readyCount;
        fixed (Posix.PollDescriptor* descriptors = _descriptors)
        {
            readyCount = Posix.Poll(descriptors, (nuint)(Count + 1), timeoutMs);
        }

        if (readyCount < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error == Posix.Interrupted)
            {
                return;
            }

            throw new IOException($"poll(2) failed: {Marshal.GetPInvokeErrorMessage(error)}");
        }

        if (readyCount > 0 && _descriptors[0].ReturnedEvents != 0)
        {
            _wakeUp.Clear();
            readyCount--;
        }

        ReadOnlySpan<SocketWatch> watches = Watches;
        for (int position = 0; readyCount > 0 && position < watches.Length; position++)
        {
            short returned = _descriptors[position + 1].ReturnedEvents;
            if (returned != 0)
            {
                readyCount--;
                SocketWatch watch = watches[position];
                watch.Ready = ReadinessOf(returned) & watch.Interest;
                ready.Add(watch);
            }
        }
    }

    public override void Wake() => _wakeUp.Signal();

    public override void Dispose() => _wakeUp.Dispose();

    private static Readiness ReadinessOf(short returned)
    {
        if ((returned & PollTrouble) != 0)
        {
            return Readiness.Readable | Readiness.Writable;
        }

        Readiness readiness = (returned & PollIn) != 0 ? Readiness.Readable : Readiness.None;
        return (returned & PollOut) != 0 ? readiness | Readiness.Writable : readiness;
    }
}
