using ActorPhysics.Wire.Frames;

namespace ActorPhysics.Hosting.Transport;

/// <summary>The bounds of a node's connections.</summary>
public sealed record TransportOptions
{
    /// <summary>The longest frame body sent or accepted, in bytes.</summary>
    public int MaxFrameBytes { get; init; } = FrameLimits.Default.MaxBodyBytes;

    /// <summary>How many bytes may wait to be sent on one connection before messages are refused.</summary>
    public int OutgoingBufferBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>How long connecting, TLS and the exchange of hellos may take together.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a frame may take from its first byte to its last. Guards against peers that drip bytes.</summary>
    public TimeSpan FrameTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A connection with a peer on which nothing arrives for this long is taken for dead, and so is any on which nothing can be sent. A third
    /// of it is the longest silence that this side keeps.
    /// </summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a client may say nothing. It is longer: a client has a right to be silent while it waits or has nothing to ask, and loses
    /// nothing but a connection.
    /// </summary>
    public TimeSpan ClientIdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many accepted connections may be open at once.</summary>
    public int MaxAcceptedConnections { get; init; } = 4096;

    /// <summary>The shortest wait before a peer is dialled again; it doubles with each failure.</summary>
    public TimeSpan MinReconnectBackoff { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>The longest wait before a peer is dialled again.</summary>
    public TimeSpan MaxReconnectBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <exception cref="TransportConfigurationException">A bound makes no sense.</exception>
    public void Validate()
    {
        Require(MaxFrameBytes is >= 1024 and <= 1 << 30, nameof(MaxFrameBytes), "between 1 KiB and 1 GiB");
        Require(OutgoingBufferBytes is >= 1024 and <= 1 << 30, nameof(OutgoingBufferBytes), "between 1 KiB and 1 GiB");
        Require(HandshakeTimeout > TimeSpan.Zero, nameof(HandshakeTimeout), "positive");
        Require(FrameTimeout > TimeSpan.Zero, nameof(FrameTimeout), "positive");
        Require(IdleTimeout > TimeSpan.Zero, nameof(IdleTimeout), "positive");
        Require(ClientIdleTimeout > TimeSpan.Zero, nameof(ClientIdleTimeout), "positive");
        Require(MaxAcceptedConnections >= 1, nameof(MaxAcceptedConnections), "positive");
        Require(MinReconnectBackoff > TimeSpan.Zero, nameof(MinReconnectBackoff), "positive");
        Require(MaxReconnectBackoff >= MinReconnectBackoff, nameof(MaxReconnectBackoff), $"at least {nameof(MinReconnectBackoff)}");
    }

    private static void Require(bool holds, string option, string expected)
    {
        if (!holds)
        {
            throw new TransportConfigurationException($"Transport option {option} must be {expected}.");
        }
    }
}

/// <summary>The transport cannot start as configured. The message is one sentence for the operator.</summary>
public sealed class TransportConfigurationException(string message, Exception? cause = null) : Exception(message, cause);
