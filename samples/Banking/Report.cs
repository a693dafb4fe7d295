using System.Collections.Immutable;
using System.Diagnostics;
using Spectre.Console;

namespace ActorPhysics.Samples.Banking;

/// <summary>What is shown at the end.</summary>
internal static class Report
{
    public static void Print(IReadOnlyList<Teller> tellers, IReadOnlyList<Crash> crashes, TimeSpan duration, ImmutableArray<Finding> findings)
    {
        Receipt[] receipts = [.. tellers.SelectMany(teller => teller.Receipts).OrderBy(receipt => receipt.EndedAt)];
        AnsiConsole.Write(Transfers(receipts, duration));
        AnsiConsole.Write(Crashes(receipts, crashes));
        AnsiConsole.Write(Findings(findings));
        AnsiConsole.MarkupLine(findings.All(finding => finding.Holds)
            ? "[green]The books are in order.[/]"
            : "[red]The books are NOT in order.[/]");
    }

    private static Table Transfers(Receipt[] receipts, TimeSpan duration)
    {
        TimeSpan[] latencies = [.. receipts.Where(receipt => receipt.Fate == Fate.Acknowledged).Select(receipt => receipt.Latency).Order()];
        Table table = NewTable("Transfers", "", "");
        table.AddRow("acknowledged", $"{latencies.Length:N0} ({latencies.Length / duration.TotalSeconds:N0} per second, crashes included)");
        table.AddRow("refused, balance too low", $"{Count(receipts, Fate.Refused):N0}");
        table.AddRow("outcome unknown", $"{Count(receipts, Fate.Unknown):N0}");
        table.AddRow("turned away", $"{Count(receipts, Fate.NotTaken):N0}");
        table.AddRow(
            "latency",
            $"median {Show(Percentile(latencies, 0.5))}, 99 % within {Show(Percentile(latencies, 0.99))}, longest {Show(Percentile(latencies, 1))}");
        return table;
    }

    private static Table Crashes(Receipt[] receipts, IReadOnlyList<Crash> crashes)
    {
        Table table = NewTable("Crashes of the leader", "leader", "successor", "nothing acknowledged for");
        for (int i = 0; i < crashes.Count; i++)
        {
            long until = i + 1 < crashes.Count ? crashes[i + 1].At : long.MaxValue;
            table.AddRow(Name(crashes[i].Leader), Name(crashes[i].Successor), Show(LongestSilence(receipts, crashes[i].At, until)));
        }

        return table;
    }

    private static Table Findings(ImmutableArray<Finding> findings)
    {
        Table table = NewTable("Audit", "", "statement", "");
        foreach (Finding finding in findings)
        {
            table.AddRow(finding.Holds ? "[green]holds[/]" : "[red]FAILS[/]", Markup.Escape(finding.Statement), Markup.Escape(finding.Detail));
        }

        return table;
    }

    /// <summary>The longest time without an acknowledgement from the last one before a crash to the next crash.</summary>
    private static TimeSpan LongestSilence(Receipt[] receipts, long crashAt, long until)
    {
        long last = crashAt;
        TimeSpan longest = TimeSpan.Zero;
        foreach (Receipt receipt in receipts)
        {
            if (receipt.Fate != Fate.Acknowledged || receipt.EndedAt >= until)
            {
                continue;
            }

            if (receipt.EndedAt > crashAt)
            {
                TimeSpan silence = Stopwatch.GetElapsedTime(last, receipt.EndedAt);
                longest = silence > longest ? silence : longest;
                last = receipt.EndedAt;
            }
        }

        return longest;
    }

    private static Table NewTable(string title, params string[] columns)
    {
        var table = new Table { Title = new TableTitle(title), Border = TableBorder.Rounded, ShowHeaders = columns.Any(column => column.Length > 0) };
        foreach (string column in columns)
        {
            table.AddColumn(column);
        }

        return table;
    }

    private static int Count(Receipt[] receipts, Fate fate) => receipts.Count(receipt => receipt.Fate == fate);

    private static TimeSpan Percentile(TimeSpan[] sorted, double part) =>
        sorted.Length == 0 ? TimeSpan.Zero : sorted[Math.Min(sorted.Length - 1, (int)(part * sorted.Length))];

    private static string Name(Leadership leader) => $"vault-{leader.Node.Value} (epoch {leader.Epoch.Value})";

    private static string Show(TimeSpan time) =>
        time < TimeSpan.FromMilliseconds(10) ? $"{time.TotalMilliseconds:N2} ms" : $"{time.TotalMilliseconds:N0} ms";
}
