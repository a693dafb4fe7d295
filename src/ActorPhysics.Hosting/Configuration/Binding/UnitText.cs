using System.Collections.Frozen;
using System.Globalization;

namespace ActorPhysics.Hosting.Configuration.Binding;

/// <summary>A number followed by a unit: durations and sizes in bytes as the HOCON specification defines them, and rates.</summary>
internal static class UnitText
{
    // Decimal arithmetic throughout: 0.1 s is 100 ms exactly, and what does not fit is noticed instead of rounded.
    private const decimal TicksPerNanosecond = 0.01m;

    private static readonly FrozenDictionary<string, decimal> TicksPerUnit = Units(
        (TicksPerNanosecond, ["ns", "nano", "nanos", "nanosecond", "nanoseconds"]),
        (TimeSpan.TicksPerMicrosecond, ["us", "micro", "micros", "microsecond", "microseconds"]),
        (TimeSpan.TicksPerMillisecond, ["", "ms", "milli", "millis", "millisecond", "milliseconds"]),
        (TimeSpan.TicksPerSecond, ["s", "second", "seconds"]),
        (TimeSpan.TicksPerMinute, ["m", "minute", "minutes"]),
        (TimeSpan.TicksPerHour, ["h", "hour", "hours"]),
        (TimeSpan.TicksPerDay, ["d", "day", "days"]));

    private static readonly FrozenDictionary<string, decimal> BytesPerUnit = Units(
        (1m, ["", "B", "b", "byte", "bytes"]),
        (1e3m, ["kB", "kilobyte", "kilobytes"]),
        (1e6m, ["MB", "megabyte", "megabytes"]),
        (1e9m, ["GB", "gigabyte", "gigabytes"]),
        (1e12m, ["TB", "terabyte", "terabytes"]),
        (1L << 10, ["K", "k", "Ki", "KiB", "kibibyte", "kibibytes"]),
        (1L << 20, ["M", "m", "Mi", "MiB", "mebibyte", "mebibytes"]),
        (1L << 30, ["G", "g", "Gi", "GiB", "gibibyte", "gibibytes"]),
        (1L << 40, ["T", "t", "Ti", "TiB", "tebibyte", "tebibytes"]));

    private static readonly FrozenDictionary<string, decimal> PartsPerMillionPerUnit = Units((1, ["ppm"]), (10_000, ["%"]));

    /// <summary>Reads "10 ms", "1.5s", "1 minute" as ticks of 100 ns; a bare number is in milliseconds.</summary>
    public static bool TryParseDuration(string text, out decimal ticks) => TryParse(text, TicksPerUnit, out ticks);

    /// <summary>Reads "64 KiB" (1024 each), "10MB" (10⁶ each), "512" as bytes; a bare number is in bytes.</summary>
    public static bool TryParseBytes(string text, out decimal bytes) => TryParse(text, BytesPerUnit, out bytes);

    /// <summary>Reads "1 %" or "200 ppm" as parts per million; a bare number is none, for nobody could tell which was meant.</summary>
    public static bool TryParseRate(string text, out decimal partsPerMillion) => TryParse(text, PartsPerMillionPerUnit, out partsPerMillion);

    /// <summary>
    /// Reads a number in decimal notation. One too large for the type becomes the largest: whoever asks has a range, and the right
    /// answer to too many digits is "out of range", not "not a number".
    /// </summary>
    public static bool TryParseNumber(string text, out decimal number)
    {
        number = 0;
        ReadOnlySpan<char> digits = text.StartsWith('-') ? text.AsSpan(1) : text;
        int point = digits.IndexOf('.');
        ReadOnlySpan<char> whole = point < 0 ? digits : digits[..point];
        ReadOnlySpan<char> fraction = point < 0 ? "0" : digits[(point + 1)..];
        if (whole.IsEmpty || fraction.IsEmpty || whole.ContainsAnyExceptInRange('0', '9') || fraction.ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        if (!decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number))
        {
            number = text[0] == '-' ? decimal.MinValue : decimal.MaxValue;
        }

        return true;
    }

    private static bool TryParse(string text, FrozenDictionary<string, decimal> units, out decimal amount)
    {
        amount = 0;
        int unitAt = text.Length;
        while (unitAt > 0 && (char.IsAsciiLetter(text[unitAt - 1]) || text[unitAt - 1] == '%'))
        {
            unitAt--;
        }

        if (!units.TryGetValue(text[unitAt..], out decimal perUnit) || !TryParseNumber(text[..unitAt].TrimEnd(), out decimal number))
        {
            return false;
        }

        bool fits = Math.Abs(number) <= decimal.MaxValue / Math.Max(perUnit, 1);
        amount = fits ? number * perUnit : Math.Sign(number) * decimal.MaxValue;
        return true;
    }

    private static FrozenDictionary<string, decimal> Units(params (decimal Factor, string[] Names)[] units) =>
        units.SelectMany(unit => unit.Names.Select(name => KeyValuePair.Create(name, unit.Factor))).ToFrozenDictionary(StringComparer.Ordinal);
}
