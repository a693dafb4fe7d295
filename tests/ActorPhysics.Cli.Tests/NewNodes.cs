using System.Globalization;
using ActorPhysics.Client;

namespace ActorPhysics.Cli.Tests;

/// <summary>Nodes that join a running cluster: each knows the cluster's name, its config group, and the first nodes as seeds.</summary>
internal sealed class NewNodes(LocalCluster cluster) : IAsyncDisposable
{
    private readonly SortedDictionary<int, CliProcess> _processes = [];

    public bool Has(int node) => _processes.ContainsKey(node);

    public async Task StartAsync(int node)
    {
        string seeds = string.Concat(cluster.Addresses.Select((address, index) => Line(index + 1, address)));
        string file = Path.Combine(cluster.Folder, string.Create(CultureInfo.InvariantCulture, $"new-n{node}.conf"));
        string settings = await File.ReadAllTextAsync(Path.Combine(cluster.Folder, "data", "cluster.conf"));
        string clusterId = settings.Split('"').First(part => part.StartsWith("local-", StringComparison.Ordinal));
        string founders = string.Join(", ", Enumerable.Range(1, cluster.Addresses.Length));
        await File.WriteAllTextAsync(file, $$"""
            actorphysics {
              journal { segment-bytes = 8 MiB, disk-reserve-bytes = 4 MiB }
              cluster { id = "{{clusterId}}", nodes = [
            {{seeds}}{{Line(node, new NodeAddress("127.0.0.1", NodeProcesses.FreePorts(1)[0]))}}  ] }
              node { id = {{node}}, data-dir = "{{Path.Combine(cluster.Folder, string.Create(CultureInfo.InvariantCulture, $"new-n{node}"))}}" }
              config { group = 2 }
              groups = [ { id = 2, name = config, machine = config, members = [{{founders}}] } ]
            }
            """);
        await RunAsync(node, file);
    }

    /// <summary>As a crash of the machine would: it is killed, and starts again from its disk.</summary>
    public async Task KillAsync(int node)
    {
        await _processes[node].KillAsync();
        await _processes[node].DisposeAsync();
        await RunAsync(node, Path.Combine(cluster.Folder, string.Create(CultureInfo.InvariantCulture, $"new-n{node}.conf")));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (CliProcess process in _processes.Values)
        {
            await process.DisposeAsync();
        }
    }

    private async Task RunAsync(int node, string file)
    {
        CliProcess process = CliProcess.Start("node", "--config", file, "--until-input-ends", "--log-level", "Warning");
        _processes[node] = process;
        await process.SaysAsync("serves at");
    }

    private static string Line(int node, NodeAddress address) =>
        string.Create(CultureInfo.InvariantCulture, $"    {{ id = {node}, name = n{node}, address = \"{address}\" }}\n");
}
