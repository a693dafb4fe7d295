using System.Globalization;
using System.Text;
using ActorPhysics.Simulation.Plans;

namespace ActorPhysics.Simulation.Scenarios;

/// <summary>How values of one type are written in a scenario. What is written is read back as the same value.</summary>
/// <param name="meant">What is expected, for complaints: "a duration such as 300ms".</param>
internal sealed class TextForm<T>(string meant, Func<T, string> write, TextForm<T>.Reader read)
{
    public delegate bool Reader(string text, out T value);

    public string Write(T value) => write(value);

    public T Read(Words words, string what)
    {
        string word = words.Next($"{what}, {meant},");
        return read(word, out T value) ? value : throw words.Complaint($"{what}: '{word}' is not {meant}");
    }

    /// <summary>Two values of this form with two dots between them.</summary>
    public TextForm<(T From, T To)> Range() => new($"{meant}, twice, with '..' between",
        range => $"{write(range.From)}..{write(range.To)}",
        (string text, out (T From, T To) range) =>
        {
            range = default;
            string[] ends = text.Split("..");
            return ends.Length == 2 && read(ends[0], out range.From) && read(ends[1], out range.To);
        });
}

/// <summary>The forms that scenarios use.</summary>
internal static class TextForms
{
    /// <summary>Sets of nodes are bits of an <see cref="int"/>.</summary>
    public const int MostNodes = 30;
    private const decimal PerPercent = 10_000;
    private const string LeaderWord = "leader";

    private static readonly (string Unit, decimal Ticks)[] Units =
    [
        ("us", TimeSpan.TicksPerMicrosecond), ("ms", TimeSpan.TicksPerMillisecond), ("min", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
    ];

    /// <summary>A name that a user chose, as one word.</summary>
    public static string Name(string name) => name.Any(char.IsWhiteSpace) ? $"{{{name}}}" : name;

    /// <summary>Refuses a name that no scenario could hold.</summary>
    /// <exception cref="ArgumentException">It is empty, or has braces, a line break or the sign of a comment.</exception>
    public static string RequireName(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return name.AsSpan().IndexOfAny("{}#\r\n") < 0 ? name : throw new ArgumentException($"'{name}' has a brace, a # or a line break, which a scenario could not hold", nameof(name));
    }

    public static TextForm<TimeSpan> Duration { get; } = new("a duration such as 300ms",
        WriteDuration, static (string text, out TimeSpan value) => TryReadDuration(text, out value) && value >= TimeSpan.Zero);

    /// <summary>A duration that may go either way.</summary>
    public static TextForm<TimeSpan> Offset { get; } = new("an offset such as +300ms",
        static value => value < TimeSpan.Zero ? $"-{WriteDuration(-value)}" : $"+{WriteDuration(value)}", TryReadDuration);

    public static TextForm<int> Count { get; } = new("a whole number",
        static value => value.ToString(CultureInfo.InvariantCulture),
        static (string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value));

    public static TextForm<long> LongCount { get; } = new("a whole number",
        static value => value.ToString(CultureInfo.InvariantCulture),
        static (string text, out long value) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value));

