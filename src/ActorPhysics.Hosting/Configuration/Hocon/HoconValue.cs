using System.Diagnostics.CodeAnalysis;

namespace ActorPhysics.Hosting.Configuration.Hocon;

/// <summary>A value of a read configuration: immutable, free of substitutions, and aware of where it was written.</summary>
public abstract class HoconValue
{
    private protected HoconValue(SourceLocation location) => Location = location;

    /// <summary>The file and line to name when this value is wrong.</summary>
    public SourceLocation Location { get; }

    /// <summary>What kind of value this is, with its article, for error messages: "a list".</summary>
    public abstract string Kind { get; }
}

/// <summary>A string, number or boolean: HOCON leaves it to the reader of a key which of them its text means.</summary>
public sealed class HoconScalar(SourceLocation location, string text) : HoconValue(location)
{
    /// <summary>The text without its quotes, escapes resolved.</summary>
    public string Text { get; } = text;

    public override string Kind => "a single value";
}

/// <summary>The unquoted word <c>null</c>: the key is present and has no value.</summary>
public sealed class HoconNull(SourceLocation location) : HoconValue(location)
{
    public override string Kind => "null";
}

public sealed class HoconArray(SourceLocation location, IReadOnlyList<HoconValue> items) : HoconValue(location)
{
    public IReadOnlyList<HoconValue> Items { get; } = items;

    public override string Kind => "a list";
}

/// <summary>A key of an object with its value.</summary>
/// <param name="Key">One key segment, never a dotted path.</param>
/// <param name="Location">Where the key was last written.</param>
/// <param name="Value">The value after merging and substitution.</param>
public sealed record HoconField(string Key, SourceLocation Location, HoconValue Value);

/// <summary>Fields in the order in which their keys first appear; keys are unique and compare ordinally.</summary>
public sealed class HoconObject : HoconValue
{
    private readonly OrderedDictionary<string, HoconField> _fields = new(StringComparer.Ordinal);

    public HoconObject(SourceLocation location, IEnumerable<HoconField> fields)
        : base(location)
    {
        foreach (HoconField field in fields)
        {
            _fields.Add(field.Key, field);
        }
    }

    public IReadOnlyList<HoconField> Fields => _fields.Values;

    public override string Kind => "an object";

    public bool TryGet(string key, [NotNullWhen(true)] out HoconField? field) => _fields.TryGetValue(key, out field);

    /// <summary>
    /// This object with the fields it lacks taken from <paramref name="fallback"/>, recursively through objects. Lists and single
    /// values are replaced, never mixed (HOCON, "object merge").
    /// </summary>
    public HoconObject MergedOver(HoconObject fallback)
    {
        var merged = new OrderedDictionary<string, HoconField>(fallback._fields, StringComparer.Ordinal);
        foreach (HoconField field in Fields)
        {
            fallback.TryGet(field.Key, out HoconField? below);
            merged[field.Key] = field.Value is HoconObject upper && below?.Value is HoconObject lower
                ? field with { Value = upper.MergedOver(lower) }
                : field;
        }

        return new HoconObject(Location, merged.Values);
    }
}
