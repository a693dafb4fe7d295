namespace ActorPhysics.Hosting.Storage;

/// <summary>Reads the operating system's error out of an exception.</summary>
internal static class DiskErrors
{
    private const int UnixNoSpace = 28;
    private const int LinuxQuotaExceeded = 122;
    private const int MacQuotaExceeded = 69;
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>Whether the medium, or the owner's share of it, has no room.</summary>
    public static bool IsFull(Exception fault) => fault is IOException && (OperatingSystem.IsWindows()
        ? fault.HResult is WindowsDiskFull or WindowsHandleDiskFull
        : fault.HResult is UnixNoSpace || fault.HResult == (OperatingSystem.IsMacOS() ? MacQuotaExceeded : LinuxQuotaExceeded));

    /// <summary>An exception of the kind the system throws when there is no room.</summary>
    public static IOException Full(string path) =>
        new($"No space left on device : '{path}'", OperatingSystem.IsWindows() ? WindowsDiskFull : UnixNoSpace);

    /// <summary>Whether an exception is the environment's fault rather than the program's.</summary>
    public static bool IsEnvironmental(Exception fault) => fault is IOException or UnauthorizedAccessException;
}
