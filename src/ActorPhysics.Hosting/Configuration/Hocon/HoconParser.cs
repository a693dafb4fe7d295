using System.Text;

namespace ActorPhysics.Hosting.Configuration.Hocon;

/// <summary>
/// Recursive descent over one file's tokens into an <see cref="ObjectNode"/>. Recursion is bounded by
/// <see cref="HoconReaderOptions.MaxDepth"/>. Stops at the first mistake of syntax: what follows one would be guesswork.
/// </summary>
internal sealed class HoconParser
{
    private const string NullWord = "null";

    private readonly HoconLexer _lexer;
    private readonly string _file;
    private readonly KeyPath _includedAt;
    private readonly HoconReaderOptions _options;
    private readonly IncludeHandler _include;
    private HoconToken _token;

    /// <param name="text">The file's content.</param>
    /// <param name="file">The name to report.</param>
    /// <param name="includedAt">The key below which the file's keys appear.</param>
    /// <param name="options">Limits.</param>
    /// <param name="include">Reads an included file into an object.</param>
    public HoconParser(string text, string file, KeyPath includedAt, HoconReaderOptions options, IncludeHandler include)
    {
        _lexer = new HoconLexer(text, file);
        _file = file;
        _includedAt = includedAt;
        _options = options;
        _include = include;
        _token = _lexer.Next();
        _lexer.CurrentKey = includedAt.ToString();
    }

    /// <summary>Reads the file that a statement names into <paramref name="target"/>, which stands at the key <paramref name="at"/>.</summary>
    public delegate void IncludeHandler(IncludeStatement statement, ObjectNode target, KeyPath at, int depth);

    private SourceLocation Here => new(_file, _token.Line);

    /// <summary>Reads the whole file into <paramref name="target"/>; the braces around it may be omitted.</summary>
    public void ParseInto(ObjectNode target, int depth)
    {
        SkipBlank();
        if (_token.Kind == HoconTokenKind.OpenBracket)
        {
            throw Error("a configuration file holds keys and values, not a list");
        }

        bool braced = _token.Kind == HoconTokenKind.OpenBrace;
        int opened = _token.Line;
        if (braced)
        {
            Advance();
        }

        ParseFields(target, _includedAt, depth, braced ? opened : null);
        SkipBlank();
        if (_token.Kind != HoconTokenKind.End)
        {
            throw Error(braced
                ? $"{Shown.Quote(_token.Text)} follows the closing brace of the file"
                : "a closing brace without an opening one");
        }
    }

    private ConfigurationException Error(string message, int? line = null) =>
        new(new SourceLocation(_file, line ?? _token.Line), _lexer.CurrentKey, message);

    private void Advance() => _token = _lexer.Next();

    private void SkipWhitespace()
    {
        while (_token.Kind == HoconTokenKind.Whitespace)
        {
            Advance();
        }
    }

    /// <summary>Skips whitespace and newlines; true when there was a newline.</summary>
    private bool SkipBlank()
    {
        bool newline = false;
        while (_token.Kind is HoconTokenKind.Whitespace or HoconTokenKind.Newline)
        {
            newline |= _token.Kind == HoconTokenKind.Newline;
            Advance();
        }

        return newline;
    }

    /// <summary>Elements are separated by a comma or a newline; one comma may trail, none may lead or follow another.</summary>
    private void EndElement(HoconTokenKind closing)
    {
        bool separated = SkipBlank();
        if (_token.Kind == HoconTokenKind.Comma)
        {
            Advance();
            SkipBlank();
            if (_token.Kind == HoconTokenKind.Comma)
            {
                throw Error("two commas with nothing between them");
            }
        }
        else if (!separated && _token.Kind != closing && _token.Kind != HoconTokenKind.End)
        {
            throw Error(_token.Kind is HoconTokenKind.Colon or HoconTokenKind.Equals
                ? $"a value that contains {Shown.Quote(_token.Text)} must be in quotes"
                : $"{Shown.Quote(_token.Text)} is not expected here; a comma or a new line may be missing");
        }
    }

