using System.Globalization;

namespace ActorPhysics.Hosting.Journal;

/// <summary>
/// The file names of a journal. Segments are numbered from 1 without a gap, and the one after the newest lies there zeroed ahead of
/// use; so a missing one shows.
/// </summary>
internal static class SegmentNames
{
    private const string Suffix = ".segment";

    /// <summary>A file with this suffix is of no use to anyone: it was being prepared, or was taken out of the log.</summary>
    private const string SpareSuffix = ".spare";

    public const string Reserve = "reserve";

    public static string Of(ulong number) => number.ToString("D20", CultureInfo.InvariantCulture) + Suffix;

    public static string SpareOf(ulong number) => number.ToString("D20", CultureInfo.InvariantCulture) + SpareSuffix;

    public static bool IsSpare(string name) => name.EndsWith(SpareSuffix, StringComparison.Ordinal);

    public static bool TryParse(string name, out ulong number)
    {
        number = 0;
        return name.EndsWith(Suffix, StringComparison.Ordinal)
            && ulong.TryParse(name.AsSpan(0, name.Length - Suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
