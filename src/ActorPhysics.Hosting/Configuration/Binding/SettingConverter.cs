using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Hosting.Configuration.Binding;

/// <summary>Turns the text of a single value into the type of its setting.</summary>
internal static class SettingConverter
{
    private const int MaxIdentifierLength = 64;

    /// <summary>Null and the value, or what is wrong with the text.</summary>
    public static string? Convert(Setting setting, Type type, string text, out object? value)
    {
        value = null;
        if (type == typeof(string))
        {
            value = text;
            return TextProblem(setting, text);
        }

        if (type == typeof(bool))
        {
            value = text is "true" or "yes" or "on";
            return text is "true" or "yes" or "on" or "false" or "no" or "off" ? null : $"{Shown.Quote(text)} is not a boolean; write true or false";
        }

        if (type == typeof(HostPort))
        {
            bool parsed = HostPort.TryParse(text, out HostPort address);
            value = address;
            return parsed ? null : $"{Shown.Quote(text)} is not an address; write \"host:port\"";
        }

        return type.IsEnum ? Choose(type, text, out value) : Measure(setting, type, text, out value);
    }

    private static string? TextProblem(Setting setting, string text)
    {
        if (text.Length == 0)
        {
            return "must not be empty";
        }

        bool allowed = text.Length <= MaxIdentifierLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
        return allowed || !setting.IsIdentifier
            ? null
            : $"{Shown.Quote(text)} is not a name: letters, digits, '-', '_' and '.' are allowed, {MaxIdentifierLength} characters at most";
    }

    private static string? Choose(Type type, string text, out object? value)
    {
        string[] choices = [.. Enum.GetNames(type).Select(SettingSchema.KeyOf)];
        int index = Array.IndexOf(choices, text);
        value = index < 0 ? null : Enum.GetValues(type).GetValue(index);
        return index >= 0 ? null : $"{Shown.Quote(text)} is not one of {string.Join(", ", choices)}{Spelling.Hint(text, choices)}";
    }

    private static string? Measure(Setting setting, Type type, string text, out object? value)
    {
        value = null;
        if (!TryMeasure(setting, type, text, out decimal amount))
        {
            return $"{Shown.Quote(text)} is not {Expectation(setting, type)}";
        }

        if (setting.Range is { } range
            && TryMeasure(setting, type, range.Least, out decimal least)
            && TryMeasure(setting, type, range.Greatest, out decimal greatest)
            && (amount < least || amount > greatest))
        {
            return $"{Shown.Quote(text)} is out of range: from {range.Least} to {range.Greatest}";
        }

        if (!decimal.IsInteger(amount))
        {
            string unit = type == typeof(TimeSpan) ? "times 100 ns" : type == typeof(ClockDriftBound) ? "of ppm" : "of bytes";
            return $"{Shown.Quote(text)} is not a whole number {unit}";
        }

        value = FromAmount(type, amount);
        return null;
    }

    private static bool TryMeasure(Setting setting, Type type, string text, out decimal amount)
    {
        if (type == typeof(TimeSpan))
        {
            return UnitText.TryParseDuration(text, out amount);
        }

        if (type == typeof(ClockDriftBound))
        {
            return UnitText.TryParseRate(text, out amount);
        }

        return setting.IsSize
            ? UnitText.TryParseBytes(text, out amount)
            : UnitText.TryParseNumber(text, out amount) && decimal.IsInteger(amount);
    }

    private static string Expectation(Setting setting, Type type)
    {
        if (type == typeof(TimeSpan))
        {
            return "a duration; write a number and one of ns, us, ms, s, m, h, d";
        }

        if (type == typeof(ClockDriftBound))
        {
            return "a rate; write a number and % or ppm";
        }

        return setting.IsSize ? "a size; write a number and one of B, kB, KiB, MB, MiB, GB, GiB" : "a whole number";
    }

    // Ranges keep the amount within its type; a test holds every number to having one.
    private static object FromAmount(Type type, decimal amount) => type switch
    {
        _ when type == typeof(TimeSpan) => new TimeSpan((long)amount),
        _ when type == typeof(ClockDriftBound) => new ClockDriftBound((uint)amount),
        _ when type == typeof(int) => (int)amount,
        _ when type == typeof(long) => (long)amount,
        _ when type == typeof(NodeId) => new NodeId((ulong)amount),
        _ when type == typeof(GroupId) => new GroupId((ulong)amount),
        _ => throw new NotSupportedException($"settings of type {type} cannot be read"),
    };
}
