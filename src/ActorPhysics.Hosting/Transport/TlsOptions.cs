using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Handshake;

namespace ActorPhysics.Hosting.Transport;

/// <summary>Mutual TLS between nodes, and for clients. All files are read again when they change.</summary>
public sealed record TlsOptions
{
    /// <summary>This node's certificate and, unless <see cref="KeyPath"/> is given, its private key: PEM, or PKCS#12 if it ends in .pfx or .p12.</summary>
    public required string CertificatePath { get; init; }

    /// <summary>The private key as PEM; null when it is in <see cref="CertificatePath"/>.</summary>
    public string? KeyPath { get; init; }

    /// <summary>The password of the PKCS#12 file or of the encrypted key; null for none.</summary>
    public string? Password { get; init; }

    /// <summary>The certificate authorities, as PEM, that peers' certificates must come from. The machine's own list is not consulted.</summary>
    public required string AuthorityPath { get; init; }

    /// <summary>Whether clients, too, must prove who they are. Nodes always must.</summary>
    public bool RequireClientCertificate { get; init; } = true;

    /// <summary>How often, at most, the files are looked at for changes; it happens when a connection is made.</summary>
    public TimeSpan ReloadInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The name that a node's certificate must prove; <c>{node}</c> is its number, <c>{cluster}</c> the cluster's id in hexadecimal.</summary>
    public string NodeNamePattern { get; init; } = NodeName.DefaultPattern;

    /// <summary>The name that <paramref name="node"/>'s certificate must prove.</summary>
    public string NameOf(NodeId node, ClusterId cluster) => NodeName.Of(NodeNamePattern, node, cluster);
}