    private void RequireDepth(int depth)
    {
        if (depth > _options.MaxDepth)
        {
            throw Error($"nested deeper than {_options.MaxDepth} levels");
        }
    }

    /// <param name="target">Where the fields go.</param>
    /// <param name="at">The key of <paramref name="target"/>; null inside a list, whose elements have no key that a substitution could name.</param>
    /// <param name="depth">How deep <paramref name="target"/> is nested.</param>
    /// <param name="openedOnLine">The line of the opening brace; null for a file without braces.</param>
    private void ParseFields(ObjectNode target, KeyPath? at, int depth, int? openedOnLine)
    {
        RequireDepth(depth);
        string outerKey = _lexer.CurrentKey;
        SkipBlank();
        while (_token.Kind is not (HoconTokenKind.CloseBrace or HoconTokenKind.End))
        {
            if (_token is { Kind: HoconTokenKind.Unquoted, Text: "include" })
            {
                ParseInclude(target, at ?? KeyPath.Root, depth);
            }
            else
            {
                ParseField(target, at, depth);
            }

            EndElement(HoconTokenKind.CloseBrace);
            _lexer.CurrentKey = outerKey;
        }

        if (openedOnLine is { } line)
        {
            if (_token.Kind == HoconTokenKind.End)
            {
                throw Error("the brace opened here is not closed", line);
            }

            Advance();
        }
    }

    private void ParseField(ObjectNode target, KeyPath? at, int depth)
    {
        SourceLocation location = Here;
        KeyPath key = ParseKey();
        int valueDepth = depth + key.Length;
        RequireDepth(valueDepth);
        _lexer.CurrentKey = _lexer.CurrentKey.Length == 0 ? key.ToString() : $"{_lexer.CurrentKey}.{key}";
        SkipBlank();
        bool appends = _token.Kind == HoconTokenKind.PlusEquals;
        if (appends || _token.Kind is HoconTokenKind.Equals or HoconTokenKind.Colon)
        {
            Advance();
            SkipBlank();
        }
        else if (_token.Kind != HoconTokenKind.OpenBrace)
        {
            throw Error("a key must be followed by `=`, `:`, `+=` or `{`", location.Line);
        }

        HoconNode value = ParseValue(at?.Then(key), valueDepth);
        if (appends)
        {
            value = new ConcatenationNode(location, [new PreviousNode(location), new ArrayNode(value.Location, [value])]);
        }

        target.Write(key.Segments.AsSpan(), location, value);
    }

    /// <summary>Reads a key, or the path inside <c>${…}</c>, up to the first token that cannot belong to it.</summary>
    private KeyPath ParseKey()
    {
        var path = new KeyPathBuilder();
        int line = _token.Line;
        while (true)
        {
            if (_token.Kind == HoconTokenKind.Unquoted)
            {
                path.AddUnquoted(_token.Text);
            }
            else if (_token.Kind == HoconTokenKind.Quoted)
            {
                path.AddQuoted(_token.Text);
            }
            else if (_token.Kind == HoconTokenKind.Whitespace)
            {
                path.AddWhitespace(_token.Text);
            }
            else
            {
                break;
            }

            Advance();
        }

        if (path.IsEmpty)
        {
            string found = _token.Kind == HoconTokenKind.End ? "the end" : Shown.Quote(_token.Text);
            throw Error($"{found} where a key is expected", line);
        }

        KeyPath key = path.Build();
        return path.IsValid
            ? key
            : throw Error("a key has an empty segment: a dot leads, trails or follows another; quote the key if that is meant", line);
    }

