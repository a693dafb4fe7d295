using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using ActorPhysics.Wire.Buffers;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Handshake;

namespace ActorPhysics.Client.Connections;

/// <summary>Connects to a node: TCP, TLS when it is configured, then the handshake, all within the connect timeout.</summary>
internal static class Dialer
{
    // More than everything that surrounds a payload in a frame.
    private const int EnvelopeBytes = 1024;

    /// <exception cref="DialException">The node cannot be used; the message says why.</exception>
    public static async Task<DialledNode> DialAsync(ClientOptions options, NodeAddress address, Hello ours, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, options.Clock);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        Stream? stream = null;
        try
        {
            stream = await ConnectAsync(options, address, patience.Token).ConfigureAwait(false);
            return await ShakeHandsAsync(stream, options, address, ours, patience.Token).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is SocketException or IOException or AuthenticationException or OperationCanceledException or DialException)
        {
            if (stream is not null)
            {
                await stream.DisposeAsync().ConfigureAwait(false);
            }

            throw fault as DialException ?? new DialException($"{address}: {Explain(fault)}", fault);
        }
    }

    private static string Explain(Exception fault) => fault switch
    {
        OperationCanceledException => "no answer in time.",
        SocketException socket => $"{socket.SocketErrorCode}.",
        _ => fault.Message,
    };

    private static async Task<Stream> ConnectAsync(ClientOptions options, NodeAddress address, CancellationToken cancellation)
    {
        IPAddress[] candidates = await Dns.GetHostAddressesAsync(address.Host, cancellation).ConfigureAwait(false);
        if (options.Tls is null && !candidates.All(IPAddress.IsLoopback))
        {
            throw new DialException($"{address}: without TLS only loopback addresses are dialled.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(candidates, address.Port, cancellation).ConfigureAwait(false);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var plain = new NetworkStream(socket, ownsSocket: true);
        return options.Tls is { } tls ? await SecureAsync(plain, tls, address, cancellation).ConfigureAwait(false) : plain;
    }

    private static async Task<SslStream> SecureAsync(Stream plain, ClientTlsOptions tls, NodeAddress address, CancellationToken cancellation)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(tls.TrustedRoots);
        var secure = new SslStream(plain, leaveInnerStreamOpen: false);
        try
        {
            await secure.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = address.Host,
                    ClientCertificates = tls.Certificate is { } certificate ? [certificate] : null,
                    CertificateChainPolicy = policy,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    // The certificate names a node, not a host: it is compared once the node has said which one it is.
                    RemoteCertificateValidationCallback = (_, shown, _, errors) =>
                        shown is not null && (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None,
                },
                cancellation).ConfigureAwait(false);
            return secure;
        }
        catch
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static void RequireProvenName(Stream stream, ClientOptions options, NodeAddress address, Hello theirs)
    {
        if (stream is not SslStream secure)
        {
            return;
        }

        string name = NodeName.Of(options.Tls!.NodeNamePattern, theirs.Node, theirs.Cluster);
        if (secure.RemoteCertificate is not X509Certificate2 shown || !shown.MatchesHostname(name, allowWildcards: false, allowCommonName: true))
        {
            throw new DialException($"{address}: calls itself {theirs.Node}, and its certificate does not prove {name}.");
        }
    }

    private static async Task<DialledNode> ShakeHandsAsync(
        Stream stream, ClientOptions options, NodeAddress address, Hello ours, CancellationToken cancellation)
    {
        using var output = new PooledBuffer();
        var writer = new FrameWriter(output, FrameLimits.BeforeHello);
        writer.Begin(FrameKind.Hello);
        ours.WriteTo(output);
        writer.End();
        await stream.WriteAsync(output.WrittenMemory, cancellation).ConfigureAwait(false);

        var reader = new FrameReader(FrameLimits.BeforeHello);
        try
        {
            Hello theirs = await HearAsync(stream, reader, address, cancellation).ConfigureAwait(false);
            if (HandshakeRules.Judge(ours, theirs) is HandshakeVerdict.Refused refused)
            {
                throw new DialException($"{address}: {refused.Goodbye.Reason}. {refused.Goodbye.Detail}");
            }

            if (!theirs.IsNode)
            {
                throw new DialException($"{address}: what answers there is no node.");
            }

            RequireProvenName(stream, options, address, theirs);
            int maxBodyBytes = Math.Min(theirs.MaxBodyBytes, FrameLimits.Default.MaxBodyBytes);
            if (maxBodyBytes < options.MaxPayloadBytes + EnvelopeBytes)
            {
                throw new DialException($"{address}: accepts {theirs.MaxBodyBytes} bytes in a frame, too few for payloads of {options.MaxPayloadBytes}.");
            }

            reader.Limit(FrameLimits.Default);
            return new DialledNode(stream, reader, theirs, maxBodyBytes);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    private static async Task<Hello> HearAsync(Stream stream, FrameReader reader, NodeAddress address, CancellationToken cancellation)
    {
        Frame frame;
        FrameReadResult result;
        while ((result = reader.TryRead(out frame)) == FrameReadResult.NeedsMore)
        {
            int received = await stream.ReadAsync(reader.GetReceiveMemory(), cancellation).ConfigureAwait(false);
            if (received == 0)
            {
                throw new DialException($"{address}: closed the connection instead of saying hello.");
            }

            reader.Received(received);
        }

        if (result == FrameReadResult.Frame && frame.Kind == FrameKind.Hello && Hello.TryRead(frame.Body.Span, out Hello? hello))
        {
            return hello;
        }

        if (result == FrameReadResult.Frame && frame.Kind == FrameKind.Goodbye && Goodbye.TryRead(frame.Body.Span, out Goodbye? goodbye))
        {
            throw new DialException($"{address}: refused us: {goodbye.Reason}. {goodbye.Detail}");
        }

        throw new DialException($"{address}: what answers there does not speak this protocol.");
    }
}
