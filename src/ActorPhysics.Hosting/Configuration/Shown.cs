using System.Text;

namespace ActorPhysics.Hosting.Configuration;

/// <summary>Makes text from a file fit for an error message: short, on one line, without control characters.</summary>
internal static class Shown
{
    private const int MaxLength = 60;

    public static string Quote(string text)
    {
        var shown = new StringBuilder("`");
        foreach (Rune rune in text.EnumerateRunes().Take(MaxLength))
        {
            if (Rune.IsControl(rune))
            {
                shown.Append("\\u").Append(rune.Value.ToString("x4", System.Globalization.CultureInfo.InvariantCulture));
            }
            else
            {
                shown.Append(rune.ToString());
            }
        }

        return shown.Append(text.Length > MaxLength ? "…`" : "`").ToString();
    }
}
