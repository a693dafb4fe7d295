using ActorPhysics.Hosting.Configuration.Binding;

namespace ActorPhysics.Hosting.Configuration;

/// <summary>The connections between nodes and from clients.</summary>
public sealed record TransportSettings
{
    /// <summary>The largest body of a frame; a larger one closes the connection that sent it.</summary>
    [Within("64 KiB", "1 GiB")]
    public required int MaxFrameBytes { get; init; }

    /// <summary>How long a new connection may take to introduce itself.</summary>
    [Within("10 ms", "10 m")]
    public required TimeSpan HandshakeTimeout { get; init; }

    /// <summary>How long a frame may take from its first byte to its last.</summary>
    [Within("10 ms", "1 h")]
    public required TimeSpan FrameTimeout { get; init; }

    /// <summary>A connection on which nothing arrives, or nothing can be sent, for this long is taken for dead.</summary>
    [Within("100 ms", "1 d")]
    public required TimeSpan IdleTimeout { get; init; }

    /// <summary>How many accepted connections may be open at once.</summary>
    [Within("1", "1000000")]
    public required int MaxAcceptedConnections { get; init; }

    /// <summary>The pauses between attempts to reach a peer.</summary>
    public required BackoffSettings Reconnect { get; init; }

    /// <summary>What may wait to be sent on one connection before messages are refused.</summary>
    [Within("64 KiB", "1 GiB")]
    public required int OutgoingBufferBytes { get; init; }

    public required TlsSettings Tls { get; init; }
}

/// <summary>Pauses that double from the first to the longest, with jitter.</summary>
public sealed record BackoffSettings
{
    [Within("1 ms", "1 h")]
    public required TimeSpan MinBackoff { get; init; }

    [Within("1 ms", "1 h")]
    public required TimeSpan MaxBackoff { get; init; }
}

/// <summary>Transport Layer Security. Without it the node talks on loopback addresses only.</summary>
public sealed record TlsSettings
{
    public required bool Enabled { get; init; }

    /// <summary>A PEM or PKCS#12 file with this node's certificate; set when <see cref="Enabled"/>.</summary>
    public required string? Certificate { get; init; }

    /// <summary>A PEM file with the private key; null when the certificate file holds it.</summary>
    public required string? Key { get; init; }

    /// <summary>The password of the PKCS#12 file or of the encrypted key; null for none.</summary>
    public required string? Password { get; init; }

    /// <summary>A PEM file with the authorities whose certificates are trusted; set when <see cref="Enabled"/>.</summary>
    public required string? Ca { get; init; }

    /// <summary>The name that a node's certificate must prove; <c>{node}</c> is its number, <c>{cluster}</c> the cluster's id.</summary>
    public required string NodeNamePattern { get; init; }

    /// <summary>Whether clients, too, must present a certificate of a trusted authority. Nodes always must.</summary>
    public required bool RequireClientCertificate { get; init; }

    /// <summary>How often the files are looked at for a change.</summary>
    [Within("1 s", "30 d")]
    public required TimeSpan ReloadInterval { get; init; }
}
