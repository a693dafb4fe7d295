using System.Collections.Immutable;
using System.Xml.Linq;

namespace ActorPhysics.Cli.Mutants;

/// <summary>The sources of this very command, with its mutants and its test projects.</summary>
internal sealed class Checkout(string root)
{
    private const string Landmark = "ActorPhysics.sln";

    public string Root { get; } = root;

    /// <summary>The checkout that holds a folder; null when there is none around it.</summary>
    public static Checkout? Around(string folder)
    {
        for (DirectoryInfo? at = new(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, Landmark)))
            {
                return new Checkout(at.FullName);
            }
        }

        return null;
    }

    /// <summary>All mutants, by name.</summary>
    /// <exception cref="MutantException">One of them cannot be read.</exception>
    public IReadOnlyList<Mutant> Mutants() =>
        [.. Directory.EnumerateFiles(PathOf("tests/mutants"), "*" + MutantFile.Extension).Order(StringComparer.Ordinal).Select(MutantFile.Load)];

    public string PathOf(string file) => Path.Combine(Root, file);

    /// <summary>The touched files as the mutant has them, by their path from the root.</summary>
    /// <exception cref="MutantException">A hunk does not apply exactly once.</exception>
    public ImmutableSortedDictionary<string, string> Apply(Mutant mutant)
    {
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (Hunk hunk in mutant.Hunks)
        {
            if (!texts.TryGetValue(hunk.File, out string? text))
            {
                text = File.Exists(PathOf(hunk.File))
                    ? File.ReadAllText(PathOf(hunk.File)).ReplaceLineEndings("\n")
                    : throw new MutantException($"{mutant.Name}({hunk.LineNumber}): there is no file {hunk.File}");
            }

            int first = text.IndexOf(hunk.Find, StringComparison.Ordinal);
            if (first < 0 || text.IndexOf(hunk.Find, first + 1, StringComparison.Ordinal) >= 0)
            {
                string often = first < 0 ? "does not occur" : "occurs more than once";
                throw new MutantException($"{mutant.Name}({hunk.LineNumber}): what is to be found {often} in {hunk.File}");
            }

            texts[hunk.File] = string.Concat(text.AsSpan(0, first), hunk.With, text.AsSpan(first + hunk.Find.Length));
        }

        return texts.ToImmutableSortedDictionary(StringComparer.Ordinal);
    }

    /// <summary>The project whose sources hold a file.</summary>
    public static string ProjectOf(string file) =>
        file.Split('/') is ["src", var project, ..] ? project : throw new MutantException($"{file} is not under src");

    /// <summary>The projects that a project needs, directly or not, in an order in which they can be compiled.</summary>
    public IReadOnlyList<string> ReferencesOf(string project)
    {
        var found = new List<string>();
        foreach (XElement reference in Items(project, "ProjectReference"))
        {
            string name = Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value);
            found.AddRange(ReferencesOf(name).Append(name).Where(other => !found.Contains(other)));
        }

        return found;
    }

    /// <summary>The resources that a project embeds: their files and the names under which they are found.</summary>
    public IEnumerable<(string File, string Name)> ResourcesOf(string project) => Items(project, "EmbeddedResource")
        .Select(resource => (PathOf($"src/{project}/{resource.Attribute("Include")!.Value}"), resource.Attribute("LogicalName")!.Value));

    private IEnumerable<XElement> Items(string project, string kind) =>
        XDocument.Load(PathOf($"src/{project}/{project}.csproj")).Descendants(kind);
}
