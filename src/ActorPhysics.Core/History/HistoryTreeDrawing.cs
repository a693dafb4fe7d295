using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.History;

/// <summary>
/// Draws a history tree as text, as the seed does in §2.3: the trunk from left to right with a brace beneath it, pruned branches above,
/// wet cement below. Entries are named by index; where several epochs have an entry at one index, letters follow in order of epoch.
/// </summary>
public static class HistoryTreeDrawing
{
    /// <summary>Draws the tree, lines separated by '\n', without trailing blanks.</summary>
    /// <param name="mostCells">Lines of more entries than this are shortened to their ends, forks and changes of epoch.</param>
    public static string Draw(HistoryTree tree, int mostCells = 12)
    {
        ArgumentNullException.ThrowIfNull(tree);
        var text = new StringBuilder();
        foreach (HistoryLine line in tree.Lines)
        {
            text.Append(text.Length > 0 ? "\n" : "");
            DrawnLine drawn = new LineArtist(tree, mostCells).Draw(line);
            foreach (string row in drawn.Rows)
            {
                text.Append(row).Append('\n');
            }

            if (line.Fork is null && tree.Trunk.Contains(line.First) == true)
            {
                AppendBrace(text, tree.Trunk, drawn);
            }
        }

        if (tree.Trunk.Frontier == default)
        {
            text.Append(tree.Lines.IsEmpty ? "No history.\n" : "\nNo commit is known.\n");
        }

        foreach (HistoryContradiction contradiction in tree.Contradictions)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{contradiction.Invariant} is broken ({contradiction.Replica}): {contradiction.Detail}\n");
        }

        return text.ToString();
    }

    private static void AppendBrace(StringBuilder text, Trunk trunk, DrawnLine drawn)
    {
        int width = drawn.TrunkEndColumn;
        string seen = trunk.KnownFrom.Value <= 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", seen from {trunk.KnownFrom}");
        string range = trunk.Frontier.Index.Value == 1 ? "1" : $"1–{trunk.Frontier.Index}";
        text.Append('\n')
            .Append('└').Append('─', Math.Max(0, width - 2)).Append("┘\n")
            .Append(CultureInfo.InvariantCulture, $" Committed Trunk ({range}{seen})\n");
    }
}

/// <summary>A line with everything that forks from it.</summary>
/// <param name="Baseline">Which row is the line itself.</param>
/// <param name="TrunkEndColumn">The column after the trunk's last cell; 0 where the line has no trunk.</param>
internal sealed record DrawnLine(ImmutableArray<string> Rows, int Baseline, int TrunkEndColumn);

/// <summary>Draws one line: its cells, then its forks on either side of it, those farthest to the right closest to it.</summary>
internal sealed class LineArtist(HistoryTree tree, int mostCells)
{
    private const string Link = " ─ ";
    private const int ConnectorWidth = 3;
    private readonly StringBuilder _baseline = new();
    private readonly List<(LogPosition Entry, int Column)> _cells = [];
    private int _trunkEndColumn;

    private enum Side
    {
        Above,
        Below,
    }

    public DrawnLine Draw(HistoryLine line)
    {
        WriteCells(line);
        WriteLabel(line);
        var placed = line.Forks
            .Select(fork => (Fork: fork, Column: ColumnOf(fork.Fork!.Value), Side: SideOf(fork, line)))
            .OrderByDescending(fork => fork.Column)
            .ThenBy(fork => fork.Fork.First.Epoch.Value)
            .ToList();
        List<StringBuilder> above = Stack([.. placed.Where(fork => fork.Side == Side.Above).Select(fork => (fork.Fork, fork.Column))], '┌', Side.Above);
        List<StringBuilder> below = Stack([.. placed.Where(fork => fork.Side == Side.Below).Select(fork => (fork.Fork, fork.Column))], '└', Side.Below);
        above.Reverse();
        var rows = above.Append(_baseline).Concat(below).Select(row => row.ToString().TrimEnd());
        return new DrawnLine([.. rows], above.Count, _trunkEndColumn);
    }

    /// <summary>Rows from the baseline outward: for each fork a row of air, then all of its own rows.</summary>
    private List<StringBuilder> Stack(ImmutableArray<(HistoryLine Fork, int Column)> forks, char corner, Side side)
    {
        var rows = new List<StringBuilder>();
        var junctions = new List<(int Row, int Column)>();
        foreach ((HistoryLine fork, int column) in forks)
        {
            rows.Add(new StringBuilder());
            DrawnLine drawn = new LineArtist(tree, mostCells).Draw(fork);
            int start = rows.Count;
            for (int i = 0; i < drawn.Rows.Length; i++)
            {
                var row = new StringBuilder();
                Put(row, column + ConnectorWidth, drawn.Rows[side == Side.Above ? ^(i + 1) : i]);
                rows.Add(row);
            }

            junctions.Add((start + (side == Side.Above ? drawn.Rows.Length - 1 - drawn.Baseline : drawn.Baseline), column));
        }

        // From the outermost fork inward: a fork that a longer connector passes by becomes a junction instead of a corner.
        for (int i = junctions.Count - 1; i >= 0; i--)
        {
            (int last, int column) = junctions[i];
            for (int row = 0; row < last; row++)
            {
                Put(rows[row], column, "│");
            }

            bool passed = rows[last].Length > column && rows[last][column] == '│';
            Put(rows[last], column, (passed ? '├' : corner) + "─ ");
        }

        return rows;
    }

