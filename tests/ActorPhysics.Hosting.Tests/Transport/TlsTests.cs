using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Tests.Loops;
using ActorPhysics.Hosting.Transport;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Handshake;

namespace ActorPhysics.Hosting.Tests.Transport;

public sealed class TlsTests : IDisposable
{
    private readonly CertificateMaker _certificates = new();
    private readonly RecordingLogger _logger = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public async Task Two_nodes_that_prove_who_they_are_talk_both_ways()
    {
        using TestNode first = await StartAsync(1, _certificates.IssueNode(1));
        using TestNode second = await StartAsync(2, _certificates.IssueNode(2));
        await PeerTests.ConnectAsync(first, second);
        await first.Loop.InvokeAsync(() =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                Assert.True(first.Transport.TrySend(second.Id, $"{i}"));
            }
        }).Within();
        Assert.True(await second.SendAsync(first, "hello"));
        for (int i = 0; i < 10_000; i++)
        {
            Assert.Equal($"n1: {i}", await second.NextAsync());
        }

        Assert.Equal("n2: hello", await first.NextAsync());
    }

    [Fact]
    public async Task Frames_of_all_sizes_come_back_whole()
    {
        using TestNode node = await StartAsync(1, _certificates.IssueNode(1));
        using RawPeer peer = await ConnectAsync(node, _certificates.Issue("client", ["client"]));
        await peer.GreetAsync();
        var random = new Random(5);
        byte[][] bodies = Enumerable.Range(0, 200).Select(i =>
        {
            byte[] body = new byte[i % 20 == 0 ? 300_000 : random.Next(100_000)];
            random.NextBytes(body);
            return body;
        }).ToArray();
        Task sending = Task.Run(async () =>
        {
            foreach (byte[] body in bodies)
            {
                await peer.SendAsync(FrameKind.ClientRequests, body);
            }
        });
        foreach (byte[] body in bodies)
        {
            Assert.Equal(body, (await peer.ReadAsync())!.Value.Body);
        }

        await sending.Within();
    }

    [Fact]
    public async Task A_node_that_was_killed_and_started_again_is_connected_again()
    {
        using TestNode first = await StartAsync(1, _certificates.IssueNode(1));
        TestNode second = await StartAsync(2, _certificates.IssueNode(2));
        await PeerTests.ConnectAsync(first, second);
        int port = second.Address.Port;
        second.Dispose();
        Assert.Equal("n2 disconnected", await first.NextAsync());
        using TestNode again = await StartAsync(2, _certificates.IssueNode(2), port);
        await again.AddPeerAsync(first);
        Assert.Equal("n2 connected", await first.NextAsync());
        Assert.True(await first.SendAsync(again, "welcome back"));
        await again.UntilAsync("n1: welcome back");
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused()
    {
        using var others = new CertificateMaker();
        using TestNode first = await StartAsync(1, others.IssueNode(1));
        using TestNode second = await StartAsync(2, _certificates.IssueNode(2));
        await second.AddPeerAsync(first);
        await first.AddPeerAsync(second);
        await first.Logger.SeesAsync("cannot be reached");
        await second.Logger.SeesAsync("Connection from");
        Assert.Equal(0, second.Logger.Count("Connected with node"));
    }

    [Fact]
    public async Task A_called_node_must_prove_that_it_is_the_one_that_was_called()
    {
        using TestNode first = await StartAsync(1, _certificates.IssueNode(1));
        using TestNode second = await StartAsync(2, _certificates.IssueNode(3));
        await second.AddPeerAsync(first);
        await first.AddPeerAsync(second);
        await first.Logger.SeesAsync($"proves {CertificateMaker.NameOf(3)}, not {CertificateMaker.NameOf(2)}");
    }

    [Fact]
    public async Task A_calling_node_must_prove_that_it_is_who_it_says()
    {
        using TestNode first = await StartAsync(1, _certificates.IssueNode(3));
        using TestNode second = await StartAsync(2, _certificates.IssueNode(2));
        await second.AddPeerAsync(first);
        await first.AddPeerAsync(second);
        await second.Logger.SeesAsync($"The certificate proves {CertificateMaker.NameOf(3)}, not {CertificateMaker.NameOf(1)}");
        await first.Logger.SeesAsync("the peer said goodbye: NotAuthorized");
    }

    [Fact]
    public async Task A_wildcard_certificate_makes_nobody_a_node()
    {
        using TestNode first = await StartAsync(1, _certificates.Issue("any", ["*.0000000000000007"]));
        using TestNode second = await StartAsync(2, _certificates.IssueNode(2));
        await second.AddPeerAsync(first);
        await first.AddPeerAsync(second);
        await second.Logger.SeesAsync("The certificate proves *.0000000000000007");
    }

    [Fact]
    public async Task An_expired_certificate_is_refused()
    {
        using TestNode first = await StartAsync(1, _certificates.Issue("old", [CertificateMaker.NameOf(1)], expired: true));
        using TestNode second = await StartAsync(2, _certificates.IssueNode(2));
        await second.AddPeerAsync(first);
        await first.AddPeerAsync(second);
        await second.Logger.SeesAsync("Connection from");
        Assert.Equal(0, second.Logger.Count("Connected with node"));
    }

    [Fact]
    public async Task A_common_name_proves_identity_only_where_there_is_no_dns_name()
    {
        using TestNode first = await StartAsync(1, _certificates.Issue("cn", [], commonName: CertificateMaker.NameOf(1)));
        using TestNode second = await StartAsync(2, _certificates.IssueNode(2));
        await PeerTests.ConnectAsync(first, second);

        using X509Certificate2 both = X509CertificateLoader.LoadCertificateFromFile(
            _certificates.Issue("both", ["other"], commonName: CertificateMaker.NameOf(1)).CertificatePath);
        Assert.False(PeerCertificate.Of(both).Proves(CertificateMaker.NameOf(1)));
        Assert.True(PeerCertificate.Of(both).Proves("OTHER"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_without_a_certificate_is_let_in_only_where_none_is_required(bool required)
    {
        using TestNode node = await StartAsync(1, _certificates.IssueNode(1) with { RequireClientCertificate = required });
        using RawPeer peer = await ConnectAsync(node, own: null);
        if (required)
        {
            // In TLS 1.3 the caller learns of the refusal when it first reads.
            await Assert.ThrowsAnyAsync<Exception>(peer.GreetAsync);
            await node.Logger.SeesAsync("Connection from");
        }
        else
        {
            await peer.GreetAsync();
            await ConnectionTests.AssertEchoesAsync(peer);
        }
    }

    [Fact]
    public async Task A_caller_without_a_certificate_is_no_node_even_where_clients_need_none()
    {
        using TestNode node = await StartAsync(2, _certificates.IssueNode(2) with { RequireClientCertificate = false });
        await node.AddPeerAsync(new NodeId(1), new IPEndPoint(IPAddress.Loopback, 1));
        using RawPeer peer = await ConnectAsync(node, own: null);
        await peer.SendAsync(RawPeer.FrameOf(RawPeer.NodeHello(1)));
        Assert.Equal(GoodbyeReason.NotAuthorized, (await peer.ReadToEndAsync())?.Reason);
    }

    [Fact]
    public async Task A_caller_that_speaks_no_tls_is_refused_and_harms_nobody()
    {
        using TestNode node = await StartAsync(1, _certificates.IssueNode(1));
        using (RawPeer plain = await RawPeer.ConnectAsync(node.Address))
        {
            await plain.SendAsync(RawPeer.FrameOf(RawPeer.ClientHello()));
            // The answer, if any, is a TLS alert and no frame.
            await plain.Stream.CopyToAsync(Stream.Null).Within();
        }

        await node.Logger.SeesAsync("Connection from");
        using RawPeer proper = await ConnectAsync(node, _certificates.Issue("client", ["client"]));
        await proper.GreetAsync();
        await ConnectionTests.AssertEchoesAsync(proper);
    }

    [Fact]
    [Trait("Pitfall", "62")]
    public async Task A_caller_that_never_begins_its_tls_handshake_is_not_waited_for()
    {
        using TestNode node = await TestNode.StartAsync(
            1, TestNode.Quick with { HandshakeTimeout = TimeSpan.FromMilliseconds(60) }, new TlsCredentials(_certificates.IssueNode(1), _logger));
        using RawPeer silent = await RawPeer.ConnectAsync(node.Address);
        await silent.ReadToEndAsync();
        await node.Logger.SeesAsync("the TLS handshake took too long");
    }

    [Fact]
    public async Task With_tls_any_address_may_be_listened_at()
    {
        using TestNode node = await StartAsync(1, _certificates.IssueNode(1));
        await node.ListenAsync(new IPEndPoint(IPAddress.Any, 0));
    }

    [Fact]
    public async Task Replaced_files_are_used_for_new_connections_and_broken_ones_are_not()
    {
        TlsOptions options = _certificates.IssueNode(1);
        var credentials = new TlsCredentials(options, _logger);
        using TestNode node = await TestNode.StartAsync(1, credentials: credentials);
        TlsOptions client = _certificates.Issue("client", ["client"]);
        string before = await SerialOfServerAsync(node, client);
        Assert.Equal(before, await SerialOfServerAsync(node, client));

        _certificates.IssueNode(1);
        string after = await SerialOfServerAsync(node, client);
        Assert.NotEqual(before, after);

        await File.WriteAllTextAsync(options.CertificatePath, "half written");
        Assert.Equal(after, await SerialOfServerAsync(node, client));
        await _logger.SeesAsync("the old ones stay in use");
    }

    [Fact]
    public async Task A_pkcs12_file_with_a_password_does_as_well()
    {
        using TestNode first = await StartAsync(1, _certificates.Issue("node-1", [CertificateMaker.NameOf(1)], asPfx: true));
        using TestNode second = await StartAsync(2, _certificates.IssueNode(2));
        await PeerTests.ConnectAsync(first, second);
    }

    [Fact]
    public void Missing_files_are_one_clear_error_at_start()
    {
        TlsOptions options = _certificates.IssueNode(1);
        foreach (TlsOptions broken in (TlsOptions[])
            [options with { CertificatePath = "/nonexistent/cert.pem" }, options with { KeyPath = null }, options with { AuthorityPath = options.KeyPath! }])
        {
            var refused = Assert.Throws<TransportConfigurationException>(() => new TlsCredentials(broken, _logger));
            Assert.Contains("TLS is on", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    [Trait("Pitfall", "64")]
    public async Task Connections_that_end_in_the_middle_of_large_sends_leave_the_pools_buffers_intact()
    {
        using TestNode node = await StartAsync(1, _certificates.IssueNode(1));
        TlsOptions client = _certificates.Issue("client", ["client"]);
        using RawPeer healthy = await ConnectAsync(node, client);
        await healthy.GreetAsync();
        var random = new Random(9);
        for (int round = 0; round < 10; round++)
        {
            RawPeer dying = await ConnectAsync(node, client);
            await dying.GreetAsync();
            await dying.SendAsync(FrameKind.ClientRequests, new byte[4 << 20]);
            Task ending = Task.Run(dying.Dispose);
            byte[] body = new byte[random.Next(200_000)];
            random.NextBytes(body);
            await healthy.SendAsync(FrameKind.ClientRequests, body);
            Assert.Equal(body, (await healthy.ReadAsync())!.Value.Body);
            await ending.Within();
        }
    }

    private Task<TestNode> StartAsync(ulong node, TlsOptions options, int port = 0) =>
        TestNode.StartAsync(node, credentials: new TlsCredentials(options, _logger), port: port);

    private async Task<string> SerialOfServerAsync(TestNode node, TlsOptions client)
    {
        using RawPeer peer = await ConnectAsync(node, client);
        await peer.GreetAsync();
        return ((SslStream)peer.Stream).RemoteCertificate!.GetSerialNumberString();
    }

    /// <summary>Connects as a TLS client that trusts anybody; what is tested is whom the node trusts.</summary>
    private async Task<RawPeer> ConnectAsync(TestNode node, TlsOptions? own)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(node.Address).Within();
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        TlsMaterial? material = own is null ? null : new TlsCredentials(own, _logger).Current;
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "anybody",
            ClientCertificateContext = material?.Own,
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        }).Within();
        return new RawPeer(stream);
    }
}
