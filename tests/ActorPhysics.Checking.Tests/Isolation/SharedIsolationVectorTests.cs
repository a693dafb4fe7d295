using System.Text;
using System.Text.Json;
using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Isolation;
using Xunit.Abstractions;

namespace ActorPhysics.Checking.Tests.Isolation;

/// <summary>Holds the isolation checker against the verdicts of jepsen-io/elle on its own cases, where they lie beside the checkout.</summary>
public sealed class SharedIsolationVectorTests(ITestOutputHelper output)
{
    [Fact]
    public void Verdicts_of_every_level_agree_with_those_of_another_checker()
    {
        string? file = SharedVectors.Find("isolation.jsonl");
        if (file is null)
        {
            output.WriteLine("Not run: no shared/vectors/isolation.jsonl beside this checkout.");
            return;
        }

        int judged = 0;
        var disagreements = new List<string>();
        foreach (string line in File.ReadLines(file).Where(line => line.Length > 0))
        {
            JsonElement vector = JsonDocument.Parse(line).RootElement;
            IsolationReport report = IsolationChecker.Check(HistoryOf(vector));
            foreach (JsonProperty verdict in vector.GetProperty("verdicts").EnumerateObject())
            {
                if (verdict.Value.TryGetProperty("valid", out JsonElement valid) && valid.ValueKind is JsonValueKind.True or JsonValueKind.False)
                {
                    judged++;
                    disagreements.AddRange(Disagreements(report, verdict.Name, valid.GetBoolean(), verdict.Value.GetProperty("anomalies"))
                        .Select(reason => $"{vector.GetProperty("id")} {verdict.Name}: {reason}"));
                }
            }
        }

        output.WriteLine($"{judged} verdicts judged.");
        Assert.True(disagreements.Count == 0, string.Join('\n', disagreements));
        Assert.True(judged > 400, $"only {judged} verdicts were judged");
    }

    private static IEnumerable<string> Disagreements(IsolationReport report, string name, bool valid, JsonElement anomalies)
    {
        Assert.True(IsolationLevels.TryParse(name, out IsolationLevel level), name);
        string[] ours = [.. report.AnomaliesAt(level).Select(anomaly => anomaly.Type.Name).Distinct().Order(StringComparer.Ordinal)];
        Verdict expected = valid ? Verdict.Holds : Verdict.Violated;
        if (report.Judge(level) != expected)
        {
            yield return $"expected {expected}, judged {report.Judge(level)} for [{string.Join(' ', ours)}]";
        }

        // "…-cycle-exists" says that a cycle was proved and not found, an empty graph that none was looked for: neither names an anomaly.
        string[] theirs = [.. anomalies.EnumerateArray().Select(a => a.GetString()!).Where(a => !a.EndsWith("-cycle-exists", StringComparison.Ordinal) && a != "empty-transaction-graph")];
        string[] missing = [.. theirs.Where(their => !ours.Any(our => IsImpliedBy(their, our)))];
        if (missing.Length > 0)
        {
            yield return $"named [{string.Join(' ', ours)}], not [{string.Join(' ', missing)}]";
        }
    }

    /// <summary>Where its search meets a lesser cycle first it names that one: ours is a worse one of the same kind, or needs no order of time.</summary>
    private static bool IsImpliedBy(string their, string our) =>
        new[] { our, our + "-process", our + "-realtime" }.Any(name =>
            their == name
            || their == name.Replace("G-single-item", "G-nonadjacent-item", StringComparison.Ordinal)
            || their == name.Replace("G-single-item", "G2-item", StringComparison.Ordinal));

    private static TransactionHistory HistoryOf(JsonElement vector)
    {
        byte[] lines = Encoding.UTF8.GetBytes(string.Join('\n', vector.GetProperty("history").EnumerateArray().Select(line => line.GetRawText())));
        Assert.True(HistoryReader.TryReadAll(lines, HistoryFormat.Json, out List<OperationEvent> events, out HistoryFault? fault), fault?.ToString());
        Assert.True(EventPairing.TryPair(events, out IReadOnlyList<Operation> operations, out fault), fault?.ToString());
        TransactionObjects objects = vector.GetProperty("model").GetString() == "list-append" ? TransactionObjects.Lists : TransactionObjects.Registers;
        TransactionHistory? history = TransactionParser.Parse(operations, objects, out fault);
        Assert.True(history is not null, fault?.ToString());
        return history;
    }
}
