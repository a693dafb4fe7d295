using System.Net;
using System.Net.Sockets;
using System.Text;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Hosting.Tests.Loops;

namespace ActorPhysics.Hosting.Tests.Nodes;

/// <summary>What keeps a node from starting: each time one clear sentence, nothing changed, and a good start afterwards.</summary>
[Collection(NodeTestCollection.Name)]
public sealed class NodeStartTests
{
    [Fact]
    public async Task The_folder_of_another_node_is_refused()
    {
        await using TestCluster cluster = await new TestCluster().StartAsync();
        await cluster.KillAsync(1);
        await cluster.KillAsync(2);
        NodeOptions options = cluster.OptionsOf(2);

        string refusal = await RefusalAsync(cluster, options with { Node = options.Node with { DataDir = cluster.FolderOf(1) } });

        Assert.Contains("belongs to node", refusal, StringComparison.Ordinal);
        Assert.Contains(cluster.FolderOf(1), refusal, StringComparison.Ordinal);
        await cluster.StartAsync(1);
    }

    [Fact]
    public async Task The_folder_of_another_cluster_is_refused()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 1).StartAsync();
        await cluster.KillAsync(1);

        string refusal = await RefusalAsync(cluster, NodeOptions.FromText(cluster.TextOf(1, cluster: "stranger")));

        Assert.Contains("cluster 'test'", refusal, StringComparison.Ordinal);
        Assert.Contains("cluster 'stranger'", refusal, StringComparison.Ordinal);
        await cluster.StartAsync(1);
    }

    [Fact]
    [Trait("Pitfall", "33")]
    public async Task A_folder_that_is_in_use_is_refused_and_its_user_goes_on()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 1).StartAsync();
        NodeOptions options = cluster.OptionsOf(1);
        int otherPort = TestCluster.FreePorts(1)[0];

        string refusal = await RefusalAsync(cluster, options with { Listen = new ListenSettings { Address = new HostPort("127.0.0.1", otherPort) } });

        Assert.Contains("is in use", refusal, StringComparison.Ordinal);
        await (await cluster.ConnectAsync()).PutAsync("k", "v");
    }

    [Fact]
    public async Task A_port_that_is_in_use_is_refused_and_the_folder_is_free_again()
    {
        await using var cluster = new TestCluster(nodes: 1);
        string refusal;
        using (var holder = new TcpListener(IPAddress.Loopback, cluster.PortOf(1)))
        {
            holder.Start();
            refusal = await RefusalAsync(cluster, cluster.OptionsOf(1));
        }

        Assert.Contains($"127.0.0.1:{cluster.PortOf(1)}", refusal, StringComparison.Ordinal);
        Assert.Contains("in use", refusal, StringComparison.Ordinal);
        await cluster.StartAsync(1);
    }

    [Fact]
    [Trait("Seed", "5.1")]
    public async Task Quorums_that_do_not_meet_are_refused_with_a_counterexample()
    {
        const string Unsafe = "group-defaults.quorum { kind = flexible, election = 2, commit = 1 }";
        var unsafeText = new TestCluster(nodes: 3, Unsafe);
        var refused = Assert.Throws<ConfigurationException>(() => unsafeText.OptionsOf(1));
        Assert.Contains("quorum", refused.Message, StringComparison.Ordinal);
        await unsafeText.DisposeAsync();

        // Options that were put together in code are not checked before the node sees them.
        await using var cluster = new TestCluster();
        NodeOptions options = cluster.OptionsOf(1);
        GroupSettings group = options.Groups[0];
        QuorumSettings quorum = group.Quorum with { Kind = QuorumKind.Flexible, Election = 2, Commit = 1 };

        string refusal = await RefusalAsync(cluster, options with { Groups = [group with { Quorum = quorum }] });

        Assert.Contains("group 'main' cannot have such quorums", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_that_nobody_registered_is_refused_with_the_names_of_those_that_are()
    {
        await using var cluster = new TestCluster(nodes: 1, "group-defaults.machine = ledger");

        string refusal = await RefusalAsync(cluster, cluster.OptionsOf(1));

        Assert.Contains("'ledger'", refusal, StringComparison.Ordinal);
        Assert.Contains("kv, register", refusal, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Pitfall", "29")]
    public async Task A_node_without_peers_does_not_start_on_a_corrupt_journal()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 1).StartAsync();
        await JournalDamage.WriteNeedleAsync(cluster);
        await cluster.KillAsync(1);
        JournalDamage.FlipNeedle(cluster.FolderOf(1));

        string refusal = await RefusalAsync(cluster, cluster.OptionsOf(1));

        Assert.Contains("corrupt", refusal, StringComparison.Ordinal);
        Assert.Contains("no other voter", refusal, StringComparison.Ordinal);
    }

    private static async Task<string> RefusalAsync(TestCluster cluster, NodeOptions options)
    {
        await using Node node = cluster.Make(options);
        string refusal = (await Assert.ThrowsAsync<NodeStartException>(() => node.StartAsync().Within())).Message;
        Assert.DoesNotContain('\n', refusal);
        return refusal;
    }
}

/// <summary>Flips one bit of a journal where it hurts: in an acknowledged record with later ones behind it.</summary>
internal static class JournalDamage
{
    private const string Needle = "needle-in-the-journal";

    public static async Task WriteNeedleAsync(TestCluster cluster)
    {
        var client = await cluster.ConnectAsync();
        await client.PutAsync("needle", Needle);
        for (int i = 0; i < 10; i++)
        {
            await client.PutAsync($"after-{i}", "later");
        }
    }

    public static void FlipNeedle(string dataFolder)
    {
        foreach (string path in Directory.EnumerateFiles(Path.Combine(dataFolder, "journal"), "*.segment").Order(StringComparer.Ordinal))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            int at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Needle));
            if (at >= 0)
            {
                file.Position = at;
                file.WriteByte((byte)(bytes[at] ^ 1));
                return;
            }
        }

        throw new InvalidOperationException($"no segment in {dataFolder} has the needle");
    }
}
