using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ActorPhysics.Hosting.Loops;

/// <summary>A descriptor that becomes readable when another thread wants the loop's attention.</summary>
internal abstract class WakeUp : IDisposable
{
    public abstract int Descriptor { get; }

    public static WakeUp Create() => OperatingSystem.IsLinux() ? new EventWakeUp() : new LoopbackWakeUp();

    /// <summary>From any thread.</summary>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    public abstract void Signal();

    /// <summary>On the loop's thread, once it was seen readable.</summary>
    public abstract void Clear();

    public abstract void Dispose();
}

/// <summary>eventfd(2): a counter in the kernel, the cheapest wake-up that poll(2) can wait for.</summary>
internal sealed unsafe class EventWakeUp : WakeUp
{
    /// <summary>A handle, not a number: a late signal must not reach whatever file the system gave the number to meanwhile.</summary>
    private readonly SafeFileHandle _file;

    public EventWakeUp()
    {
        int descriptor = Posix.EventFd(0, Posix.EventCloseOnExecNonBlocking);
        if (descriptor < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "eventfd(2) failed");
        }

        _file = new SafeFileHandle(descriptor, ownsHandle: true);
    }

    public override int Descriptor => (int)_file.DangerousGetHandle();

    public override void Signal()
    {
        ulong one = 1;
        // It can fail only when the counter is full, and then the loop is being woken already.
        _ = Posix.Write(_file, &one, sizeof(ulong));
    }

    public override void Clear()
    {
        ulong count;
        _ = Posix.Read(_file, &count, sizeof(ulong));
    }

    public override void Dispose() => _file.Dispose();
}

/// <summary>A datagram socket on the loopback interface that is connected to itself: works on every system.</summary>
internal sealed class LoopbackWakeUp : WakeUp
{
    private static readonly byte[] Nudge = [1];

    private readonly byte[] _received = new byte[16];

    public LoopbackWakeUp()
    {
        Socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        // Connected, it takes datagrams from itself only.
        Socket.Connect(Socket.LocalEndPoint!);
        Socket.Blocking = false;
    }

    public Socket Socket { get; } = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    public override int Descriptor => (int)Socket.SafeHandle.DangerousGetHandle();

    public override void Signal() => Socket.Send(Nudge, SocketFlags.None, out _);

    public override void Clear()
    {
        while (Socket.Receive(_received, SocketFlags.None, out SocketError error) > 0 && error == SocketError.Success)
        {
        }
    }

    public override void Dispose() => Socket.Dispose();
}
