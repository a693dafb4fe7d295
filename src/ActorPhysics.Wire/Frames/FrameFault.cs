namespace ActorPhysics.Wire.Frames;

/// <summary>Why bytes are not a frame. After any of these the stream has no trustworthy frame boundary left: close the connection.</summary>
public enum FrameFault
{
    /// <summary>Nothing is wrong.</summary>
    None = 0,

    /// <summary>The header announces a body beyond the bound.</summary>
    BodyTooLong,

    /// <summary>The header is of a layout that this reader does not know; perhaps the peer does not speak this protocol.</summary>
    UnknownVersion,

    /// <summary>The kind is absent or reserved bits are set.</summary>
    BadHeader,

    /// <summary>The body or the header is damaged.</summary>
    ChecksumMismatch,
}

/// <summary>The bounds of a connection's frames.</summary>
/// <param name="MaxBodyBytes">The longest body accepted or written, in bytes.</param>
public readonly record struct FrameLimits(int MaxBodyBytes)
{
    private const int SupportedBodyBytes = 1 << 30;

    /// <summary>The longest body, at most 1 GiB.</summary>
    public int MaxBodyBytes { get; } = MaxBodyBytes is >= 0 and <= SupportedBodyBytes
        ? MaxBodyBytes
        : throw new ArgumentOutOfRangeException(nameof(MaxBodyBytes), MaxBodyBytes, "A frame's body has between 0 bytes and 1 GiB.");

    /// <summary>16 MiB.</summary>
    public static FrameLimits Default => new(16 * 1024 * 1024);

    /// <summary>64 KiB: what a peer may send before its handshake has been accepted.</summary>
    public static FrameLimits BeforeHello => new(64 * 1024);
}
