using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ActorPhysics.Client;

namespace ActorPhysics.Cli.Tests;

/// <summary>A cluster as the command <c>cluster</c> runs it: node processes that are started again when they are killed.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly CliProcess _process;

    private LocalCluster(DirectoryInfo folder, CliProcess process, ImmutableArray<NodeAddress> addresses)
    {
        _folder = folder;
        _process = process;
        Addresses = addresses;
    }

    public ImmutableArray<NodeAddress> Addresses { get; }

    public string Folder => _folder.FullName;

    /// <summary>Everything that the cluster and its nodes said.</summary>
    public string Text => _process.Text;

    public static async Task<LocalCluster> StartAsync(int nodes, string settings = "")
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("actorphysics-show-");
        int basePort = FreePortRange(nodes);
        string config = Path.Combine(folder.FullName, "test.conf");
        await File.WriteAllTextAsync(config, $$"""
            actorphysics {
              journal { segment-bytes = 8 MiB, disk-reserve-bytes = 4 MiB }
              {{settings}}
            }
            """);
        CliProcess process = CliProcess.Start("cluster", "--nodes", $"{nodes}", "--data", Path.Combine(folder.FullName, "data"), "--base-port", $"{basePort}", "--config", config);
        await process.SaysAsync("ready: ");
        return new LocalCluster(folder, process, [.. Enumerable.Range(basePort, nodes).Select(port => new NodeAddress("127.0.0.1", port))]);
    }

    /// <summary>The process that is the node now, from lines like <c>n1: process 4711</c>.</summary>
    public int ProcessOf(int node)
    {
        string beginning = string.Create(CultureInfo.InvariantCulture, $"n{node}: process ");
        return Text.Split('\n')
            .Where(line => line.StartsWith(beginning, StringComparison.Ordinal) && int.TryParse(line.AsSpan(beginning.Length), CultureInfo.InvariantCulture, out _))
            .Select(line => int.Parse(line.AsSpan(beginning.Length), CultureInfo.InvariantCulture))
            .Last();
    }

    /// <summary>Waits until every node answers.</summary>
    public async Task IsWholeAsync()
    {
        await using ActorPhysicsClient client = await ConnectAsync();
        await Eventually.HoldsAsync(
            async () => (await client.StatusAsync()).All(report => report.Status is not null),
            () => $"some nodes do not come back:\n{Text}");
    }

    public Task<ActorPhysicsClient> ConnectAsync() =>
        ActorPhysicsClient.ConnectAsync(new ClientOptions { Nodes = Addresses, Name = "test", RequestTimeout = TimeSpan.FromSeconds(20) });

    /// <summary>Runs a client command against the cluster, for as long as it says itself that it waits.</summary>
    public Task<CliResult> RunAsync(params string[] arguments) =>
        Cli.RunAsync(TimeSpan.FromMinutes(12), [.. arguments, "--timeout", "30", "--nodes", string.Join(',', Addresses)]);

    public async ValueTask DisposeAsync()
    {
        await _process.TerminateAsync();
        await _process.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    internal static int FreePortRange(int count)
    {
        while (true)
        {
            int first = Random.Shared.Next(20_000, 32_000);
            TcpListener[] holders = [.. Enumerable.Range(first, count).Select(port => new TcpListener(IPAddress.Loopback, port))];
            try
            {
                Array.ForEach(holders, holder => holder.Start());
                return first;
            }
            catch (SocketException)
            {
                // One of them is taken; another range is tried.
            }
            finally
            {
                Array.ForEach(holders, holder => holder.Dispose());
            }
        }
    }
}
