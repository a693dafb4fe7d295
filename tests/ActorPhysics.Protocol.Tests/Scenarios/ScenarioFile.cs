namespace ActorPhysics.Protocol.Tests.Scenarios;

/// <summary>One line of a scenario that is neither plot nor empty.</summary>
/// <param name="Words">The line split at blanks; what stands in braces is one word.</param>
internal sealed record ScenarioLine(int Number, string Text, IReadOnlyList<string> Words);

/// <summary>A scenario: its plot, told in the comment lines that open the file, and what happens.</summary>
internal sealed class ScenarioFile
{
    private ScenarioFile(string name, string plot, IReadOnlyList<ScenarioLine> lines)
    {
        (Name, Plot, Lines) = (name, plot, lines);
    }

    public string Name { get; }
    public string Plot { get; }
    public IReadOnlyList<ScenarioLine> Lines { get; }

    /// <summary>Where the build puts the scenarios: beside the test assembly.</summary>
    public static string Folder => Path.Combine(Path.GetDirectoryName(typeof(ScenarioFile).Assembly.Location)!, "scenarios");

    public static IEnumerable<string> Names =>
        Directory.EnumerateFiles(Folder, "*.scenario").Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal);

    public static ScenarioFile Load(string name) => Parse(name, File.ReadAllLines(Path.Combine(Folder, name + ".scenario")));

    public static ScenarioFile Parse(string name, IReadOnlyList<string> text)
    {
        string plot = string.Join('\n', text.TakeWhile(line => line.StartsWith('#')).Select(line => line.TrimStart('#', ' ')));
        var lines = new List<ScenarioLine>();
        for (int i = 0; i < text.Count; i++)
        {
            string line = text[i].Split('#')[0].Trim();
            if (line.Length > 0)
            {
                lines.Add(new ScenarioLine(i + 1, line, SplitWords(line)));
            }
        }

        return new ScenarioFile(name, plot, lines);
    }

    private static List<string> SplitWords(string line)
    {
        var words = new List<string>();
        for (int at = 0; at < line.Length;)
        {
            int end = line[at] switch
            {
                '{' => line.IndexOf('}', at) + 1,
                '(' => line.IndexOf(')', at) + 1,
                _ => line.IndexOf(' ', at),
            };
            end = end <= 0 ? line.Length : end;
            words.Add(line[at..end]);
            at = end;
            while (at < line.Length && line[at] == ' ')
            {
                at++;
            }
        }

        return words;
    }
}
