using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ActorPhysics.Hosting.Transport;

namespace ActorPhysics.Hosting.Tests.Transport;

/// <summary>A certificate authority for one test, with its files in a folder of its own.</summary>
internal sealed class CertificateMaker : IDisposable
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    private readonly X509Certificate2 _authority;

    public CertificateMaker()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-10), DateTimeOffset.UtcNow.AddDays(10));
        File.WriteAllText(AuthorityPath, _authority.ExportCertificatePem());
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("actorphysics-tls-").FullName;
    public string AuthorityPath => Path.Combine(Folder, "ca.pem");

    /// <summary>A name as nodes of cluster 7 must prove it.</summary>
    public static string NameOf(ulong node) => $"node-{node}.0000000000000007";

    /// <summary>Writes a certificate and its key and returns options that point to them.</summary>
    public TlsOptions Issue(string file, string[] dnsNames, string commonName = "somebody", bool expired = false, bool asPfx = false)
    {
        string certificatePath = Path.Combine(Folder, file + (asPfx ? ".pfx" : ".pem"));
        string keyPath = Path.Combine(Folder, file + ".key");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 issued = Sign(key, dnsNames, commonName, expired);
        using X509Certificate2 own = issued.CopyWithPrivateKey(key);
        if (asPfx)
        {
            File.WriteAllBytes(certificatePath, own.Export(X509ContentType.Pkcs12, "secret"));
        }
        else
        {
            File.WriteAllText(certificatePath, own.ExportCertificatePem());
            File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
        }

        return new TlsOptions
        {
            CertificatePath = certificatePath,
            KeyPath = asPfx ? null : keyPath,
            Password = asPfx ? "secret" : null,
            AuthorityPath = AuthorityPath,
            ReloadInterval = TimeSpan.Zero,
        };
    }

    public TlsOptions IssueNode(ulong node) => Issue($"node-{node}", [NameOf(node)]);

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private X509Certificate2 Sign(ECDsa key, string[] dnsNames, string commonName, bool expired)
    {
        var request = new CertificateRequest($"CN={commonName}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([ServerAuthentication, ClientAuthentication], false));
        if (dnsNames.Length > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            Array.ForEach(dnsNames, names.AddDnsName);
            request.CertificateExtensions.Add(names.Build());
        }

        DateTimeOffset until = DateTimeOffset.UtcNow.AddDays(expired ? -1 : 1);
        return request.Create(_authority, until.AddDays(-1).AddHours(-1), until, RandomNumberGenerator.GetBytes(8));
    }
}
