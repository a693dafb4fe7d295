using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Globalization;
using ActorPhysics.Cli.Mutants;
using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Simulation.Exploration;

namespace ActorPhysics.Cli.Commands;

/// <summary>Visits every state that the shipped line stepper can reach within a scope.</summary>
internal static class ExploreCommand
{
    private const int BoundReached = 2;
    private const string FigureEight = "figure-8";
    private const string JointChange = "joint-change";
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var scope = new Option<string?>("--scope") { Description = "A named scope: figure-8 or joint-change. Other options change it." };
        scope.AcceptOnlyFromAmong(FigureEight, JointChange);
        Option<int?> replicas = Count("--replicas", "Voters of one majority group (3).");
        Option<int?> epochs = Count("--epochs", "The highest leader epoch that is opened (3).");
        Option<int?> commands = Count("--commands", "Client commands (2).");
        Option<int?> change = Count("--change", "Voters that a membership change replaces by newcomers (0).");
        Option<int?> changes = Count("--changes", "With --change: how often a leader is asked for it (1).");
        Option<int?> crashes = Count("--crashes", "Processes that die and start again (1).");
        Option<int?> heartbeats = Count("--heartbeats", "Heartbeat timers that fire (0).");
        Option<int?> inFlight = Count("--in-flight", "At most so many messages under way, each arriving once. Without it, any message may arrive any number of times.");
        Option<int?> duplicates = Count("--duplicates", "With --in-flight: messages that arrive once more (0).");
        Option<int?> drops = Count("--drops", "With --in-flight: messages that are lost without taking a place (0).");
        Option<int?> batch = Count("--batch-entries", "Entries that one append carries at most (256).");
        var refusals = new Option<bool>("--refusals") { Description = "Candidates and deposed leaders hear that they are refused." };
        var lag = new Option<bool>("--disk-lag") { Description = "Writes may stay off the disk while their replica goes on." };
        var noSymmetry = new Option<bool>("--no-symmetry") { Description = "Visit states that differ only in the names of replicas apart." };
        Option<int?> memory = Count("--memory", "GiB for states and their table (4).");
        var maximumStates = new Option<long?>("--max-states") { Description = "End after so many distinct states." };
        Option<int?> workers = Count("--workers", "Threads (all cores). Results do not depend on it.");
        var mutant = new Option<string?>("--mutant") { Description = "Explore a test build with this bug of tests/mutants instead." };
        var command = new Command(
            "explore",
            "Search all interleavings of the shipped line protocol within a scope. Exit code 0: exhausted and clean; 1: a violation, with a shortest trace; "
            + "2: a bound was reached. Example: actorphysics explore --replicas 3 --epochs 3 --commands 1")
        {
            scope, replicas, epochs, commands, change, changes, crashes, heartbeats, inFlight, duplicates, drops, batch, refusals, lag, noSymmetry, memory, maximumStates, workers, mutant,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(mutant) is { } bug)
            {
                return await ExploreProcess.RunAsync(bug, ArgumentsWithout(parsed, mutant), Console.Out, cancellation).ConfigureAwait(false);
            }

            ExplorationScope named = parsed.GetValue(scope) switch
            {
                FigureEight => ExplorationScope.FigureEight,
                JointChange => ExplorationScope.JointChange,
                _ => new ExplorationScope(),
            };
            bool bounded = parsed.GetValue(inFlight) is not null || parsed.GetValue(duplicates) is not null || parsed.GetValue(drops) is not null;
            ExplorationScope chosen = named with
            {
                Replicas = parsed.GetValue(replicas) ?? named.Replicas,
                Epochs = parsed.GetValue(epochs) ?? named.Epochs,
                Commands = parsed.GetValue(commands) ?? named.Commands,
                Replaced = parsed.GetValue(change) ?? named.Replaced,
                Changes = parsed.GetValue(changes) ?? named.Changes,
                Crashes = parsed.GetValue(crashes) ?? named.Crashes,
                Heartbeats = parsed.GetValue(heartbeats) ?? named.Heartbeats,
                Network = bounded ? NetworkModel.Bounded : named.Network,
                InFlight = parsed.GetValue(inFlight) ?? named.InFlight,
                Duplicates = parsed.GetValue(duplicates) ?? 0,
                Drops = parsed.GetValue(drops) ?? 0,
                BatchEntries = parsed.GetValue(batch) ?? named.BatchEntries,
                Refusals = parsed.GetValue(refusals),
                DiskLag = parsed.GetValue(lag),
                Symmetry = !parsed.GetValue(noSymmetry),
            };
            var limits = new ExplorationLimits();
            return Explore(chosen, limits with
            {
                MemoryBytes = parsed.GetValue(memory) is { } gibibytes ? (long)gibibytes << 30 : limits.MemoryBytes,
                MaximumStates = parsed.GetValue(maximumStates) ?? limits.MaximumStates,
                Workers = parsed.GetValue(workers) ?? limits.Workers,
            });
        });
        return command;
    }

    /// <summary>What was typed, but for one option and its value.</summary>
    private static IEnumerable<string> ArgumentsWithout(ParseResult parsed, Option option)
    {
        IReadOnlyList<Token> left = parsed.GetResult(option) is { IdentifierToken: { } name } given ? [name, .. given.Tokens] : [];
        return parsed.Tokens.Where(token => !left.Contains(token)).Select(token => token.Value);
    }

    private static int Explore(ExplorationScope scope, ExplorationLimits limits)
    {
        var explorer = new Explorer(scope, limits);
        Console.WriteLine($"scope: {scope}");
        var clock = Stopwatch.StartNew();
        TimeSpan next = ReportInterval;
        ExplorationReport report = explorer.Run(progress =>
        {
            if (clock.Elapsed >= next)
            {
                next = clock.Elapsed + ReportInterval;
                Console.WriteLine(Line(progress, clock.Elapsed));
            }
        });
        Console.WriteLine(Line(report.Progress, clock.Elapsed));
        switch (report.Verdict)
        {
            case ExplorationVerdict.Exhausted:
                Console.WriteLine(Text($"exhausted: {report.Progress.Distinct:N0} distinct states, all invariants hold"));
                return ExitCodes.Done;
            case ExplorationVerdict.Violated:
                Console.WriteLine($"violated: {report.Violation!.Message}");
                Console.WriteLine($"a shortest trace, {report.Trace.Length} steps:");
                Console.Write(SequenceDiagram.Draw(report.Trace, scope.Replicas + scope.Replaced));
                return ExitCodes.Failed;
            default:
                Console.WriteLine(Text($"bound reached: {report.Bound}; clean through depth {report.Progress.Depth - 1}, {report.Progress.Distinct:N0} distinct states"));
                return BoundReached;
        }
    }

    private static string Line(ExplorationProgress progress, TimeSpan elapsed)
    {
        double rate = progress.Distinct / Math.Max(elapsed.TotalSeconds, 1e-3);
        return Text(
            $"{elapsed.TotalSeconds,7:0.0} s  depth {progress.Depth}, frontier {progress.Frontier:N0}, distinct {progress.Distinct:N0} ({rate:N0}/s), duplicates hit {progress.Duplicates:N0}, replica states {progress.ReplicaStates:N0}, messages {progress.Messages:N0}, {progress.Bytes >> 20:N0} MiB");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static Option<int?> Count(string name, string description)
    {
        var option = new Option<int?>(name) { Description = description };
        option.Validators.Add(static (OptionResult result) =>
        {
            if (result.GetValueOrDefault<int?>() is < 0)
            {
                result.AddError($"{result.Option.Name} must not be negative");
            }
        });
        return option;
    }
}
