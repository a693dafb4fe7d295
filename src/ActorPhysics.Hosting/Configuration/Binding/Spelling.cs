namespace ActorPhysics.Hosting.Configuration.Binding;

/// <summary>Finds the word that a misspelt one was probably meant to be.</summary>
internal static class Spelling
{
    private const int MaxWordLength = 64;

    /// <summary>The tail of an error message that names the nearest candidate; empty when none is near.</summary>
    public static string Hint(string word, IEnumerable<string> candidates) =>
        Nearest(word, candidates) is { } nearest ? $"; did you mean `{nearest}`?" : "";

    /// <summary>The candidate with the fewest typing errors; null when even that needs more than a third of the word retyped.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        if (word.Length > MaxWordLength)
        {
            return null;
        }

        string folded = Fold(word);
        (string? Candidate, int Distance) best = (null, Math.Max(1, word.Length / 3) + 1);
        foreach (string candidate in candidates)
        {
            int distance = Distance(folded, Fold(candidate));
            if (distance < best.Distance)
            {
                best = (candidate, distance);
            }
        }

        return best.Candidate;
    }

    // "heartbeatInterval", "heartbeat_interval" and "heartbeat-interval" are one word to a person.
    private static string Fold(string word) =>
        string.Concat(word.Where(char.IsLetterOrDigit)).ToLowerInvariant();

    // Optimal string alignment (Damerau–Levenshtein without nested edits): a swap of neighbours is one error, as in typing.
    private static int Distance(string a, string b)
    {
        int[,] edits = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    edits[i, j] = i + j;
                    continue;
                }

                int replace = edits[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                edits[i, j] = Math.Min(replace, Math.Min(edits[i - 1, j], edits[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    edits[i, j] = Math.Min(edits[i, j], edits[i - 2, j - 2] + 1);
                }
            }
        }

        return edits[a.Length, b.Length];
    }
}
