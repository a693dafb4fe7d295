using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using ActorPhysics.Client;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Machines;
using ActorPhysics.Wire.Requests;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Cli.Bench;

/// <summary>What to measure: groups that nobody asks anything.</summary>
internal sealed record IdlePlan(int Groups, int Nodes, TimeSpan Duration, int Writes, string Machine, int BasePort, string Data, bool Verbose);

/// <summary>One node process while nothing was asked.</summary>
/// <param name="CpuPercent">Of one core.</param>
internal sealed record IdleNode(string Name, double CpuPercent, double WorkingSetMiB, double KiBPerGroup);

/// <summary>What was measured. Cold writes: each to a group of its own that was silent; the first contact includes finding its leader and opening a session.</summary>
internal sealed record IdleReport(
    int Groups, double StartSeconds, double RestartSeconds, double SilentAfterSeconds, double Seconds, ImmutableArray<IdleNode> Nodes, double CpuPercentTogether,
    int Writes, double FirstP50Ms, double FirstP99Ms, double FirstMaxMs, double AgainP50Ms, double AgainP99Ms, double AgainMaxMs);

/// <summary>
/// Starts a cluster of node processes with many groups, waits until all have fallen silent, and then measures what they cost and how long a write to one of
/// them takes.
/// </summary>
internal sealed class IdleRun(IdlePlan plan, Action<string> tell)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    public async Task<IdleReport> RunAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(plan.Data);
        string groups = Path.Combine(plan.Data, "groups.conf");
        await File.WriteAllTextAsync(groups, GroupsOf(plan), cancellation).ConfigureAwait(false);
        string[] files = LocalClusterFiles.Write(Path.GetFullPath(plan.Data), plan.Nodes, plan.BasePort, groups, withSpaces: false);
        (double startSeconds, double silentSeconds, _) = await WithClusterAsync(files, _ => Task.FromResult(0), cancellation).ConfigureAwait(false);
        tell($"all {plan.Groups} groups had leaders after {startSeconds:0.0} s; stopped, and started again from the disk");
        (double restartSeconds, silentSeconds, Measured measured) = await WithClusterAsync(files, processes => MeasureAsync(processes, cancellation), cancellation).ConfigureAwait(false);
        return new IdleReport(
            plan.Groups, startSeconds, restartSeconds, silentSeconds, plan.Duration.TotalSeconds, measured.Nodes, measured.Nodes.Sum(node => node.CpuPercent), measured.First.Length,
            Percentile(measured.First, 0.5), Percentile(measured.First, 0.99), Percentile(measured.First, 1),
            Percentile(measured.Again, 0.5), Percentile(measured.Again, 0.99), Percentile(measured.Again, 1));
    }

    private sealed record Measured(ImmutableArray<IdleNode> Nodes, double[] First, double[] Again);

    private ImmutableArray<NodeAddress> Addresses => [.. Enumerable.Range(0, plan.Nodes).Select(index => new NodeAddress("127.0.0.1", plan.BasePort + index))];

    private async Task<(double StartSeconds, double SilentSeconds, T Result)> WithClusterAsync<T>(string[] files, Func<NodeProcess[], Task<T>> use, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        LogLevel level = plan.Verbose ? LogLevel.Information : LogLevel.Warning;
        NodeProcess[] processes = [.. files.Select((file, index) => new NodeProcess($"n{index + 1}", file, restart: false, level))];
        Task<int>[] running = [.. processes.Select(process => process.RunAsync(stop.Token))];
        try
        {
            double ready = await WaitAsync("know a leader", status => status.Groups.Count(group => group.LeaderNode != default), cancellation).ConfigureAwait(false);
            double silent = await WaitAsync("are silent", status => status.GroupsSilent, cancellation).ConfigureAwait(false);
            return (ready, silent, await use(processes).ConfigureAwait(false));
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Until all nodes count all groups.</summary>
    private async Task<double> WaitAsync(string what, Func<NodeStatus, int> count, CancellationToken cancellation)
    {
        long began = Stopwatch.GetTimestamp();
        string told = "";
        while (true)
        {
            try
            {
                await using ActorPhysicsClient client = await ActorPhysicsClient.ConnectAsync(OptionsOf("idle-watch"), cancellation).ConfigureAwait(false);
                ImmutableArray<NodeReport> reports = await client.StatusAsync(cancellation: cancellation).ConfigureAwait(false);
                int[] counts = [.. reports.Select(report => report.Status is { } status ? count(status) : 0)];
                if (counts.Length == plan.Nodes && counts.All(each => each == plan.Groups))
                {
                    return Stopwatch.GetElapsedTime(began).TotalSeconds;
                }

                string now = $"groups that {what}: {string.Join(", ", counts)} of {plan.Groups}";
                if (now != told)
                {
                    tell(told = now);
                }
            }
            catch (ClusterUnreachableException)
            {
                // Not up yet.
            }

            if (Stopwatch.GetElapsedTime(began) > Patience)
            {
                throw new TimeoutException($"after {Patience.TotalMinutes:0} minutes not all groups {what}");
            }

            await Task.Delay(TimeSpan.FromSeconds(1), cancellation).ConfigureAwait(false);
        }
    }

    private async Task<Measured> MeasureAsync(NodeProcess[] processes, CancellationToken cancellation)
    {
        // What the status took is given back first.
        await Task.Delay(TimeSpan.FromSeconds(2), cancellation).ConfigureAwait(false);
        tell($"nothing is asked for {plan.Duration.TotalSeconds:0} s");
        TimeSpan[] before = [.. processes.Select(CpuOf)];
        long began = Stopwatch.GetTimestamp();
        await Task.Delay(plan.Duration, cancellation).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        ImmutableArray<IdleNode> nodes = [.. processes.Select((process, index) => NodeOf(process, (CpuOf(process) - before[index]).TotalSeconds / seconds))];

        await using ActorPhysicsClient client = await ActorPhysicsClient.ConnectAsync(OptionsOf("idle-writer"), cancellation).ConfigureAwait(false);
        GroupId[] cold = [.. Enumerable.Range(0, plan.Writes).Select(index => new GroupId((ulong)(1 + (int)((long)index * plan.Groups / plan.Writes))))];
        double[] first = await WriteAsync(client, cold, cancellation).ConfigureAwait(false);
        await WaitAsync("are silent again", status => status.GroupsSilent, cancellation).ConfigureAwait(false);
        double[] again = await WriteAsync(client, cold, cancellation).ConfigureAwait(false);
        return new Measured(nodes, first, again);
    }

    private async Task<double[]> WriteAsync(ActorPhysicsClient client, GroupId[] groups, CancellationToken cancellation)
    {
        tell($"one write to each of {groups.Length} silent groups");
        var latencies = new double[groups.Length];
        for (int i = 0; i < groups.Length; i++)
        {
            long before = Stopwatch.GetTimestamp();
            await client.WriteAsync(groups[i], KvCommands.Put("cold", "written"u8.ToArray()), cancellation: cancellation).ConfigureAwait(false);
            latencies[i] = Stopwatch.GetElapsedTime(before).TotalMilliseconds;
        }

        Array.Sort(latencies);
        return latencies;
    }

    private IdleNode NodeOf(NodeProcess process, double cores)
    {
        double bytes = process.Running?.WorkingSet64 ?? 0;
        return new IdleNode(process.Name, cores * 100, bytes / (1 << 20), bytes / 1024 / plan.Groups);
    }

    private static TimeSpan CpuOf(NodeProcess process)
    {
        Process running = process.Running ?? throw new IOException($"{process.Name} has ended");
        running.Refresh();
        return running.TotalProcessorTime;
    }

    private ClientOptions OptionsOf(string name) => new() { Nodes = Addresses, Name = name };

    private static double Percentile(double[] sorted, double part) => sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(part * sorted.Length))];

    private static string GroupsOf(IdlePlan plan)
    {
        var text = new StringBuilder("actorphysics.groups = [\n");
        for (int group = 1; group <= plan.Groups; group++)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {{ id = {group}, name = \"g{group}\", machine = \"{plan.Machine}\" }}\n");
        }

        return text.Append("]\n").ToString();
    }
}
