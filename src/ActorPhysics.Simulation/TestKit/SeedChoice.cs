using System.Globalization;

namespace ActorPhysics.Simulation.TestKit;

/// <summary>Which seeds a test runs. The environment may choose others than the test does, so that a failure is replayed, or more is searched, without a change to its code.</summary>
internal static class SeedChoice
{
    public const string OneVariable = "ACTORPHYSICS_SEED";
    public const string RangeVariable = "ACTORPHYSICS_SEEDS";

    /// <exception cref="FormatException">A variable is set to something that says no seeds.</exception>
    public static (ulong First, ulong Last) Of(ulong first, ulong last, Func<string, string?> environment)
    {
        if (environment(OneVariable) is { Length: > 0 } one)
        {
            return ulong.TryParse(one, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed)
                ? (seed, seed)
                : throw new FormatException($"{OneVariable} is '{one}'; it takes one seed, such as 42");
        }

        if (environment(RangeVariable) is { Length: > 0 } range)
        {
            return RangeOf(range) ?? throw new FormatException($"{RangeVariable} is '{range}'; it takes seeds such as 1..5000");
        }

        return (first, last);
    }

    private static (ulong, ulong)? RangeOf(string text)
    {
        string[] ends = text.Split("..");
        return ends.Length == 2
            && ulong.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong first)
            && ulong.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong last)
            && first <= last
            ? (first, last)
            : null;
    }
}
