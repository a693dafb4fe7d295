using System.Globalization;
using System.Text;
using ActorPhysics.Checking.Histories;

namespace ActorPhysics.Checking.Linearizability;

/// <summary>Draws operations over time in text: a row for each, with bars where it begins and ends, in the order of events but not to scale.</summary>
public static class TimeDiagram
{
    /// <summary>One operation.</summary>
    /// <param name="Label">Who did it.</param>
    /// <param name="Text">What it is; stands within the bars.</param>
    /// <param name="Completed"><see cref="EventPosition.Never"/> draws an open end.</param>
    public readonly record struct Row(string Label, string Text, EventPosition Invoked, EventPosition Completed);

    /// <summary>Draws the rows in the order in which they begin; lines end in \n.</summary>
    public static string Draw(IEnumerable<Row> rows)
    {
        Row[] sorted = [.. rows.OrderBy(row => row.Invoked)];
        Dictionary<int, int> columns = Columns(sorted, out int width);
        int labels = sorted.Max(row => (int?)row.Label.Length) ?? 0;
        var drawing = new StringBuilder();
        foreach (Row row in sorted)
        {
            int from = columns[row.Invoked.Number];
            bool open = row.Completed == EventPosition.Never;
            int to = open ? width : columns[row.Completed.Number];
            drawing.Append(row.Label.PadRight(labels)).Append(' ').Append(' ', from).Append('|');
            int room = to - from - 1 - row.Text.Length - 2;
            drawing.Append('-', room / 2).Append(' ').Append(row.Text).Append(' ').Append('-', room - (room / 2));
            drawing.Append(open ? "- ?" : "|").Append('\n');
        }

        return drawing.ToString();
    }

    /// <summary>The name of a process in a drawing.</summary>
    public static string NameOf(ProcessId process) => "process " + process.Number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The column of each event, so far apart that every text fits.</summary>
    private static Dictionary<int, int> Columns(Row[] rows, out int width)
    {
        const int Margin = 5;
        var events = new SortedDictionary<int, Row?>();
        foreach (Row row in rows)
        {
            events[row.Invoked.Number] = null;
            if (row.Completed != EventPosition.Never)
            {
                events[row.Completed.Number] = row;
            }
        }

        var columns = new Dictionary<int, int>();
        int next = 0;
        foreach ((int position, Row? ending) in events)
        {
            int column = ending is { } row ? Math.Max(next, columns[row.Invoked.Number] + row.Text.Length + Margin) : next;
            columns[position] = column;
            next = column + 2;
        }

        width = next;
        foreach (Row row in rows.Where(row => row.Completed == EventPosition.Never))
        {
            width = Math.Max(width, columns[row.Invoked.Number] + row.Text.Length + Margin);
        }

        return columns;
    }
}
