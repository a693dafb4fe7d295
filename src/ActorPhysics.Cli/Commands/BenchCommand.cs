using System.CommandLine;
using System.Text.Json;
using ActorPhysics.Cli.Bench;
using ActorPhysics.Hosting.Nodes;
using Spectre.Console;

namespace ActorPhysics.Cli.Commands;

/// <summary>Measures a running cluster.</summary>
internal static class BenchCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static Command Create()
    {
        var command = new Command("bench", "Measure a cluster: throughput and latencies. Example: actorphysics bench write --clients 64 --seconds 10");
        command.Subcommands.Add(CreateKind("write", "Store values under random keys, each acknowledged under a commit certificate.", reads: false));
        command.Subcommands.Add(CreateKind("read", "Read random keys.", reads: true));
        command.Subcommands.Add(CreateIdle());
        return command;
    }

    private static Command CreateKind(string name, string description, bool reads)
    {
        var clients = new Option<int>("--clients") { Description = "Requests under way at once.", DefaultValueFactory = _ => 64 };
        var connections = new Option<int>("--connections") { Description = "Connections (each with a session of its own) that share them.", DefaultValueFactory = _ => 1 };
        var seconds = new Option<double>("--seconds") { Description = "How long to measure, after the warm-up.", DefaultValueFactory = _ => 5 };
        var warmUp = new Option<double>("--warm-up-seconds") { Description = "How long to run before measuring.", DefaultValueFactory = _ => 1 };
        var valueBytes = new Option<int>("--value-bytes") { Description = "The size of each value.", DefaultValueFactory = _ => 256 };
        var keys = new Option<int>("--keys") { Description = "How many different keys.", DefaultValueFactory = _ => 10_000 };
        var level = new Option<string>("--level") { Description = "Of reads: strong, lease or follower.", DefaultValueFactory = _ => "strong" };
        level.AcceptOnlyFromAmong("strong", "lease", "follower");
        var json = new Option<bool>("--json") { Description = "Print one JSON line." };
        var access = new ClusterAccess();
        var command = new Command(name, description) { clients, connections, seconds, warmUp, valueBytes, keys, json };
        if (reads)
        {
            command.Options.Add(level);
        }

        access.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var plan = new BenchPlan(
                reads, parsed.GetValue(level) ?? "strong", parsed.GetValue(clients), parsed.GetValue(connections), TimeSpan.FromSeconds(parsed.GetValue(warmUp)),
                TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(valueBytes), parsed.GetValue(keys), access.GroupOf(parsed), parsed.GetValue(access.Space));
            BenchReport report = parsed.GetValue(json) || Console.IsOutputRedirected
                ? await BenchRun.RunAsync(plan, access.OptionsOf(parsed), progress: null, cancellation).ConfigureAwait(false)
                : await WithProgressAsync(plan, access, parsed, cancellation).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(report, Json));
            }
            else
            {
                Print(report);
            }

            return report.Operations > 0 ? ExitCodes.Done : ExitCodes.Unavailable;
        });
        return command;
    }

    private static Command CreateIdle()
    {
        var groups = new Option<int>("--groups") { Description = "How many groups.", DefaultValueFactory = _ => 10_000 };
        var nodes = new Option<int>("--nodes") { Description = "How many node processes; each holds a replica of every group.", DefaultValueFactory = _ => 3 };
        var seconds = new Option<double>("--seconds") { Description = "How long to watch them do nothing.", DefaultValueFactory = _ => 30 };
        var writes = new Option<int>("--writes") { Description = "How many silent groups to write to, one after another.", DefaultValueFactory = _ => 200 };
        var machine = new Option<string>("--machine") { Description = "The groups' state machine.", DefaultValueFactory = _ => "kv" };
        var basePort = new Option<int>("--base-port") { Description = "The first node's port; the others follow.", DefaultValueFactory = _ => 7401 };
        var data = new Option<string?>("--data") { Description = "An empty folder for the nodes; a temporary one if not given." };
        var verbose = new Option<bool>("--verbose") { Description = "Show the nodes' own log." };
        var json = new Option<bool>("--json") { Description = "Print one JSON line." };
        var command = new Command("idle", "Start a cluster of many groups on this machine and measure what they cost while nobody asks them anything.")
        {
            groups, nodes, seconds, writes, machine, basePort, data, verbose, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            string folder = parsed.GetValue(data) ?? Directory.CreateTempSubdirectory("actorphysics-idle-").FullName;
            var plan = new IdlePlan(
                Math.Clamp(parsed.GetValue(groups), 1, 1_000_000), Math.Clamp(parsed.GetValue(nodes), 1, 15), TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                Math.Clamp(parsed.GetValue(writes), 1, parsed.GetValue(groups)), parsed.GetValue(machine)!, parsed.GetValue(basePort), folder, parsed.GetValue(verbose));
            IdleReport report = await new IdleRun(plan, Console.Error.WriteLine).RunAsync(cancellation).ConfigureAwait(false);
            if (parsed.GetValue(data) is null)
            {
                Directory.Delete(folder, recursive: true);
            }

            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(report, Json));
            }
            else
            {
                Print(report);
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static void Print(IdleReport report)
    {
        Console.WriteLine($"{report.Groups:N0} groups x {report.Nodes.Length} replicas: started in {report.StartSeconds:N1} s, again from the disk in {report.RestartSeconds:N1} s, silent {report.SilentAfterSeconds:N1} s later");
        foreach (IdleNode node in report.Nodes)
        {
            Console.WriteLine($"{node.Name}: {node.CpuPercent:N2} % of a core over {report.Seconds:N0} s, {node.WorkingSetMiB:N0} MiB, {node.KiBPerGroup:N1} KiB a group");
        }

        Console.WriteLine($"together: {report.CpuPercentTogether:N2} % of a core");
        Console.WriteLine($"write to a silent group, ms: first contact p50 {report.FirstP50Ms:N1}, p99 {report.FirstP99Ms:N1}, max {report.FirstMaxMs:N1}; again p50 {report.AgainP50Ms:N1}, p99 {report.AgainP99Ms:N1}, max {report.AgainMaxMs:N1} ({report.Writes} groups)");
    }

    private static Task<BenchReport> WithProgressAsync(BenchPlan plan, ClusterAccess access, ParseResult parsed, CancellationToken cancellation) =>
        AnsiConsole.Progress().StartAsync(async context =>
        {
            ProgressTask bar = context.AddTask("measuring", maxValue: 1);
            return await BenchRun.RunAsync(plan, access.OptionsOf(parsed), fraction => bar.Value = fraction, cancellation).ConfigureAwait(false);
        });

    private static void Print(BenchReport report)
    {
        Console.WriteLine($"{report.Kind}: {report.PerSecond:N0}/s with {report.Clients} clients on {report.Connections} connections, {report.ValueBytes} bytes");
        Console.WriteLine($"latency ms: p50 {report.P50Ms:N3}, p99 {report.P99Ms:N3}, p99.9 {report.P999Ms:N3}, max {report.MaxMs:N3}");
        Console.WriteLine($"{report.Operations:N0} operations in {report.Seconds:N2} s, {report.Errors} errors");
        if (report.FirstError is not null)
        {
            Console.WriteLine($"first error: {report.FirstError}");
        }
    }
}
