using System.Globalization;
using ActorPhysics.Checking.Diagnosis;

namespace ActorPhysics.Cli.Mutants;

/// <summary>
/// Reads a mutant from text. First its properties, one a line (<c>name: value</c>), continued on indented lines; then its hunks:
/// <code>
/// file: path from the repository's root; it holds until the next one
/// find: text within a line          find:
/// with: its replacement             whole lines
///                                   with:
///                                   their replacement
///                                   end
/// </code>
/// Blank lines and lines that begin with # separate them.
/// </summary>
internal sealed class MutantFile
{
    public const string Extension = ".mutant";

    private const int DefaultBudgetSeeds = 200;

    private static readonly string[] Properties = ["mutant", "origin", "class", "or-class", "budget", "needs", "swarm", "killed-by", "about"];

    private readonly string _source;
    private readonly string[] _lines;
    private readonly Dictionary<string, string> _properties = [];
    private readonly List<Hunk> _hunks = [];
    private int _next;

    private MutantFile(string source, string text)
    {
        _source = source;
        _lines = text.ReplaceLineEndings("\n").Split('\n');
    }

    /// <param name="source">What errors call the text.</param>
    /// <exception cref="MutantException">Says in which line what is wrong.</exception>
    public static Mutant Parse(string source, string text) => new MutantFile(source, text).Parse();

    /// <exception cref="MutantException">The file is not a mutant, or is called otherwise than its mutant.</exception>
    public static Mutant Load(string path)
    {
        Mutant mutant = Parse(Path.GetFileName(path), File.ReadAllText(path));
        return mutant.Name == Path.GetFileNameWithoutExtension(path)
            ? mutant
            : throw new MutantException($"{Path.GetFileName(path)}: the mutant in it is called '{mutant.Name}'");
    }

    private Mutant Parse()
    {
        while (SkipToNext())
        {
            (string name, string value) = ReadName();
            if (name == "file")
            {
                ReadHunks(value);
            }
            else
            {
                ReadProperty(name, value);
            }
        }

        return _hunks.Count > 0 ? Build() : throw Error(_lines.Length, "there is no hunk");
    }

    private Mutant Build() => new(
        Required("mutant"),
        Required("origin"),
        ClassOf(Required("class")),
        _properties.TryGetValue("or-class", out string? other) ? ClassOf(other) : null,
        BudgetOf(_properties.GetValueOrDefault("budget")),
        _properties.GetValueOrDefault("needs", ""),
        SelectionOf(_properties.GetValueOrDefault("killed-by")),
        Required("about"),
        _hunks)
    {
        InSpaces = InSpaces(_properties.GetValueOrDefault("swarm")),
    };

    private bool InSpaces(string? swarm) => swarm switch
    {
        null => false,
        "spaces" => true,
        _ => throw Error(0, $"'{swarm}' is no swarm: leave it out for groups, or write spaces"),
    };

    private bool SkipToNext()
    {
        while (_next < _lines.Length && (_lines[_next].Length == 0 || _lines[_next].StartsWith('#')))
        {
            _next++;
        }

        return _next < _lines.Length;
    }

    /// <summary>Reads the first line of a property or of a part of a hunk.</summary>
    private (string Name, string Value) ReadName()
    {
        string line = _lines[_next];
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || char.IsWhiteSpace(line[0]))
        {
            throw Error(_next + 1, $"expected 'name: value', found '{line}'");
        }

        _next++;
        return (line[..colon], line[(colon + 1)..].Trim());
    }

    private void ReadProperty(string name, string value)
    {
        int line = _next;
        if (_hunks.Count > 0 || !Properties.Contains(name))
        {
            throw Error(line, _hunks.Count > 0 ? $"property '{name}' after the first hunk" : $"there is no property '{name}'");
        }

        while (_next < _lines.Length && _lines[_next].StartsWith("  ", StringComparison.Ordinal))
        {
            value = $"{value} {_lines[_next].Trim()}".TrimStart();
            _next++;
        }

        if (value.Length == 0 || !_properties.TryAdd(name, value))
        {
            throw Error(line, value.Length == 0 ? $"property '{name}' is empty" : $"property '{name}' is there twice");
        }
    }

    private void ReadHunks(string file)
    {
        int line = _next;
        int before = _hunks.Count;
        while (SkipToNext() && _lines[_next].StartsWith("find:", StringComparison.Ordinal))
        {
            int at = _next + 1;
            (_, string find) = ReadName();
            (find, string with) = find.Length > 0 ? (find, ReadReplacement()) : ReadBlocks(at);
            _hunks.Add(new Hunk(file, find, with, at));
        }

        if (file.Length == 0 || _hunks.Count == before)
        {
            throw Error(line, file.Length == 0 ? "'file:' names no file" : $"nothing is to be found in {file}");
        }
    }

    private string ReadReplacement()
    {
        bool there = _next < _lines.Length && _lines[_next].StartsWith("with:", StringComparison.Ordinal);
        return there ? ReadName().Value : throw Error(_next + 1, "expected 'with:' below 'find:'");
    }

    private (string Find, string With) ReadBlocks(int at)
    {
        string find = ReadBlock(at, "with:");
        string with = ReadBlock(at, "end");
        return find.Length > 0 ? (find, with) : throw Error(at, "'find:' is empty");
    }

    private string ReadBlock(int at, string terminator)
    {
        int first = _next;
        while (_next < _lines.Length && _lines[_next] != terminator)
        {
            _next++;
        }

        if (_next == _lines.Length)
        {
            throw Error(at, $"the hunk has no '{terminator}' on a line of its own");
        }

        return string.Concat(_lines[first.._next++].Select(line => line + "\n"));
    }

    private string Required(string name) =>
        _properties.TryGetValue(name, out string? value) ? value : throw Error(1, $"property '{name}' is missing");

    private FailureClass ClassOf(string name) => Enum.TryParse(name, out FailureClass known) && Enum.IsDefined(known) && !char.IsDigit(name[0])
        ? known
        : throw Error(1, $"'{name}' is no failure class; there are {string.Join(", ", Enum.GetNames<FailureClass>())}");

    private int BudgetOf(string? seeds)
    {
        if (seeds is null)
        {
            return DefaultBudgetSeeds;
        }

        return int.TryParse(seeds, NumberStyles.None, CultureInfo.InvariantCulture, out int budget) && budget > 0
            ? budget
            : throw Error(1, $"the budget '{seeds}' is no number of seeds");
    }

    private TestSelection? SelectionOf(string? killedBy)
    {
        if (killedBy is null)
        {
            return null;
        }

        return killedBy.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [string project, string filter]
            ? new TestSelection(project, filter)
            : throw Error(1, $"'{killedBy}' is not a test project and a filter");
    }

    private MutantException Error(int line, string what) => new($"{_source}({line}): {what}");
}
