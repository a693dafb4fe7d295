using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace ActorPhysics.Simulation.Exploration;

/// <summary>Draws a trace in text: a column for each replica, an arrow for each message, and beside it what it says and what became of its receiver.</summary>
public static class SequenceDiagram
{
    private const int ColumnWidth = 8;

    public static string Draw(ImmutableArray<TraceStep> trace, int replicas)
    {
        var text = new StringBuilder();
        text.Append("     ");
        for (int replica = 1; replica <= replicas; replica++)
        {
            text.Append(string.Create(CultureInfo.InvariantCulture, $"r{replica}").PadRight(ColumnWidth));
        }

        text.Append('\n');
        int number = 0;
        foreach (TraceStep step in trace)
        {
            text.Append(CultureInfo.InvariantCulture, $"{++number,3}  ").Append(LineOf(step, replicas)).Append("  ").Append(WordsOf(step)).Append('\n');
        }

        return text.ToString();
    }

    private static string LineOf(TraceStep step, int replicas)
    {
        char[] line = new string(' ', replicas * ColumnWidth).ToCharArray();
        for (int replica = 0; replica < replicas; replica++)
        {
            line[replica * ColumnWidth] = '|';
        }

        int to = ((int)step.Replica.Value - 1) * ColumnWidth;
        if (step.From.IsNone)
        {
            line[to] = '*';
            return new string(line);
        }

        int from = ((int)step.From.Value - 1) * ColumnWidth;
        (int left, int right) = from < to ? (from, to) : (to, from);
        Array.Fill(line, step.Event == TraceEvent.Loss ? '.' : '-', left + 1, right - left - 1);
        line[from < to ? right - 1 : left + 1] = step.Event == TraceEvent.Loss ? 'x' : from < to ? '>' : '<';
        return new string(line);
    }

    private static string WordsOf(TraceStep step)
    {
        string note = step.Event switch
        {
            TraceEvent.Duplicate => ", and a copy stays under way",
            TraceEvent.Loss => ", lost",
            _ => "",
        };
        string after = step.After.Length == 0 ? "" : $"  => {step.Replica} {step.After}";
        return step.What + note + after;
    }
}
