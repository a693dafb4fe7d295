using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ActorPhysics.Client;

namespace ActorPhysics.Cli.Tests;

/// <summary>Nodes in processes of their own, three unless it is said, at default settings but for small journal files. Nodes are numbered from 1.</summary>
internal sealed class NodeProcesses : IAsyncDisposable
{
    public const int Count = 3;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("actorphysics-processes-");
    private readonly CliProcess?[] _processes;

    /// <param name="count">How many nodes.</param>
    /// <param name="settings">HOCON inside the section <c>actorphysics</c>, the same for all nodes.</param>
    public NodeProcesses(int count = Count, string settings = "")
    {
        _processes = new CliProcess?[count];
        Ports = FreePorts(count);
        Addresses = [.. Ports.Select(port => new NodeAddress("127.0.0.1", port))];
        IEnumerable<string> nodes = Ports.Select((port, index) =>
            string.Create(CultureInfo.InvariantCulture, $"{{ id = {index + 1}, name = n{index + 1}, address = \"127.0.0.1:{port}\" }}"));
        Write("common.conf", $$"""
            actorphysics {
              cluster { id = processes, nodes = [ {{string.Join(", ", nodes)}} ] }
              journal { segment-bytes = 8 MiB, disk-reserve-bytes = 4 MiB }
              snapshots.every-log-bytes = 2 MiB
              {{settings}}
            }
            """);
        for (int node = 1; node <= count; node++)
        {
            Write($"n{node}.conf", $$"""
                include required(file("common.conf"))
                actorphysics.node { id = {{node}}, data-dir = "{{DataOf(node)}}" }
                """);
        }
    }

    public int[] Ports { get; }

    public ImmutableArray<NodeAddress> Addresses { get; }

    /// <summary>The addresses as the command takes them.</summary>
    public string Nodes => string.Join(',', Addresses);

    public string DataOf(int node) => Path.Combine(_folder.FullName, $"n{node}");

    public string ConfigOf(int node) => Path.Combine(_folder.FullName, $"n{node}.conf");

    /// <returns>The file's path.</returns>
    public string Write(string name, string text)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    public Task StartAllAsync() => Task.WhenAll(Enumerable.Range(1, _processes.Length).Select(StartAsync));

    public async Task StartAsync(int node)
    {
        CliProcess process = CliProcess.Start("node", "--config", ConfigOf(node), "--until-input-ends", "--log-level", "Warning");
        _processes[node - 1] = process;
        await process.SaysAsync("serves at");
    }

    public async Task KillAsync(int node)
    {
        CliProcess process = Take(node);
        await process.KillAsync();
        await process.DisposeAsync();
    }

    /// <summary>Stops a node in good order.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync(int node)
    {
        CliProcess process = Take(node);
        int code = await process.EndInputAsync();
        await process.DisposeAsync();
        return code;
    }

    public Task<ActorPhysicsClient> ConnectAsync() =>
        ActorPhysicsClient.ConnectAsync(new ClientOptions { Nodes = Addresses, Name = "test", RequestTimeout = TimeSpan.FromSeconds(20) });

    /// <summary>Runs a client command against the nodes.</summary>
    public Task<CliResult> RunAsync(params string[] arguments) => Cli.RunAsync([.. arguments, "--nodes", Nodes]);

    public async ValueTask DisposeAsync()
    {
        foreach (CliProcess process in _processes.OfType<CliProcess>())
        {
            await process.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    public static int[] FreePorts(int count)
    {
        // All are held at once, so that none is given out twice.
        TcpListener[] holders = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        Array.ForEach(holders, holder => holder.Start());
        int[] ports = [.. holders.Select(holder => ((IPEndPoint)holder.LocalEndpoint).Port)];
        Array.ForEach(holders, holder => holder.Dispose());
        return ports;
    }

    private CliProcess Take(int node)
    {
        CliProcess process = _processes[node - 1] ?? throw new InvalidOperationException($"node {node} does not run");
        _processes[node - 1] = null;
        return process;
    }
}

/// <summary>Polls a condition until it holds.</summary>
internal static class Eventually
{
    public static async Task HoldsAsync(Func<Task<bool>> condition, Func<string> complaint)
    {
        using var deadline = new CancellationTokenSource(Cli.Patience);
        while (!await condition())
        {
            Assert.False(deadline.IsCancellationRequested, complaint());
            await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
        }
    }
}
