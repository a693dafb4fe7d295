using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace ActorPhysics.Hosting.Transport;

/// <summary>The TLS part of making a connection: both sides are judged by the cluster's own authorities and by nothing else.</summary>
internal static class TlsHandshake
{
    private const SslProtocols Versions = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>Answers a peer.</summary>
    /// <exception cref="AuthenticationException">The peer is not acceptable.</exception>
    public static async Task<(SslStream Stream, PeerCertificate Peer)> AnswerAsync(Socket socket, TlsCredentials credentials, CancellationToken cancel)
    {
        TlsMaterial material = credentials.Current;
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = material.Own,
                    // It asks for a certificate; whether one must be shown is decided below, where "none" can be told from "bad".
                    ClientCertificateRequired = true,
                    EnabledSslProtocols = Versions,
                    CertificateChainPolicy = PolicyOf(material),
                    RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                        certificate is null ? !credentials.Options.RequireClientCertificate : IsTrusted(errors),
                },
                cancel).ConfigureAwait(false);
            return (stream, PeerOf(stream));
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Calls a peer.</summary>
    /// <param name="socket">Connected.</param>
    /// <param name="credentials">This side's.</param>
    /// <param name="expectedName">What the peer must prove; the hello is checked against it again.</param>
    /// <param name="cancel">Ends the attempt.</param>
    /// <exception cref="AuthenticationException">The peer is not acceptable.</exception>
    public static async Task<(SslStream Stream, PeerCertificate Peer)> CallAsync(
        Socket socket, TlsCredentials credentials, string expectedName, CancellationToken cancel)
    {
        TlsMaterial material = credentials.Current;
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = expectedName,
                    ClientCertificateContext = material.Own,
                    EnabledSslProtocols = Versions,
                    CertificateChainPolicy = PolicyOf(material),
                    // The name is compared by PeerCertificate: exactly, without wildcards.
                    RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                        certificate is not null && IsTrusted(errors & ~SslPolicyErrors.RemoteCertificateNameMismatch),
                },
                cancel).ConfigureAwait(false);
            PeerCertificate peer = PeerOf(stream);
            return peer.Proves(expectedName)
                ? (stream, peer)
                : throw new AuthenticationException($"the peer's certificate proves {peer}, not {expectedName}");
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static bool IsTrusted(SslPolicyErrors errors) => errors == SslPolicyErrors.None;

    // The policy's purpose (server or client) is added by SslStream. Revocation is by short-lived certificates and reload: a private
    // authority rarely offers lists, and waiting for one would make its server a dependency of every connection.
    private static X509ChainPolicy PolicyOf(TlsMaterial material)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(material.Authorities);
        return policy;
    }

    private static PeerCertificate PeerOf(SslStream stream) => stream.RemoteCertificate is X509Certificate2 certificate
        ? PeerCertificate.Of(certificate)
        : PeerCertificate.None;
}
