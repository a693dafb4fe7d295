using System.Security.Cryptography.X509Certificates;

namespace ActorPhysics.Hosting.Transport;

/// <summary>
/// The identities that a peer has proved by its certificate: the DNS names in it or, where there are none, its common name.
/// <c>default</c> proves nothing.
/// </summary>
public readonly struct PeerCertificate
{
    private readonly string[]? _names;

    private PeerCertificate(string[] names) => _names = names;

    public static PeerCertificate None => default;

    /// <summary>The proven names.</summary>
    public IReadOnlyList<string> Names => _names ?? [];

    /// <summary>Whether the peer is the bearer of this very name. A wildcard proves nothing: it would make every node every other.</summary>
    public bool Proves(string name) => Names.Contains(name, StringComparer.OrdinalIgnoreCase);

    public override string ToString() => Names.Count == 0 ? "no proven name" : string.Join(", ", Names);

    /// <summary>Reads the names of a certificate whose chain has been verified.</summary>
    internal static PeerCertificate Of(X509Certificate2 verified)
    {
        string[] dnsNames = verified.Extensions
            .OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames())
            .ToArray();
        if (dnsNames.Length > 0)
        {
            return new PeerCertificate(dnsNames);
        }

        string common = verified.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        return common.Length > 0 ? new PeerCertificate([common]) : None;
    }
}
