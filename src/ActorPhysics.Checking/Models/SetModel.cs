using System.Collections.Immutable;
using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Linearizability;

namespace ActorPhysics.Checking.Models;

/// <summary>
/// A set that only grows: <c>add</c> with an element, <c>read</c> with a list of all. Here linearizability is easy. Reads must form a chain by
/// inclusion, and so they and the adds of what they see have one order of groups: the elements of the first read, the reads that see just
/// these, the further elements of the next, and so on. The order within a group is free, so the history is linearizable exactly if no operation
/// of a later group returned before one of an earlier group was invoked. Time n log n in the elements read.
/// </summary>
public sealed class SetModel : CheckModel
{
    private const string Linearizable = "linearizable";

    // An entry in the list of reads or the table of adds, and one of a hash set of elements.
    private const long OperationBytes = 96;
    private const int ElementBytes = 40;

    public override string Name => "set";

    public override ImmutableArray<string> Levels { get; } = [Linearizable];

    public override CheckReport Check(IReadOnlyList<Operation> operations, CheckOptions options)
    {
        if (operations.FirstOrDefault(operation => !IsKnown(operation)) is { } unknown)
        {
            return CheckReport.Unreadable(unknown.Fault(unknown.Function == "read" ? "a read must see a list" : "the model set knows add and read"));
        }

        Operation[] reads = [.. operations.Where(operation => operation is { Function: "read", Outcome: OperationOutcome.Ok }).OrderBy(read => read.Result.AsList.Length)];
        var adds = new SortedDictionary<Value, List<Operation>>();
        foreach (Operation add in operations.Where(operation => operation is { Function: "add", Outcome: not OperationOutcome.Failed }))
        {
            if (!adds.TryGetValue(add.Argument, out List<Operation>? same))
            {
                adds.Add(add.Argument, same = []);
            }

            same.Add(add);
        }

        ImmutableArray<Anomaly> anomalies;
        try
        {
            var meter = new SearchMeter(options.Budget, options.IsCancelled);
            meter.Checkpoint(operations.Count * OperationBytes);
            anomalies = [.. Strange(reads, adds, meter), .. Unordered(reads, meter)];
            if (anomalies.IsEmpty)
            {
                anomalies = [.. AgainstTime(reads, adds, meter)];
            }
        }
        catch (CheckEndedException ended)
        {
            return CheckReport.Unfinished(Levels, ended.Message);
        }

        Verdict verdict = anomalies.IsEmpty ? Verdict.Holds : Verdict.Violated;
        return new CheckReport { Verdict = verdict, Levels = [new LevelVerdict(Linearizable, verdict)], Anomalies = anomalies };
    }

    private static bool IsKnown(Operation operation) =>
        operation.Function == "add" || (operation.Function == "read" && (operation.Outcome != OperationOutcome.Ok || operation.Result.Kind == ValueKind.List));

    /// <summary>Elements that nobody added, or that are there twice.</summary>
    private static IEnumerable<Anomaly> Strange(Operation[] reads, SortedDictionary<Value, List<Operation>> adds, SearchMeter meter)
    {
        foreach (Operation read in reads)
        {
            var seen = new HashSet<Value>();
            foreach (Value element in read.Result.AsList)
            {
                meter.Spend(ElementBytes);
                if (!adds.ContainsKey(element))
                {
                    yield return new Anomaly("phantom element", [read.InvocationIndex], $"{Describe(read)} sees {element}, which nothing added.\n");
                }
                else if (!seen.Add(element))
                {
                    yield return new Anomaly("duplicate element", [read.InvocationIndex], $"{Describe(read)} sees {element} twice.\n");
                }
            }

            meter.Release((long)ElementBytes * read.Result.AsList.Length);
        }
    }

