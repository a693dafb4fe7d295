using System.Text;
using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Models;

namespace ActorPhysics.Checking.Tests.Models;

/// <summary>Histories as text.</summary>
internal static class History
{
    /// <summary>
    /// A line for each operation, all at their place in time: <c>process function argument -> result</c> where dots draw time, as in
    /// <c>0 [..] write 1</c> and <c>1 ..[...] read -> 1</c>; a bracket that does not close has an unknown outcome, one that closes with <c>!</c> failed.
    /// Arguments and results are EDN.
    /// </summary>
    public static IReadOnlyList<Operation> Draw(params string[] lines)
    {
        List<(int Column, int Line, string Event)> events = [];
        for (int i = 0; i < lines.Length; i++)
        {
            string[] fields = lines[i].Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
            string[] told = fields[2].Split("->", StringSplitOptions.TrimEntries);
            string[] what = told[0].Split(' ', 2, StringSplitOptions.TrimEntries);
            string head = $":process {fields[0]} :f {what[0]} :value";
            string argument = what.Length > 1 ? what[1] : "nil";
            events.Add((fields[1].IndexOf('['), i, $"{{:type :invoke {head} {argument}}}"));
            int end = fields[1].IndexOfAny([']', '!']);
            if (end >= 0)
            {
                events.Add((end, i, $"{{:type {(fields[1][end] == '!' ? ":fail" : ":ok")} {head} {(told.Length > 1 ? told[1] : argument)}}}"));
            }
        }

        events.Sort();
        return Edn(string.Join('\n', events.Select(next => next.Event)));
    }

    public static IReadOnlyList<Operation> Edn(string history) => Read(Encoding.UTF8.GetBytes(history), HistoryFormat.Edn);

    public static IReadOnlyList<Operation> Read(byte[] history, HistoryFormat format)
    {
        Assert.True(HistoryReader.TryReadAll(history, format, out List<OperationEvent> events, out HistoryFault? fault), fault?.ToString());
        Assert.True(EventPairing.TryPair(events, out IReadOnlyList<Operation> operations, out fault), fault?.ToString());
        return operations;
    }

    public static CheckReport Check(string model, IReadOnlyList<Operation> operations, CheckOptions? options = null)
    {
        CheckReport report = CheckModels.Find(model)!.Check(operations, options ?? new CheckOptions());
        Assert.Null(report.Fault);
        Assert.Equal(report.Verdict == Verdict.Violated, !report.Anomalies.IsEmpty);
        return report;
    }
}