    /// <summary>Reads the parts of a value up to the end of its line or element.</summary>
    private HoconNode ParseValue(KeyPath? at, int depth)
    {
        SourceLocation location = Here;
        List<HoconNode> parts = [];
        while (ParsePart(at, depth) is { } part)
        {
            parts.Add(part);
        }

        while (parts.Count > 0 && parts[^1] is LiteralNode { IsGap: true })
        {
            parts.RemoveAt(parts.Count - 1);
        }

        return parts switch
        {
            [] => throw Error("a value is missing", location.Line),
            [HoconNode only] => only,
            _ when parts.TrueForAll(part => part is LiteralNode) => new LiteralNode(new HoconScalar(location, Join(parts))),
            _ => new ConcatenationNode(location, parts),
        };
    }

    private static string Join(List<HoconNode> literals)
    {
        var text = new StringBuilder();
        foreach (HoconNode literal in literals)
        {
            text.Append(((LiteralNode)literal).Value is HoconScalar scalar ? scalar.Text : NullWord);
        }

        return text.ToString();
    }

    private HoconNode? ParsePart(KeyPath? at, int depth)
    {
        SourceLocation location = Here;
        HoconToken token = _token;
        switch (token.Kind)
        {
            case HoconTokenKind.Unquoted when token.Text == NullWord:
                Advance();
                return new LiteralNode(new HoconNull(location));
            case HoconTokenKind.Unquoted or HoconTokenKind.Quoted or HoconTokenKind.Whitespace:
                Advance();
                return new LiteralNode(new HoconScalar(location, token.Text), isGap: token.Kind == HoconTokenKind.Whitespace);
            case HoconTokenKind.OpenBrace:
                Advance();
                var child = new ObjectNode(location);
                ParseFields(child, at, depth, location.Line);
                return child;
            case HoconTokenKind.OpenBracket:
                Advance();
                return ParseArray(location, depth);
            case HoconTokenKind.OpenReference or HoconTokenKind.OpenOptionalReference:
                Advance();
                return ParseReference(location, isOptional: token.Kind == HoconTokenKind.OpenOptionalReference);
            default:
                return null;
        }
    }

    private ArrayNode ParseArray(SourceLocation location, int depth)
    {
        RequireDepth(depth);
        SkipBlank();
        string outerKey = _lexer.CurrentKey;
        List<HoconNode> items = [];
        while (_token.Kind is not (HoconTokenKind.CloseBracket or HoconTokenKind.End))
        {
            _lexer.CurrentKey = $"{outerKey}[{items.Count}]";
            items.Add(ParseValue(at: null, depth + 1));
            EndElement(HoconTokenKind.CloseBracket);
            _lexer.CurrentKey = outerKey;
        }

        if (_token.Kind == HoconTokenKind.End)
        {
            throw Error("the bracket opened here is not closed", location.Line);
        }

        Advance();
        return new ArrayNode(location, items);
    }

    private ReferenceNode ParseReference(SourceLocation location, bool isOptional)
    {
        SkipWhitespace();
        KeyPath path = ParseKey();
        if (_token.Kind != HoconTokenKind.CloseBrace)
        {
            throw Error("the substitution is not closed: `}` is missing", location.Line);
        }

        Advance();
        RequireDepth(path.Length);
        return new ReferenceNode(location, path, _includedAt, isOptional);
    }

    private void ParseInclude(ObjectNode target, KeyPath at, int depth)
    {
        SourceLocation location = Here;
        Advance();
        string opening = ReadWords();
        string? file = _token.Kind == HoconTokenKind.Quoted ? _token.Text : null;
        if (file is not null)
        {
            Advance();
        }

        string closing = ReadWords();
        IncludeStatement statement = IncludeStatement.TryParse(location, opening, file, closing)
            ?? throw Error($"expected {IncludeStatement.Forms}; quote the word to use it as a key", location.Line);
        _include(statement, target, at, depth);
    }

    /// <summary>Reads the unquoted text that follows, without its whitespace.</summary>
    private string ReadWords()
    {
        var words = new StringBuilder();
        for (; _token.Kind is HoconTokenKind.Unquoted or HoconTokenKind.Whitespace; Advance())
        {
            words.Append(_token.Kind == HoconTokenKind.Unquoted ? _token.Text : "");
        }

        return words.ToString();
    }
}