    /// <summary>Neighbours in the order of size of which neither holds the other. Where there are none, all reads form a chain.</summary>
    private static IEnumerable<Anomaly> Unordered(Operation[] reads, SearchMeter meter)
    {
        for (int i = 1; i < reads.Length; i++)
        {
            long held = (long)ElementBytes * reads[i].Result.AsList.Length;
            meter.Checkpoint(held);
            var larger = new HashSet<Value>(reads[i].Result.AsList);
            Value[] missing = [.. reads[i - 1].Result.AsList.Where(element => !larger.Contains(element))];
            if (missing.Length > 0)
            {
                yield return new Anomaly(
                    "incomparable reads",
                    [reads[i - 1].InvocationIndex, reads[i].InvocationIndex],
                    Draw(reads[i - 1], reads[i]) + $"The second lacks {missing[0]}, but sees others that the first lacks: neither can come first.\n");
            }

            meter.Release(held);
        }
    }

    /// <summary>Goes through the groups in their order and compares each operation's return with the latest invocation of the groups before.</summary>
    private static IEnumerable<Anomaly> AgainstTime(Operation[] reads, SortedDictionary<Value, List<Operation>> adds, SearchMeter meter)
    {
        var placed = new HashSet<Value>();
        Operation? latest = null;
        int next = 0;
        while (next < reads.Length)
        {
            int size = reads[next].Result.AsList.Length;
            meter.Checkpoint(0);
            List<Operation> first = [];
            List<Operation> again = [];
            foreach (Value element in reads[next].Result.AsList.Where(placed.Add))
            {
                Operation earliest = adds[element].MinBy(add => add.Invoked.Number)!;
                first.Add(earliest);
                again.AddRange(adds[element].Where(add => add != earliest));
            }

            // Further adds of an element that is there change nothing; only they must not come before it may be there.
            foreach (Anomaly anomaly in TooEarly([.. first, .. again], latest))
            {
                yield return anomaly;
            }

            latest = Latest(first, latest);
            List<Operation> alike = [.. reads[next..].TakeWhile(read => read.Result.AsList.Length == size)];
            next += alike.Count;
            foreach (Anomaly anomaly in TooEarly(alike, latest))
            {
                yield return anomaly;
            }

            latest = Latest(alike, latest);
        }

        foreach ((Value element, List<Operation> never) in adds)
        {
            if (!placed.Contains(element))
            {
                foreach (Anomaly anomaly in TooEarly(never, latest))
                {
                    yield return anomaly;
                }
            }
        }
    }

    private static IEnumerable<Anomaly> TooEarly(IEnumerable<Operation> group, Operation? latest) =>
        group.Where(operation => latest is not null && operation.Completed < latest.Invoked).Select(early => Explain(early, latest!));

    private static Operation? Latest(List<Operation> group, Operation? before) =>
        group.Append(before).Where(operation => operation is not null).MaxBy(operation => operation!.Invoked.Number);

    private static Anomaly Explain(Operation early, Operation late)
    {
        string name = (early.Function, late.Function) switch
        {
            ("add", "read") => "lost element",
            ("read", "read") => "stale read",
            ("read", "add") => "element from the future",
            _ => "elements out of order",
        };
        string reason = name switch
        {
            "lost element" => $"The read lacks {early.Argument}, which was added before it began.\n",
            "stale read" => "The first read sees what the second, which began after it returned, does not.\n",
            "element from the future" => $"The read sees {late.Argument}, which was added after it returned, or what a read without it must precede.\n",
            _ => $"Some read sees {late.Argument} and not {early.Argument}, which was added before it.\n",
        };
        return new Anomaly(name, [early.InvocationIndex, late.InvocationIndex], Draw(early, late) + reason);
    }

    private static string Draw(params ReadOnlySpan<Operation> operations)
    {
        List<TimeDiagram.Row> rows = [];
        foreach (Operation operation in operations)
        {
            rows.Add(new TimeDiagram.Row(TimeDiagram.NameOf(operation.Process), Describe(operation), operation.Invoked, operation.Completed));
        }

        return TimeDiagram.Draw(rows);
    }

    private static string Describe(Operation operation)
    {
        const int MaxShown = 8;
        if (operation.Function == "add")
        {
            return $"add {operation.Argument} (#{operation.InvocationIndex})";
        }

        ImmutableArray<Value> seen = operation.Result.AsList;
        return seen.Length <= MaxShown
            ? $"read -> {operation.Result} (#{operation.InvocationIndex})"
            : $"read -> {seen.Length} elements (#{operation.InvocationIndex})";
    }
}
