namespace ActorPhysics.Hosting.Configuration.Hocon;

/// <summary>A value as written, before substitution. The hierarchy is closed: <see cref="HoconResolver"/> handles every subtype.</summary>
internal abstract class HoconNode(SourceLocation location)
{
    public SourceLocation Location { get; } = location;
}

/// <summary>A string, number, boolean or null.</summary>
/// <param name="value">The value as it stands in the file.</param>
/// <param name="isGap">True for whitespace between two parts of a concatenation: text between strings, nothing between objects or lists.</param>
internal sealed class LiteralNode(HoconValue value, bool isGap = false) : HoconNode(value.Location)
{
    public HoconValue Value { get; } = value;

    public bool IsGap { get; } = isGap;
}

internal sealed class ArrayNode(SourceLocation location, List<HoconNode> items) : HoconNode(location)
{
    public List<HoconNode> Items { get; } = items;
}

/// <summary><c>${path}</c> or <c>${?path}</c>.</summary>
/// <param name="location">The line of the substitution: errors and values that come through it are reported there.</param>
/// <param name="path">The path as written.</param>
/// <param name="includedAt">
/// The key at which the file was included. The path is tried below it first, so that an included file can refer to itself
/// wherever it ends up (HOCON, "Include semantics: substitution").
/// </param>
/// <param name="isOptional">An undefined optional substitution leaves no trace; an undefined other one is an error.</param>
internal sealed class ReferenceNode(SourceLocation location, KeyPath path, KeyPath includedAt, bool isOptional) : HoconNode(location)
{
    public KeyPath Path { get; } = path;

    public KeyPath IncludedAt { get; } = includedAt;

    public bool IsOptional { get; } = isOptional;
}

/// <summary>What the same key held before: the left operand of <c>+=</c>. Undefined when there was nothing.</summary>
internal sealed class PreviousNode(SourceLocation location) : HoconNode(location);

/// <summary>Values side by side: strings join, lists append, objects merge.</summary>
internal sealed class ConcatenationNode(SourceLocation location, IReadOnlyList<HoconNode> parts) : HoconNode(location)
{
    public IReadOnlyList<HoconNode> Parts { get; } = parts;
}

/// <summary>A field reached through a substitution. It keeps its own earlier values: looking back from above never sees into it.</summary>
internal sealed class LinkNode(SourceLocation location, FieldView field) : HoconNode(location)
{
    public FieldView Field { get; } = field;
}

/// <summary>All values written to one key, the latest last.</summary>
internal sealed class FieldNode(SourceLocation location)
{
    /// <summary>Where the key was last written.</summary>
    public SourceLocation Location { get; set; } = location;

    public List<HoconNode> Values { get; } = [];
}

/// <summary>
/// An object under construction. Earlier values of a key are kept, because a later value may refer to them (self-reference) or
/// merge with them once its own substitution is known; objects that follow each other directly are merged at once.
/// </summary>
internal sealed class ObjectNode(SourceLocation location) : HoconNode(location)
{
    public OrderedDictionary<string, FieldNode> Fields { get; } = new(StringComparer.Ordinal);

    /// <summary>Writes <paramref name="value"/> at <paramref name="path"/> below this object, over what is there.</summary>
    public void Write(ReadOnlySpan<string> path, SourceLocation location, HoconNode value)
    {
        ObjectNode target = this;
        foreach (string segment in path[..^1])
        {
            FieldNode field = target.FieldAt(segment, location);
            if (field.Values.LastOrDefault() is not ObjectNode child)
            {
                child = new ObjectNode(location);
                field.Values.Add(child);
            }

            target = child;
        }

        Write(target.FieldAt(path[^1], location), value);
    }

    /// <summary>Writes all of <paramref name="later"/>'s values over this object's.</summary>
    public void Merge(ObjectNode later)
    {
        foreach ((string key, FieldNode source) in later.Fields)
        {
            FieldNode field = FieldAt(key, source.Location);
            foreach (HoconNode value in source.Values)
            {
                Write(field, value);
            }
        }
    }

    private static void Write(FieldNode field, HoconNode value)
    {
        HoconNode? last = field.Values.LastOrDefault();
        if (value is ObjectNode later && last is ObjectNode earlier)
        {
            earlier.Merge(later);
        }
        else if (AppendedTo(last) is { } list
            && value is ConcatenationNode { Parts: [PreviousNode, ArrayNode { Items: [LiteralNode or ObjectNode] } added] })
        {
            // Appended now, so that a long run of `+=` does not become a chain of look-backs.
            list.Items.AddRange(added.Items);
        }
        else
        {
            field.Values.Add(value);
        }
    }

    /// <summary>The list at the end of a value that is one or is itself the result of <c>+=</c>; null for any other value.</summary>
    private static ArrayNode? AppendedTo(HoconNode? value) => value switch
    {
        ArrayNode list => list,
        ConcatenationNode { Parts: [PreviousNode, ArrayNode list] } => list,
        _ => null,
    };

    private FieldNode FieldAt(string key, SourceLocation location)
    {
        if (!Fields.TryGetValue(key, out FieldNode? field))
        {
            field = new FieldNode(location);
            Fields.Add(key, field);
        }

        field.Location = location;
        return field;
    }
}
