using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace ActorPhysics.Core.Causality;

/// <summary>
/// Traces as text that ShiViz draws (Beschastnikh, Wang, Brun, Ernst, 2016). A file begins with the expression that parses it and with a line
/// for a delimiter of executions, which is empty; each event then takes two lines, its process with its clock, and its text.
/// </summary>
public static class ShiVizLog
{
    /// <summary>What the drawing tool is told about the two lines of an event.</summary>
    public const string Header = @"(?<host>\S*) (?<clock>{.*})\n(?<event>.*)";

    private const int HeaderLines = 2;

    /// <exception cref="ArgumentException">A process has a name that the format cannot carry: empty, or with white space, quotes, backslashes or controls.</exception>
    public static string Write(CausalTrace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        foreach (ProcessName process in trace.Processes)
        {
            if (!IsCarried(process.Value))
            {
                throw new ArgumentException($"the log format cannot carry a process called '{process}'", nameof(trace));
            }
        }

        var log = new StringBuilder(Header).Append("\n\n");
        foreach (TraceEvent happening in trace.Events)
        {
            log.Append(happening.Process.Value).Append(' ').Append(happening.Clock).Append('\n').Append(OnOneLine(happening.Text)).Append('\n');
        }

        return log.ToString();
    }

    /// <summary>
    /// Reads a log back. It names no messages, but the clocks say what every event knew; a message is made up for each thing that an event
    /// learned of another process.
    /// </summary>
    /// <param name="refusal">Why there is no trace, with the line.</param>
    public static bool TryParse(string log, [NotNullWhen(true)] out CausalTrace? trace, [NotNullWhen(false)] out string? refusal)
    {
        ArgumentNullException.ThrowIfNull(log);
        trace = null;
        string[] lines = log.ReplaceLineEndings("\n").Split('\n');
        if (lines.Length < HeaderLines || lines[0] != Header || lines[1].Length > 0)
        {
            refusal = "line 1: the log must begin with the expression that parses it, and an empty line";
            return false;
        }

        var events = new List<(int Line, ProcessName Process, VectorClock Clock, string Text)>();
        for (int i = HeaderLines; i < lines.Length && !(i == lines.Length - 1 && lines[i].Length == 0); i += 2)
        {
            refusal = ParseStamp(lines[i], out ProcessName process, out VectorClock clock) ?? (i + 1 < lines.Length ? null : "the event's text is missing");
            if (refusal is not null)
            {
                refusal = $"line {i + 1}: {refusal}";
                return false;
            }

            events.Add((i + 1, process, clock, lines[i + 1]));
        }

        return TryRebuild(events, out trace, out refusal);
    }

    /// <returns>What is wrong, or null.</returns>
    private static string? ParseStamp(string line, out ProcessName process, out VectorClock clock)
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        process = new ProcessName(space < 0 ? line : line[..space]);
        clock = VectorClock.Zero;
        string json = space < 0 ? "" : line[(space + 1)..];
        if (!IsCarried(process.Value) || json is not ['{', .., '}'])
        {
            return "expected a process and its clock";
        }

        foreach (string part in json[1..^1].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int colon = part.LastIndexOf(':');
            string name = colon < 0 ? "" : part[..colon].TrimEnd();
            if (name is not ['"', _, .., '"'] || !IsCarried(name[1..^1])
                || !ulong.TryParse(part.AsSpan(colon + 1).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong count))
            {
                return $"'{part}' is no count of a process's events";
            }

            clock = clock.With(new ProcessName(name[1..^1]), new EventNumber(count));
        }

        return clock[process] == default ? $"the clock counts no event of {process} itself" : null;
    }

    private static bool TryRebuild(
        List<(int Line, ProcessName Process, VectorClock Clock, string Text)> stamped, [NotNullWhen(true)] out CausalTrace? trace, [NotNullWhen(false)] out string? refusal)
    {
        trace = null;
        var messages = new SortedDictionary<(ProcessName Process, EventNumber Number), MessageId>();
        foreach ((_, ProcessName process, VectorClock clock, _) in stamped)
        {
            messages.TryAdd((process, clock[process]), new MessageId((ulong)messages.Count + 1));
        }

        var known = new SortedDictionary<ProcessName, VectorClock>();
        var entries = new List<TraceEntry>();
        foreach ((int line, ProcessName process, VectorClock clock, string text) in stamped)
        {
            VectorClock before = known.GetValueOrDefault(process, VectorClock.Zero);
            if (clock[process] != before[process].Next)
            {
                refusal = $"line {line}: {process} counts {clock[process].Value} events, after {before[process].Value}";
                return false;
            }

            known[process] = clock;
            var learned = clock.Processes.Where(other => other != process && clock[other] > before[other]).ToList();
            if (learned.Find(other => !messages.ContainsKey((other, clock[other]))) is { Value: not null } missing)
            {
                refusal = $"line {line}: {process} knows event {clock[missing].Value} of {missing}, which is not in the log";
                return false;
            }

            entries.Add(new TraceEntry(process, text, [.. learned.Select(other => messages[(other, clock[other])])], [messages[(process, clock[process])]]));
        }

        trace = CausalTrace.TryBuild(entries, out TraceContradiction? contradiction);
        refusal = contradiction?.Explanation ?? FindDifference(stamped, trace!);
        trace = refusal is null ? trace : null;
        return refusal is null;
    }

    /// <summary>The clocks are taken at their word only if the events that they name explain them.</summary>
    private static string? FindDifference(List<(int Line, ProcessName Process, VectorClock Clock, string Text)> stamped, CausalTrace trace)
    {
        foreach ((int line, ProcessName process, VectorClock clock, _) in stamped)
        {
            VectorClock derived = trace.EventsOf(process)[(int)clock[process].Value - 1].Clock;
            if (!derived.Equals(clock))
            {
                return $"line {line}: the clock is {clock}, but what {process} learned makes it {derived}";
            }
        }

        return null;
    }

    private static bool IsCarried(string name) => name.Length > 0 && !name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '"' or '\\' or ',');

    private static string OnOneLine(string text) => text.ReplaceLineEndings(" ");
}
