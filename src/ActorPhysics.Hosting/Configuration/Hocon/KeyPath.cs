using System.Collections.Immutable;
using System.Text;

namespace ActorPhysics.Hosting.Configuration.Hocon;

/// <summary>The segments of a dotted key. A segment may hold any character, dots included, because it may be written in quotes.</summary>
internal sealed class KeyPath
{
    private const int MaxShownLength = 100;

    public static readonly KeyPath Root = new([]);

    public KeyPath(ImmutableArray<string> segments) => Segments = segments;

    public ImmutableArray<string> Segments { get; }

    public int Length => Segments.Length;

    public KeyPath Then(string segment) => new(Segments.Add(segment));

    public KeyPath Then(KeyPath tail) => tail.Length == 0 ? this : new(Segments.AddRange(tail.Segments));

    public KeyPath From(int start) => new(Segments[start..]);

    public bool StartsWith(KeyPath prefix) =>
        Segments.AsSpan().StartsWith(prefix.Segments.AsSpan(), StringComparer.Ordinal);

    /// <summary>The name of the environment variable that a substitution of this path falls back to: no quotes are added.</summary>
    public string ToVariableName() => string.Join('.', Segments);

    /// <summary>The path for people: quotes where they are needed, and no segment longer than a line.</summary>
    public override string ToString() => string.Join('.', Segments.Select(Shortened).Select(Quoted));

    private static string Shortened(string segment) => segment.Length <= MaxShownLength ? segment : $"{segment[..MaxShownLength]}…";

    private static string Quoted(string segment) =>
        segment.Length > 0 && segment.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? segment
            : $"\"{Escaped(segment)}\"";

    private static string Escaped(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' or '\\' => escaped.Append('\\').Append(c),
                < ' ' => escaped.Append("\\u").Append(((int)c).ToString("x4", System.Globalization.CultureInfo.InvariantCulture)),
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }
}

/// <summary>
/// Builds a <see cref="KeyPath"/> from the tokens of a key: dots split unquoted text only, quoted text joins the segment it touches.
/// </summary>
internal sealed class KeyPathBuilder
{
    private readonly ImmutableArray<string>.Builder _segments = ImmutableArray.CreateBuilder<string>();
    private readonly StringBuilder _segment = new();
    private string _gap = "";
    private bool _quoted;

    /// <summary>False once a segment turned out to be empty: "a..b", ".a", "a.".</summary>
    public bool IsValid { get; private set; } = true;

    /// <summary>True until something but whitespace was added.</summary>
    public bool IsEmpty => _segments.Count == 0 && _segment.Length == 0 && !_quoted;

    public void AddQuoted(string text)
    {
        FillGap();
        _segment.Append(text);
        _quoted = true;
    }

    /// <summary>Whitespace belongs to a key only between two words of one segment: <c>a b . c</c> is the path of "a b" and "c".</summary>
    public void AddWhitespace(string text) => _gap = text;

    public void AddUnquoted(string text)
    {
        foreach (char c in text)
        {
            if (c == '.')
            {
                EndSegment();
            }
            else
            {
                FillGap();
                _segment.Append(c);
            }
        }
    }

    public KeyPath Build()
    {
        EndSegment();
        return new KeyPath(_segments.DrainToImmutable());
    }

    private void FillGap()
    {
        _segment.Append(_segment.Length > 0 || _quoted ? _gap : "");
        _gap = "";
    }

    private void EndSegment()
    {
        IsValid &= _quoted || _segment.Length > 0;
        _segments.Add(_segment.ToString());
        _segment.Clear();
        _gap = "";
        _quoted = false;
    }
}
