using System.Globalization;

namespace ActorPhysics.Cli.Simulate;

/// <summary>Seeds to simulate, both ends included.</summary>
internal readonly record struct SeedRange(ulong First, ulong Last)
{
    /// <summary>From there on, until somebody says stop.</summary>
    public static SeedRange From(ulong first) => new(first, ulong.MaxValue);

    public static SeedRange Of(ulong seed) => new(seed, seed);

    /// <summary>The one seed of the range.</summary>
    /// <exception cref="FormatException">There are more.</exception>
    public ulong Single => First == Last ? First : throw new FormatException("that takes one --seed");

    /// <exception cref="FormatException">The text is neither a number nor of the form A..B.</exception>
    public static SeedRange Parse(string text)
    {
        string[] ends = text.Split("..");
        if (ends.Length is 1 or 2
            && ulong.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong first)
            && ulong.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong last)
            && first <= last)
        {
            return new SeedRange(first, last);
        }

        throw new FormatException($"'{text}' is no range of seeds: write 7 or 1..1000");
    }

    public override string ToString() => First == Last ? $"{First}" : $"{First}..{Last}";
}
