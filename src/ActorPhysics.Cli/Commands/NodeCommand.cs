using System.CommandLine;
using System.Runtime.InteropServices;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Nodes;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Cli.Commands;

/// <summary>Runs one node until it is told to stop.</summary>
internal static class NodeCommand
{
    public static Command Create()
    {
        var config = new Option<string>("--config", "-c") { Description = "The node's HOCON file.", Required = true };
        var untilInputEnds = new Option<bool>("--until-input-ends") { Description = "Stop when standard input ends: for a parent process." };
        var verbosity = new Option<LogLevel>("--log-level") { Description = "The least level that is logged.", DefaultValueFactory = _ => LogLevel.Information };
        var command = new Command("node", "Run one node. Example: actorphysics node --config hocon/local-1.conf") { config, untilInputEnds, verbosity };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(config)!, parsed.GetValue(untilInputEnds), parsed.GetValue(verbosity)));
        return command;
    }

    private static async Task<int> RunAsync(string path, bool untilInputEnds, LogLevel verbosity)
    {
        NodeOptions options = NodeOptions.Load(path);
        using ILoggerFactory loggers = LoggerFactory.Create(logging => logging
            .SetMinimumLevel(verbosity)
            .AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "HH:mm:ss.fff ";
            }));
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        if (untilInputEnds)
        {
            _ = WatchInputAsync(stop);
        }

        await using var node = new Node(options, StateMachineRegistry.WithBuiltIns(), loggers);
        await node.StartAsync().ConfigureAwait(false);
        Console.WriteLine($"node {options.OwnNode.Name} serves at {node.Address}");
        await Task.WhenAny(stop.Task, node.Completion).ConfigureAwait(false);
        if (node.Completion.IsFaulted)
        {
            Console.Error.WriteLine($"error: {node.Completion.Exception!.InnerException!.Message}");
            return ExitCodes.JournalFailed;
        }

        await node.StopAsync().ConfigureAwait(false);
        return ExitCodes.Done;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.TrySetResult();
        }
    }

    private static async Task WatchInputAsync(TaskCompletionSource stop)
    {
        using Stream input = Console.OpenStandardInput();
        var buffer = new byte[64];
        while (await input.ReadAsync(buffer).ConfigureAwait(false) > 0)
        {
            // Whatever is said is not for us; only the end counts.
        }

        stop.TrySetResult();
    }
}
