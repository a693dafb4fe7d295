using System.Diagnostics;
using System.Globalization;

namespace ActorPhysics.Cli.Tests;

/// <summary>The cluster on one machine, which one command runs.</summary>
public sealed class ClusterCommandTests
{
    [Fact]
    public async Task A_cluster_says_when_it_is_ready_restarts_a_killed_node_keeps_its_data_and_ends_with_its_nodes()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("actorphysics-cluster-");
        int basePort = LocalCluster.FreePortRange(3);
        string[] command = ["cluster", "--nodes", "3", "--data", folder.FullName, "--base-port", $"{basePort}"];
        string nodes = $"127.0.0.1:{basePort},127.0.0.1:{basePort + 2}";

        await using (CliProcess cluster = CliProcess.Start(command))
        {
            await cluster.SaysAsync("ready: ");
            CliResult put = await Cli.RunAsync("put", "k", "v", "--nodes", nodes);
            Assert.True(put.ExitCode == 0, put.ToString());

            int[] processes = ProcessesIn(cluster.Text);
            Assert.Equal(3, processes.Length);
            Process.GetProcessById(processes[1]).Kill();
            await cluster.SaysAsync($"process {processes[1]} ended");
            await Eventually.HoldsAsync(() => Task.FromResult(ProcessesIn(cluster.Text).Length == 4), () => cluster.Text);

            Assert.Equal(0, await cluster.TerminateAsync());
            Assert.All(ProcessesIn(cluster.Text), process => Assert.False(IsAlive(process), $"process {process} outlived its cluster"));
        }

        await using (CliProcess again = CliProcess.Start(command))
        {
            await again.SaysAsync("ready: ");
            CliResult get = await Cli.RunAsync("get", "k", "--nodes", nodes);
            Assert.Equal((0, "v\n"), (get.ExitCode, get.Output));
            Assert.Equal(0, await again.TerminateAsync());
        }

        CliResult history = await Cli.RunAsync(["history", .. Directory.GetDirectories(folder.FullName)]);
        Assert.True(history.ExitCode == 0, history.ToString());
        folder.Delete(recursive: true);
    }

    /// <summary>The processes that were started, from lines like <c>n1: process 4711</c>.</summary>
    private static int[] ProcessesIn(string text) =>
    [
        .. text.Split('\n')
            .Select(line => line.Split(": process "))
            .Where(parts => parts.Length == 2 && int.TryParse(parts[1], CultureInfo.InvariantCulture, out _))
            .Select(parts => int.Parse(parts[1], CultureInfo.InvariantCulture)),
    ];

    private static bool IsAlive(int process)
    {
        try
        {
            using Process found = Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