    private void WriteCells(HistoryLine line)
    {
        _baseline.Append(line.Fork is null && line.First.Index.Value > 1 ? "…" + Link : "");
        LogIndex before = line.First.Index.Previous;
        foreach (LogPosition entry in Shown(line))
        {
            bool isFirst = _cells.Count == 0;
            _baseline.Append(isFirst ? "" : Link).Append(!isFirst && entry.Index.DistanceFrom(before) > 1 ? "…" + Link : "");
            string cell = $"[{entry.Index}{Letter(entry)}]";
            _cells.Add((entry, _baseline.Length + cell.Length / 2));
            _baseline.Append(cell);
            before = entry.Index;
            if (entry.Index <= tree.Trunk.Frontier.Index && tree.Trunk.Contains(entry) == true)
            {
                _trunkEndColumn = _baseline.Length;
            }
        }
    }

    /// <summary>The entries worth a cell: all of a short line; of a long one its ends, forks, changes of epoch and the commit frontier.</summary>
    private IEnumerable<LogPosition> Shown(HistoryLine line)
    {
        bool isShort = line.Tip.Index.DistanceFrom(line.First.Index) < (ulong)mostCells;
        var marks = new SortedSet<LogIndex>(line.Forks.Select(fork => fork.Fork!.Value.Index)) { tree.Trunk.Frontier.Index };
        foreach (LinePiece piece in line.Pieces)
        {
            marks.Add(piece.First);
            marks.Add(piece.Last);
        }

        foreach (LinePiece piece in line.Pieces)
        {
            LogIndex index = piece.First;
            while (index <= piece.Last)
            {
                yield return new LogPosition(piece.Epoch, index);
                LogIndex next = isShort ? index.Next : marks.GetViewBetween(index.Next, piece.Last.Next).Min;
                index = next == LogIndex.Zero || next.DistanceFrom(index) == 2 ? index.Next : next;
            }
        }
    }

    private string Letter(LogPosition entry)
    {
        ImmutableArray<LogPosition> rivals = tree.EntriesAt(entry.Index);
        if (rivals.Length < 2)
        {
            return "";
        }

        int rank = rivals.IndexOf(entry);
        return rank < 26 ? ((char)('a' + rank)).ToString() : "'" + (rank + 1).ToString(CultureInfo.InvariantCulture);
    }

    private void WriteLabel(HistoryLine line)
    {
        Branch? branch = tree.BranchStartingIn(line);
        if (branch is null)
        {
            return;
        }

        ImmutableArray<Certificates.EpochRun> runs = branch.Runs.Runs;
        string epochs = runs.Length == 1 ? $"epoch {runs[0].Epoch.Value}" : $"epochs {runs[0].Epoch.Value}–{runs[^1].Epoch.Value}";
        string fate = branch.Fate switch
        {
            HistoryFate.Wet when branch.HeldThrough < branch.Tip.Index => $"wet cement through {branch.HeldThrough}, pruned beyond",
            HistoryFate.Wet => "wet cement",
            HistoryFate.Pruned => "pruned",
            _ => "fate unknown",
        };
        _baseline.Append(CultureInfo.InvariantCulture, $"  ({epochs}, {fate})");
    }

    /// <summary>Losers go above and what may yet win below; of several that may win at one fork, the newest epoch goes below.</summary>
    private Side SideOf(HistoryLine fork, HistoryLine of)
    {
        bool mayWin = tree.Fate(fork.First) == HistoryFate.Wet;
        bool newest = of.Forks.All(other => other.Fork != fork.Fork || other.First.Epoch <= fork.First.Epoch);
        return mayWin && newest ? Side.Below : Side.Above;
    }

    private int ColumnOf(LogPosition entry)
    {
        foreach ((LogPosition cell, int column) in _cells)
        {
            if (cell == entry)
            {
                return column;
            }
        }

        // A fork at the line's very beginning: from an entry that the line itself hangs from.
        return 0;
    }

    private static void Put(StringBuilder row, int column, string text)
    {
        if (row.Length < column + text.Length)
        {
            row.Append(' ', column + text.Length - row.Length);
        }

        for (int i = 0; i < text.Length; i++)
        {
            row[column + i] = text[i];
        }
    }
}
