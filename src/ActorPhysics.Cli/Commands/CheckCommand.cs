using System.CommandLine;
using System.Diagnostics;
using ActorPhysics.Checking;
using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Isolation;
using ActorPhysics.Checking.Models;
using ActorPhysics.Hosting.Nodes;

namespace ActorPhysics.Cli.Commands;

/// <summary>Judges a recorded history, of this or of another system.</summary>
internal static class CheckCommand
{
    public const string Name = "check";

    /// <summary>
    /// The exit code of a wrong command line. Where this command has answers of its own its codes are its own too, 0 and 1 being as everywhere; so this one
    /// gives way to a number that is used for it elsewhere (BSD's sysexits).
    /// </summary>
    public const int Misused = 64;

    private const int Undecided = 2;
    private const int Unreadable = 3;

    private static readonly (string Name, RegisterAssumptions Assumption)[] Assumptions =
    [
        ("writes-follow-reads", RegisterAssumptions.WritesFollowReads),
        ("sequential-keys", RegisterAssumptions.SequentialKeys),
        ("linearizable-keys", RegisterAssumptions.LinearizableKeys),
    ];

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The history: JSON Lines or EDN with Jepsen's fields, or sessions of r and w lines in a .txt; - is the standard input." };
        var model = new Option<string>("--model") { Description = $"What the operations mean: {string.Join(", ", CheckModels.Names)}.", Required = true };
        model.AcceptOnlyFromAmong([.. CheckModels.Names]);
        var level = new Option<string?>("--level") { Description = "The level to hold the history against. Default: the strongest that holds is found." };
        var failed = new Option<string>("--cas-fail")
        {
            Description = "What a failed compare-and-set says: compare (it compared, and differed) or noop (nothing).",
            DefaultValueFactory = _ => "compare",
        };
        failed.AcceptOnlyFromAmong("compare", "noop");
        var assume = new Option<string[]>("--assume")
        {
            Description = $"What may be assumed of registers in transactions: {string.Join(", ", Assumptions.Select(row => row.Name))}. Default: nothing, but that nil came first. May be given several times.",
        };
        assume.AcceptOnlyFromAmong([.. Assumptions.Select(row => row.Name)]);
        var independent = new Option<bool>("--independent") { Description = "Every value is a pair [key value] of one of many independent objects, as Jepsen writes them: judge each by itself." };
        var json = new Option<bool>("--json") { Description = "Print the verdict and the witness as JSON." };
        var memory = new Option<int>("--memory") { Description = "Memory for the search, in MiB.", DefaultValueFactory = _ => 2048 };
        var timeout = new Option<int>("--timeout") { Description = "Time for the search, in seconds; 0 is without bound.", DefaultValueFactory = _ => 0 };
        var command = new Command(
            Name,
            "Judge a recorded history. Example: actorphysics check --model register history.jsonl. Exit codes: 0 holds, 1 violated, 2 undecided, 3 unreadable, 64 wrong command line")
        {
            file, model, level, failed, assume, independent, json, memory, timeout,
        };
        command.SetAction(parsed =>
        {
            CheckModel judge = CheckModels.Find(parsed.GetValue(model)!)!;
            if (parsed.GetValue(level) is { } asked && !judge.Levels.Contains(asked))
            {
                throw new ArgumentException($"the model {judge.Name} knows the levels {string.Join(", ", judge.Levels)}, but not '{asked}'");
            }

            if (HistoryFile.Read(parsed.GetValue(file)!, out IReadOnlyList<Operation> operations) is { } fault)
            {
                return Refuse(fault);
            }

            long started = Stopwatch.GetTimestamp();
            TimeSpan? patience = parsed.GetValue(timeout) is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : null;
            var options = new CheckOptions
            {
                Level = parsed.GetValue(level),
                FailedCompareAndSet = parsed.GetValue(failed) == "noop" ? FailedCompareAndSet.NoOperation : FailedCompareAndSet.Compared,
                Assumptions = Assumptions.Where(row => parsed.GetValue(assume)?.Contains(row.Name) is true).Aggregate(RegisterAssumptions.None, (all, row) => all | row.Assumption),
                Budget = CheckBudget.Default with { MemoryBytes = (long)parsed.GetValue(memory) << 20 },
                IsCancelled = () => patience is { } bound && Stopwatch.GetElapsedTime(started) > bound,
                Parts = (count, part) => Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, part),
                PartsAtOnce = Environment.ProcessorCount,
            };
            CheckReport report = parsed.GetValue(independent)
                ? IndependentKeys.Check(() => CheckModels.Find(judge.Name)!, operations, options)
                : judge.Check(operations, options);
            if (report.Fault is { } unknown)
            {
                return Refuse(unknown);
            }

            Console.Out.Write(parsed.GetValue(json) ? CheckReportText.Json(judge.Name, operations.Count, report) : CheckReportText.Plain(operations.Count, report));
            return report.Verdict switch
            {
                Verdict.Holds => ExitCodes.Done,
                Verdict.Violated => ExitCodes.Failed,
                _ => Undecided,
            };
        });
        return command;
    }

    private static int Refuse(HistoryFault fault)
    {
        Console.Error.WriteLine($"error: {fault}");
        return Unreadable;
    }
}
