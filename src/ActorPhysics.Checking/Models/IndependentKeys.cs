using ActorPhysics.Checking.Histories;

namespace ActorPhysics.Checking.Models;

/// <summary>
/// Histories of many independent objects in one file, as Jepsen's <c>independent</c> generators write them: every value is a pair of a key and what is asked
/// of the object of that key. Each object is judged by itself; the whole is as good as the worst of them.
/// </summary>
public static class IndependentKeys
{
    /// <summary>Judges each key's operations by a model of its own.</summary>
    /// <param name="create">Makes the model.</param>
    public static CheckReport Check(Func<CheckModel> create, IReadOnlyList<Operation> operations, CheckOptions options)
    {
        ArgumentNullException.ThrowIfNull(create);
        ArgumentNullException.ThrowIfNull(operations);
        ArgumentNullException.ThrowIfNull(options);
        var keys = new SortedDictionary<Value, List<Operation>>();
        foreach (Operation operation in operations)
        {
            if (!TryUnwrap(operation, out Value key, out Operation inner))
            {
                return CheckReport.Unreadable(operation.Fault("its value is no pair of a key and a value, as those of independent objects are"));
            }

            if (!keys.TryGetValue(key, out List<Operation>? ofKey))
            {
                keys.Add(key, ofKey = []);
            }

            ofKey.Add(inner with { Ordinal = ofKey.Count });
        }

        var reports = new List<(Value Key, CheckReport Report)>(keys.Count);
        foreach ((Value key, List<Operation> ofKey) in keys)
        {
            CheckReport report = create().Check(ofKey, options);
            if (report.Fault is not null)
            {
                return report;
            }

            reports.Add((key, report));
        }

        return reports.Count == 0 ? create().Check(operations, options) : Together(reports);
    }

    /// <summary>A completion without a value tells nothing of the key; one with a value is of the key that was asked for.</summary>
    private static bool TryUnwrap(Operation operation, out Value key, out Operation inner)
    {
        (key, inner) = (default, operation);
        if (operation.Argument is not { Kind: ValueKind.List, AsList: [var asked, var argument] })
        {
            return false;
        }

        bool told = operation.Result is { Kind: ValueKind.List, AsList: [var of, _] } && of == asked;
        if (!told && !operation.Result.IsNil)
        {
            return false;
        }

        key = asked;
        inner = operation with { Argument = argument, Result = told ? operation.Result.AsList[1] : default };
        return true;
    }

    private static CheckReport Together(List<(Value Key, CheckReport Report)> reports)
    {
        Verdict worst = Worst(reports.Select(one => one.Report.Verdict));
        return new CheckReport
        {
            Verdict = worst,
            Levels = [.. reports.SelectMany(one => one.Report.Levels.Select(level => level.Level)).Distinct()
                .Select(name => new LevelVerdict(name, Worst(reports.SelectMany(one => one.Report.Levels).Where(level => level.Level == name).Select(level => level.Verdict))))],
            Anomalies = [.. reports.SelectMany(one => one.Report.Anomalies.Select(anomaly => anomaly with { Drawing = $"key {one.Key}:\n{anomaly.Drawing}" }))],
            Undecided = worst == Verdict.Undecided ? reports.Where(one => one.Report.Undecided is not null).Select(one => $"key {one.Key}: {one.Report.Undecided}").FirstOrDefault() : null,
            Details = Value.Map(
                KeyValuePair.Create(Value.Of("keys"), Value.Of(reports.Count)),
                KeyValuePair.Create(Value.Of("violated"), Value.List(reports.Where(one => one.Report.Verdict == Verdict.Violated).Select(one => one.Key).ToArray()))),
        };
    }

    private static Verdict Worst(IEnumerable<Verdict> verdicts)
    {
        Verdict worst = Verdict.Holds;
        foreach (Verdict verdict in verdicts)
        {
            worst = verdict == Verdict.Violated || worst == Verdict.Violated ? Verdict.Violated : verdict == Verdict.Undecided ? Verdict.Undecided : worst;
        }

        return worst;
    }
}
