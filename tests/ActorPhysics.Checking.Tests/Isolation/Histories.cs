using System.Globalization;
using ActorPhysics.Checking.Isolation;

namespace ActorPhysics.Checking.Tests.Isolation;

/// <summary>
/// A notation for small histories, one line for each transaction, in which time goes down: <c>p1 r x 1 2, a y 3</c> (process 1 reads x as
/// [1 2], then appends 3 to y), <c>w x 1</c> for registers with <c>g x 1</c> for their reads (<c>g x -</c> for nil), <c>!</c> before an
/// aborted transaction, <c>?</c> before one of unknown outcome, <c>|</c> before one that overlaps the line above.
/// </summary>
internal static class Histories
{
    public static TransactionHistory Of(string text)
    {
        var builder = new TransactionHistoryBuilder();
        string[] lines = [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
        for (int i = 0; i < lines.Length; i++)
        {
            int runEnd = i;
            while (runEnd + 1 < lines.Length && lines[runEnd + 1].Contains('|', StringComparison.Ordinal))
            {
                runEnd++;
            }

            int begun = 1000 * FirstOfRun(lines, i) + i;
            Add(builder, lines[i], i, begun, ended: 1000 * (runEnd + 1) - 500 + i);
        }

        return builder.Build();
    }

    public static IsolationReport Check(string text, RegisterAssumptions assumptions = RegisterAssumptions.None) =>
        IsolationChecker.Check(Of(text), new IsolationOptions(assumptions));

    /// <summary>The names of all anomalies, in alphabetical order.</summary>
    public static string Names(this IsolationReport report) =>
        string.Join(' ', report.Anomalies.Select(anomaly => anomaly.Type.Name).Distinct().Order(StringComparer.Ordinal));

    private static int FirstOfRun(string[] lines, int i) => lines[i].Contains('|', StringComparison.Ordinal) ? FirstOfRun(lines, i - 1) : i;

    private static void Add(TransactionHistoryBuilder builder, string line, int number, int begun, int ended)
    {
        TransactionOutcome outcome = line.Contains('!', StringComparison.Ordinal) ? TransactionOutcome.Aborted
            : line.Contains('?', StringComparison.Ordinal) ? TransactionOutcome.Unknown
            : TransactionOutcome.Committed;
        string[] words = line.Trim('!', '?', '|', ' ').Split(' ', 2);
        builder.Begin(long.Parse(words[0][1..], CultureInfo.InvariantCulture), begun, number);
        foreach (string step in words[1].Split(','))
        {
            AddStep(builder, step.Split(' ', StringSplitOptions.RemoveEmptyEntries), outcome == TransactionOutcome.Committed);
        }

        builder.End(outcome, ended);
    }

    private static void AddStep(TransactionHistoryBuilder builder, string[] step, bool committed)
    {
        ValueToken key = builder.Token(step[1]);
        ValueToken[] values = [.. step[2..].Where(word => word != "-").Select(word => builder.Token(long.Parse(word, CultureInfo.InvariantCulture)))];
        switch (step[0])
        {
            case "a":
                builder.Append(key, values[0]);
                break;
            case "w":
                builder.Write(key, values[0]);
                break;
            case "r" or "g" when !committed:
                builder.ReadUnseen(key);
                break;
            case "r":
                builder.ReadList(key, values);
                break;
            case "g":
                builder.ReadValue(key, values.Length > 0 ? values[0] : null);
                break;
            default:
                throw new ArgumentException(step[0], nameof(step));
        }
    }
}