    public static TextForm<ulong> Seed { get; } = new("a whole number",
        static value => value.ToString(CultureInfo.InvariantCulture),
        static (string text, out ulong value) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value));

    /// <summary>Whole percents.</summary>
    public static TextForm<int> Percent { get; } = new("a whole percentage such as 40%",
        static value => string.Create(CultureInfo.InvariantCulture, $"{value}%"),
        static (string text, out int value) =>
        {
            value = 0;
            return text.EndsWith('%') && int.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= 100;
        });

    /// <summary>Millionths, written as percents with up to four decimals.</summary>
    public static TextForm<int> PerMillion { get; } = new("a percentage such as 2.5%",
        static value => string.Create(CultureInfo.InvariantCulture, $"{value / PerPercent:0.####}%"),
        static (string text, out int value) =>
        {
            value = 0;
            if (!text.EndsWith('%') || !decimal.TryParse(text.AsSpan(..^1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal percent)
                || percent > 100 || percent * PerPercent != decimal.Truncate(percent * PerPercent))
            {
                return false;
            }

            value = (int)(percent * PerPercent);
            return true;
        });

    /// <summary>How much faster than the world a clock runs.</summary>
    public static TextForm<int> ClockRate { get; } = new("a rate such as +120ppm",
        static value => string.Create(CultureInfo.InvariantCulture, $"{value:+0;-0;+0}ppm"),
        static (string text, out int value) =>
        {
            value = 0;
            return text.EndsWith("ppm", StringComparison.Ordinal) && int.TryParse(text.AsSpan(..^3), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
                && value > -1_000_000;
        });

    /// <summary>A bound on drift.</summary>
    public static TextForm<uint> DriftBound { get; } = new("a bound such as 10000ppm",
        static value => string.Create(CultureInfo.InvariantCulture, $"{value}ppm"),
        static (string text, out uint value) =>
        {
            value = 0;
            return text.EndsWith("ppm", StringComparison.Ordinal) && uint.TryParse(text.AsSpan(..^3), NumberStyles.None, CultureInfo.InvariantCulture, out value);
        });

    public static TextForm<bool> Switch { get; } = new("on or off",
        static value => value ? "on" : "off",
        static (string text, out bool value) => (value = text == "on") || text == "off");

    /// <summary>People count nodes from 1, plans from 0.</summary>
    public static TextForm<int> Node { get; } = new("a node such as n1",
        static node => string.Create(CultureInfo.InvariantCulture, $"n{node + 1}"), TryReadNode);

    /// <summary>A node, or whichever leads at that moment.</summary>
    public static TextForm<int> Target { get; } = new("a node such as n1, or leader",
        static node => node == Fault.Leader ? LeaderWord : Node.Write(node),
        static (string text, out int node) => text == LeaderWord ? (node = Fault.Leader) == Fault.Leader : TryReadNode(text, out node));

    /// <summary>One bit for each node; none for whichever leads.</summary>
    public static TextForm<int> NodeSet { get; } = new("a set of nodes such as {n1 n3}, or leader",
        static set => set == 0 ? LeaderWord : WriteNodes(set),
        static (string text, out int set) => text == LeaderWord ? (set = 0) == 0 : TryReadNodes(text, out set) && set != 0);

    /// <summary>One bit for each node; none for nobody.</summary>
    public static TextForm<int> Nodes { get; } = new("a set of nodes such as {n1 n3}, or {}", WriteNodes, TryReadNodes);

    /// <summary>The members of an enumeration in small letters, with hyphens between their words.</summary>
    public static TextForm<TEnum> Kind<TEnum>()
        where TEnum : struct, Enum => new($"one of {string.Join(", ", Enum.GetNames<TEnum>().Select(Hyphenated))}",
            static value => Hyphenated(value.ToString()),
            static (string text, out TEnum value) =>
            {
                foreach (TEnum candidate in Enum.GetValues<TEnum>())
                {
                    if (Hyphenated(candidate.ToString()) == text)
                    {
                        value = candidate;
                        return true;
                    }
                }

                value = default;
                return false;
            });

    /// <summary>SplitBrain becomes split-brain.</summary>
    public static string Hyphenated(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (char letter in name)
        {
            if (char.IsAsciiLetterUpper(letter) && text.Length > 0)
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }

    private static string WriteDuration(TimeSpan duration)
    {
        long ticks = duration.Ticks;
        return ticks switch
        {
            _ when ticks % TimeSpan.TicksPerSecond == 0 => string.Create(CultureInfo.InvariantCulture, $"{ticks / TimeSpan.TicksPerSecond}s"),
            >= TimeSpan.TicksPerMillisecond => string.Create(CultureInfo.InvariantCulture, $"{ticks / (decimal)TimeSpan.TicksPerMillisecond:0.####}ms"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{ticks / (decimal)TimeSpan.TicksPerMicrosecond:0.#}us"),
        };
    }

    private static bool TryReadDuration(string text, out TimeSpan value)
    {
        value = default;
        foreach ((string unit, decimal ticksPerUnit) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal))
            {
                continue;
            }

            const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
            if (!decimal.TryParse(text.AsSpan(..^unit.Length), Style, CultureInfo.InvariantCulture, out decimal number) || Math.Abs(number) > 1_000_000_000)
            {
                return false;
            }

            decimal ticks = number * ticksPerUnit;
            value = new TimeSpan((long)ticks);
            return ticks == decimal.Truncate(ticks);
        }

        return false;
    }

    private static bool TryReadNode(string text, out int node)
    {
        node = 0;
        bool read = text.StartsWith('n') && int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out node) && node is >= 1 and <= MostNodes;
        node--;
        return read;
    }

    private static string WriteNodes(int set) =>
        $"{{{string.Join(' ', Enumerable.Range(0, MostNodes).Where(node => (set & (1 << node)) != 0).Select(Node.Write))}}}";

    private static bool TryReadNodes(string text, out int set)
    {
        set = 0;
        if (!text.StartsWith('{') || !text.EndsWith('}'))
        {
            return false;
        }

        foreach (string word in text[1..^1].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!TryReadNode(word, out int node) || (set & (1 << node)) != 0)
            {
                return false;
            }

            set |= 1 << node;
        }

        return true;
    }
}
