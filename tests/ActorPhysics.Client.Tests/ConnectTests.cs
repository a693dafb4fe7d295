using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ActorPhysics.Client.Tests.Fakes;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Handshake;

namespace ActorPhysics.Client.Tests;

public class ConnectTests
{
    [Fact]
    public async Task One_node_that_answers_is_enough()
    {
        await using var cluster = new FakeCluster();
        cluster.Nodes[0].Kill();
        cluster.Nodes[1].Kill();
        cluster.Elect(cluster.Nodes[2]);
        await using ActorPhysicsClient client = await cluster.ConnectAsync(o => o with { Name = "teller" });
        Assert.Equal("a=1", (await client.WriteText("a").Soon()).Text());
        Assert.Equal("teller", cluster.LastHello?.Client);
    }

    [Fact]
    public async Task Unreachable_cluster_is_reported_node_by_node()
    {
        await using var cluster = new FakeCluster(2);
        cluster.Nodes.ForEach(node => node.Kill());
        var failure = await Assert.ThrowsAsync<ClusterUnreachableException>(() => cluster.ConnectAsync().Soon());
        Assert.All(cluster.Nodes, node => Assert.Contains(node.Address.ToString(), failure.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Node_of_another_cluster_is_not_spoken_to()
    {
        await using var cluster = new FakeCluster(1);
        var failure = await Assert.ThrowsAsync<ClusterUnreachableException>(() => cluster.ConnectAsync(o => o with { Cluster = new ClusterId(7) }).Soon());
        Assert.Contains(nameof(GoodbyeReason.OtherCluster), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_speak_the_protocol_is_reported_as_such()
    {
        using var web = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        web.Start();
        int port = ((IPEndPoint)web.LocalEndpoint).Port;
        Task serve = Task.Run(async () =>
        {
            using var socket = await web.AcceptSocketAsync();
            await socket.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
            await socket.ReceiveAsync(new byte[1000]);
        });

        var failure = await Assert.ThrowsAsync<ClusterUnreachableException>(
            () => ActorPhysicsClient.ConnectAsync(new ClientOptions { Nodes = [new NodeAddress("127.0.0.1", port)] }).Soon());
        Assert.Contains("does not speak this protocol", failure.Message, StringComparison.Ordinal);
        await serve.Soon();
    }

    [Fact]
    public async Task Without_TLS_only_loopback_is_dialled()
    {
        var failure = await Assert.ThrowsAsync<ClusterUnreachableException>(
            () => ActorPhysicsClient.ConnectAsync(new ClientOptions { Nodes = [NodeAddress.Parse("192.0.2.1:7001")] }).Soon());
        Assert.Contains("without TLS only loopback", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_TLS_the_node_must_prove_its_own_name()
    {
        using X509Certificate2 root = MakeRoot();
        using X509Certificate2 own = MakeCertificate(root, "client-1");
        using X509Certificate2 node = MakeCertificate(root, "node-1.00000000000000c1");
        await using var cluster = new FakeCluster(0);
        await using var sound = new FakeNode(cluster, new NodeId(1), node);
        await using var impostor = new FakeNode(cluster, new NodeId(2), node);
        cluster.Nodes.Add(sound);
        cluster.Elect(sound);
        var options = new ClientOptions { Nodes = [sound.Address], Tls = new ClientTlsOptions { Certificate = own, TrustedRoots = [root] } };

        await using (ActorPhysicsClient client = await ActorPhysicsClient.ConnectAsync(options).Soon())
        {
            Assert.Equal("a=1", (await client.WriteText("a").Soon()).Text());
        }

        var misnamed = await Assert.ThrowsAsync<ClusterUnreachableException>(
            () => ActorPhysicsClient.ConnectAsync(options with { Nodes = [impostor.Address] }).Soon());
        Assert.Contains("does not prove node-2.00000000000000c1", misnamed.Message, StringComparison.Ordinal);

        using X509Certificate2 otherRoot = MakeRoot();
        await Assert.ThrowsAsync<ClusterUnreachableException>(
            () => ActorPhysicsClient.ConnectAsync(options with { Tls = options.Tls with { TrustedRoots = [otherRoot] } }).Soon());
    }

    [Theory]
    [InlineData("localhost:7001", "localhost", 7001)]
    [InlineData("[::1]:80", "::1", 80)]
    [InlineData("10.0.0.1:65535", "10.0.0.1", 65535)]
    public void Addresses_are_read_and_written(string text, string host, int port)
    {
        Assert.Equal(new NodeAddress(host, port), NodeAddress.Parse(text));
        Assert.Equal(text, NodeAddress.Parse(text).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(":1")]
    [InlineData("a")]
    [InlineData("a:")]
    [InlineData("a:0")]
    [InlineData("a:65536")]
    [InlineData("a:-1")]
    [InlineData("::1:80")]
    [InlineData("[]:80")]
    [InlineData(null)]
    public void What_is_no_address_is_refused(string? text) => Assert.False(NodeAddress.TryParse(text, out _));

    private static X509Certificate2 MakeRoot()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test root", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
    }

    private static X509Certificate2 MakeCertificate(X509Certificate2 root, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 signed = request.Create(root, root.NotBefore, root.NotAfter, RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 whole = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }
}
