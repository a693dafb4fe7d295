using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ActorPhysics.Hosting.Loops;

/// <summary>The few system calls that .NET does not offer.</summary>
internal static partial class Posix
{
    /// <summary>EINTR; the same number on every Unix.</summary>
    public const int Interrupted = 4;

    /// <summary>Linux: EFD_CLOEXEC | EFD_NONBLOCK.</summary>
    public const int EventCloseOnExecNonBlocking = 0x80000 | 0x800;

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short ReturnedEvents;
    }

    /// <remarks>nfds_t is 32 bits wide on some systems; the register that passes it is not.</remarks>
    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static unsafe partial int Poll(PollDescriptor* descriptors, nuint count, int timeoutMs);

    /// <summary>Linux only.</summary>
    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static unsafe partial nint Write(SafeFileHandle file, void* bytes, nuint count);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static unsafe partial nint Read(SafeFileHandle file, void* bytes, nuint count);
}
