using System.Collections.Immutable;
using System.CommandLine;
using System.Runtime.InteropServices;
using ActorPhysics.Client;
using ActorPhysics.Client.Control;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Wire.Requests;
using NodeReport = ActorPhysics.Client.NodeReport;

namespace ActorPhysics.Cli.Commands;

/// <summary>Runs a whole cluster on this machine, one process per node, for development and for trying crashes out.</summary>
internal static class ClusterCommand
{
    public static Command Create()
    {
        var nodes = new Option<int>("--nodes") { Description = "How many nodes.", DefaultValueFactory = _ => 3 };
        var data = new Option<string>("--data") { Description = "Where the nodes' data folders are.", DefaultValueFactory = _ => "data" };
        var basePort = new Option<int>("--base-port") { Description = "The first node's port; the others follow.", DefaultValueFactory = _ => 7101 };
        var config = new Option<string?>("--config") { Description = "A HOCON file that the nodes' configurations include, to change settings." };
        var restart = new Option<bool>("--restart") { Description = "Start a node again when its process dies.", DefaultValueFactory = _ => true };
        var spaces = new Option<bool>("--spaces") { Description = "Have a config group, so that there can be spaces.", DefaultValueFactory = _ => true };
        var command = new Command(
            "cluster",
            "Start node processes on loopback, print a line when they are ready, stop them on Ctrl-C. Example: actorphysics cluster --nodes 3 --data ./data --base-port 7101")
        {
            nodes, data, basePort, config, restart, spaces,
        };
        command.SetAction((parsed, _) => RunAsync(
            parsed.GetValue(nodes), parsed.GetValue(data)!, parsed.GetValue(basePort), parsed.GetValue(config), parsed.GetValue(restart), parsed.GetValue(spaces)));
        return command;
    }

    private static async Task<int> RunAsync(int count, string data, int basePort, string? config, bool restart, bool withSpaces)
    {
        if (count is < 1 or > 15 || basePort < 1 || basePort + count - 1 > ushort.MaxValue)
        {
            throw new ArgumentException("a local cluster has 1 to 15 nodes, on ports up to 65535");
        }

        var stop = new CancellationTokenSource();
        using PosixSignalRegistration interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        Directory.CreateDirectory(data);
        string[] files = LocalClusterFiles.Write(Path.GetFullPath(data), count, basePort, config, withSpaces);
        NodeProcess[] processes = [.. files.Select((file, index) => new NodeProcess($"n{index + 1}", file, restart))];
        Task<int>[] running = [.. processes.Select(process => process.RunAsync(stop.Token))];
        ImmutableArray<NodeAddress> addresses = [.. Enumerable.Range(0, count).Select(index => new NodeAddress("127.0.0.1", basePort + index))];
        Task ready = AnnounceAsync(addresses, stop.Token);
        Task<int> firstEnd = await Task.WhenAny(running).ConfigureAwait(false);
        int code = await firstEnd.ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(running).ConfigureAwait(false);
        await ready.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return code;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private static async Task AnnounceAsync(ImmutableArray<NodeAddress> addresses, CancellationToken cancellation)
    {
        string list = string.Join(",", addresses);
        while (!cancellation.IsCancellationRequested)
        {
            if (await IsReadyAsync(addresses, cancellation).ConfigureAwait(false))
            {
                Console.WriteLine($"ready: --nodes {list}");
                return;
            }

            await Task.Delay(100, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Whether every group has a leader and, where there is a config group, that knows every node.</summary>
    private static async Task<bool> IsReadyAsync(ImmutableArray<NodeAddress> addresses, CancellationToken cancellation)
    {
        try
        {
            await using ActorPhysicsClient client = await ActorPhysicsClient.ConnectAsync(new ClientOptions { Nodes = addresses, Name = "cluster" }, cancellation).ConfigureAwait(false);
            ImmutableArray<NodeReport> reports = await client.StatusAsync(cancellation: cancellation).ConfigureAwait(false);
            IEnumerable<GroupStatus> groups = reports.Where(report => report.Status is not null).SelectMany(report => report.Status!.Groups);
            return reports.All(report => report.Status is not null)
                && await KnowsAllNodesAsync(client, reports, cancellation).ConfigureAwait(false)
                && groups.GroupBy(group => group.Group).All(group => group.Any(status => status.Replicas.Any(replica => replica.IsLocal && replica.Role == ReplicaRole.Leader)));
        }
        catch (ClusterUnreachableException)
        {
            return false;
        }
    }

    private static async Task<bool> KnowsAllNodesAsync(ActorPhysicsClient client, ImmutableArray<NodeReport> reports, CancellationToken cancellation)
    {
        if (reports.All(report => report.Status is not { } status || status.ConfigGroup == default))
        {
            return true;
        }

        try
        {
            ImmutableArray<NodeAnswer> known = await new ControlClient(client).NodesAsync(cancellation).ConfigureAwait(false);
            return reports.All(report => known.Any(answer => answer.Node.Node == report.Status?.Node && answer.Node.AbsentSince is null));
        }
        catch (RequestException)
        {
            return false;
        }
    }
}
