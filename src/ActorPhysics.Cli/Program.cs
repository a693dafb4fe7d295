using System.CommandLine;
using ActorPhysics.Cli;
using ActorPhysics.Cli.Commands;
using ActorPhysics.Hosting.Nodes;

// Completions of sockets run on the thread that saw them: measured, each hop between threads costs more than an fsync. It must be set
// before the first socket exists.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

var root = new RootCommand(
    """
    ActorPhysics: replicated state machines with proofs.

    Examples:
      actorphysics cluster --nodes 3 --data ./data --base-port 7101
      actorphysics put greeting hello --nodes 127.0.0.1:7101
      actorphysics get greeting --level follower --nodes 127.0.0.1:7102
      actorphysics status --json --nodes 127.0.0.1:7101,127.0.0.1:7102,127.0.0.1:7103
      actorphysics members 1 replace n2 --with n4 --nodes 127.0.0.1:7101
      actorphysics spaces create orders --shards 8 --nodes 127.0.0.1:7101
      actorphysics put invoice-17 paid --space orders --nodes 127.0.0.1:7101
      actorphysics split orders --into 64 --nodes 127.0.0.1:7101
      actorphysics bench write --clients 64 --seconds 10 --nodes 127.0.0.1:7101
      actorphysics simulate --minutes 5
      actorphysics history ./data/n1 ./data/n2 ./data/n3
      actorphysics check --model register history.jsonl

    Exit codes: 0 done; 1 the answer is no (missing key, mismatch, refused, audit failed); 2 wrong command line or configuration (64 with check, where 2 is undecided);
    3 the node could not start; 4 no node answered, or the outcome is unknown; 5 the journal failed while the node ran.
    """)
{
    NodeCommand.Create(),
    ClusterCommand.Create(),
    KeyCommands.Put(),
    KeyCommands.Get(),
    KeyCommands.Delete(),
    KeyCommands.CompareAndSet(),
    StatusCommand.Create(),
    TransferCommand.Create(),
    MembersCommand.Create(),
    RecoverCommand.Create(),
    NodesCommand.Create(),
    NodesCommand.CreateDrain(),
    SpacesCommand.Create(),
    SpacesCommand.CreateShards(),
    ReshardCommands.CreateSplit(),
    ReshardCommands.CreateMerge(),
    ReshardCommands.CreateMove(),
    HistoryCommand.Create(),
    BenchCommand.Create(),
    SimulateCommand.Create(),
    CheckCommand.Create(),
    ExploreCommand.Create(),
};
ParseResult parsed = root.Parse(args);
int misused = parsed.CommandResult.Command.Name == CheckCommand.Name ? CheckCommand.Misused : ExitCodes.Usage;
return parsed.Errors.Count > 0
    ? Failures.ReportUsage(parsed.Errors.Select(error => error.Message), misused)
    : await Failures.GuardAsync(() => parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }), misused).ConfigureAwait(false);
