using System.Globalization;
using System.Text;

namespace ActorPhysics.Hosting.Configuration.Hocon;

internal enum HoconTokenKind
{
    End,
    Newline,
    Whitespace,
    Unquoted,
    Quoted,
    Comma,
    Equals,
    Colon,
    PlusEquals,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    OpenReference,
    OpenOptionalReference,
}

/// <param name="Kind">What the token is.</param>
/// <param name="Text">The text as written; of a quoted string the content, escapes resolved.</param>
/// <param name="Line">The line of its first character, from 1.</param>
internal readonly record struct HoconToken(HoconTokenKind Kind, string Text, int Line);

/// <summary>
/// Splits HOCON text into tokens. Comments vanish here; whitespace and newlines do not, because they mean something in HOCON.
/// Rules: HOCON specification, "Syntax" (lightbend/config, HOCON.md).
/// </summary>
internal sealed class HoconLexer(string text, string file)
{
    private const string MustBeQuoted = "$\"{}[]:=,+#`^?!@*&\\";

    private int _position;
    private int _line = 1;

    /// <summary>The key being read, for the messages of syntax errors.</summary>
    public string CurrentKey { get; set; } = "";

    public HoconToken Next()
    {
        SkipComment();
        int line = _line;
        if (_position == text.Length)
        {
            return new HoconToken(HoconTokenKind.End, "", line);
        }

        char c = text[_position];
        switch (c)
        {
            case '\n':
                _position++;
                _line++;
                return new HoconToken(HoconTokenKind.Newline, "\n", line);
            case '"':
                return new HoconToken(HoconTokenKind.Quoted, StartsWith("\"\"\"") ? TripleQuoted() : Quoted(), line);
            case '{': return Symbol(HoconTokenKind.OpenBrace, "{");
            case '}': return Symbol(HoconTokenKind.CloseBrace, "}");
            case '[': return Symbol(HoconTokenKind.OpenBracket, "[");
            case ']': return Symbol(HoconTokenKind.CloseBracket, "]");
            case ',': return Symbol(HoconTokenKind.Comma, ",");
            case '=': return Symbol(HoconTokenKind.Equals, "=");
            case ':': return Symbol(HoconTokenKind.Colon, ":");
            case '+' when StartsWith("+="): return Symbol(HoconTokenKind.PlusEquals, "+=");
            case '$' when StartsWith("${?"): return Symbol(HoconTokenKind.OpenOptionalReference, "${?");
            case '$' when StartsWith("${"): return Symbol(HoconTokenKind.OpenReference, "${");
        }

        if (IsWhitespace(c))
        {
            return new HoconToken(HoconTokenKind.Whitespace, TakeWhile(IsWhitespace), line);
        }

        string word = Unquoted();
        return word.Length > 0
            ? new HoconToken(HoconTokenKind.Unquoted, word, line)
            : throw Error($"the character {Shown.Quote(c.ToString())} must be inside quotes");
    }

    private ConfigurationException Error(string message, int? line = null) =>
        new(new SourceLocation(file, line ?? _line), CurrentKey, message);

    private HoconToken Symbol(HoconTokenKind kind, string symbol)
    {
        _position += symbol.Length;
        return new HoconToken(kind, symbol, _line);
    }

    private bool StartsWith(string expected) => string.CompareOrdinal(text, _position, expected, 0, expected.Length) == 0;

    private void SkipComment()
    {
        if (_position < text.Length && (text[_position] == '#' || StartsWith("//")))
        {
            int end = text.IndexOf('\n', _position);
            _position = end < 0 ? text.Length : end;
        }
    }

    // A byte order mark counts as whitespace, as in the specification; a newline does not, it is a token of its own.
    private static bool IsWhitespace(char c) => c != '\n' && (char.IsWhiteSpace(c) || c == '\uFEFF');

    private string TakeWhile(Func<char, bool> accepts)
    {
        int start = _position;
        while (_position < text.Length && accepts(text[_position]))
        {
            _position++;
        }

        return text[start.._position];
    }

    private string Unquoted()
    {
        int start = _position;
        while (_position < text.Length && !StartsWith("//"))
        {
            char c = text[_position];
            if (IsWhitespace(c) || c == '\n' || (MustBeQuoted.Contains(c, StringComparison.Ordinal) && !IsSignOfExponent(start)))
            {
                break;
            }

            _position++;
        }

        return text[start.._position];
    }

    // "1e+5" is a JSON number although '+' is otherwise reserved.
    private bool IsSignOfExponent(int start) =>
        text[_position] == '+' && _position > start && text[_position - 1] is 'e' or 'E'
        && (char.IsAsciiDigit(text[start]) || text[start] == '-')
        && _position + 1 < text.Length && char.IsAsciiDigit(text[_position + 1]);

    private string TripleQuoted()
    {
        int opened = _line;
        int start = _position + 3;
        int end = text.IndexOf("\"\"\"", start, StringComparison.Ordinal);
        if (end < 0)
        {
            throw Error("the string opened with \"\"\" is not closed", opened);
        }

        // The last three quotes of a run close the string; earlier ones belong to it.
        while (end + 3 < text.Length && text[end + 3] == '"')
        {
            end++;
        }

        string content = text[start..end];
        _line += content.Count(c => c == '\n');
        _position = end + 3;
        return content;
    }

    private string Quoted()
    {
        var content = new StringBuilder();
        for (_position++; _position < text.Length; _position++)
        {
            char c = text[_position];
            switch (c)
            {
                case '"':
                    _position++;
                    return content.ToString();
                case '\n':
                    throw Error("the string is not closed on its line; use \"\"\" for text of several lines");
                case '\\':
                    content.Append(Escape());
                    break;
                default:
                    content.Append(c);
                    break;
            }
        }

        throw Error("the string is not closed");
    }

    private char Escape()
    {
        _position++;
        char c = _position < text.Length ? text[_position] : '\n';
        switch (c)
        {
            case '"' or '\\' or '/': return c;
            case 'b': return '\b';
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'u' when _position + 4 < text.Length
                && ushort.TryParse(text.AsSpan(_position + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code):
                _position += 4;
                return (char)code;
            default:
                throw Error("a backslash in a quoted string must be followed by one of \" \\ / b f n r t or by u and four hexadecimal digits");
        }
    }
}
