using System.ComponentModel;
using System.Runtime.InteropServices;

namespace ActorPhysics.Hosting.Storage;

/// <summary>
/// Makes a folder's entries durable. A file that is fsynced in a folder that is not may be gone after a power cut, and so may a rename;
/// .NET offers no call for it.
/// </summary>
internal static class FolderSync
{
    private const int ReadOnly = 0;
    private const int LinuxCloseOnExec = 0x80000;
    private const int Interrupted = 4;
    private const int InvalidArgument = 22;

    /// <summary>
    /// Does nothing on Windows: its file systems journal their names themselves, and a folder cannot be flushed without rights that a
    /// service need not have.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be opened or flushed.</exception>
    public static void Sync(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int descriptor = Retried(() => Open(folder, ReadOnly | (OperatingSystem.IsLinux() ? LinuxCloseOnExec : 0)));
        if (descriptor < 0)
        {
            throw Failure("open", folder);
        }

        try
        {
            // A file system that keeps no names on a medium (some network and FUSE ones) answers EINVAL: there is nothing to flush.
            if (Retried(() => Fsync(descriptor)) < 0 && Marshal.GetLastPInvokeError() != InvalidArgument)
            {
                throw Failure("flush", folder);
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static int Retried(Func<int> call)
    {
        int result;
        do
        {
            result = call();
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == Interrupted);
        return result;
    }

    private static IOException Failure(string verb, string folder)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"Cannot {verb} the folder '{folder}': {new Win32Exception(error).Message}", error);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int Fsync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int descriptor);
}
