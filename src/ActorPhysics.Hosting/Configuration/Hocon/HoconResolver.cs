using System.Runtime.CompilerServices;
using System.Text;

namespace ActorPhysics.Hosting.Configuration.Hocon;

/// <summary>A key with all values written to it.</summary>
/// <param name="Place">The key.</param>
/// <param name="Location">Where the key was last written.</param>
/// <param name="Values">The values, the latest last: it hides the earlier ones or merges with them.</param>
internal sealed record FieldView(Place Place, SourceLocation Location, IReadOnlyList<HoconNode> Values);

/// <summary>Where a value stands.</summary>
/// <param name="Path">What a substitution calls it; null inside a list, whose elements no substitution can name.</param>
/// <param name="Name">What an error calls it: <c>groups[0].members</c>.</param>
internal sealed record Place(KeyPath? Path, string Name)
{
    public static readonly Place Root = new(KeyPath.Root, "");

    public Place Then(string key)
    {
        string segment = new KeyPath([key]).ToString();
        return new Place(Path?.Then(key), Name.Length == 0 ? segment : $"{Name}.{segment}");
    }

    public Place Item(int index) => new(null, $"{Name}[{index}]");
}

/// <summary>
/// Replaces substitutions by what they refer to. Values are looked at lazily, key by key, so that objects may refer to each
/// other's fields (<c>a.x = ${b.y}, b.z = ${a.w}</c>); only a value that needs itself is a cycle. A value that refers to its own
/// key, or to something below it, means that key's earlier values (HOCON, "Self-referential substitutions").
/// Depth, steps and text length are bounded, so a chain of a million substitutions or one that doubles itself is an error.
/// </summary>
internal sealed class HoconResolver
{
    // One level costs a few stack frames; substitutions of people nest a handful of levels.
    private const int MaxNesting = 400;

    private readonly HoconReaderOptions _options;
    private readonly Shape.OfObject _root;
    private readonly FieldView _rootField;
    private readonly HashSet<ReferenceNode> _inProgress = [];
    private readonly Dictionary<ReferenceNode, ConfigurationError> _undefined = [];
    private int _nesting;
    private long _steps;

    public HoconResolver(ObjectNode root, HoconReaderOptions options)
    {
        _options = options;
        _rootField = new FieldView(Place.Root, root.Location, [root]);
        _root = new Shape.OfObject(Place.Root, root.Location, [new Shape.Part(root, null)]);
    }

    /// <exception cref="ConfigurationException">A substitution is undefined (all such are listed), circular, or too large.</exception>
    public HoconObject Resolve()
    {
        var resolved = (HoconObject)Evaluate(_root, _rootField, depth: 0)!;
        return _undefined.Count == 0 ? resolved : throw new ConfigurationException(_undefined.Values);
    }

    /// <summary>The form of a value as far as it must be known before it is merged or looked into.</summary>
    private abstract record Shape
    {
        /// <summary>An object as the parts it is merged from, the latest last.</summary>
        public sealed record OfObject(Place Place, SourceLocation Location, IReadOnlyList<Part> Parts) : Shape;

        /// <summary>
        /// A list or single value: <paramref name="Node"/>, read as value <paramref name="Index"/> of <paramref name="Field"/> and
        /// blamed on <paramref name="Location"/>, the substitution through which it came.
        /// </summary>
        public sealed record OfValue(HoconNode Node, SourceLocation Location, FieldView Field, int Index, bool IsArray) : Shape;

        /// <summary>One of the objects that are merged: as written in place, or reached through a substitution.</summary>
        public readonly record struct Part(ObjectNode? Written, OfObject? Linked);
    }

    private static ConfigurationException Error(SourceLocation location, FieldView field, string message) =>
        new(location, field.Place.Name, message);

    // ---- Shapes: what kind of value stands here? ----

    /// <summary>The shape of the first <paramref name="count"/> values of a field; null when they leave it undefined.</summary>
    private Shape? ShapeOf(FieldView field, int count)
    {
        var objects = new Stack<IReadOnlyList<Shape.Part>>();
        for (int index = count - 1; index >= 0; index--)
        {
            Shape? shape = ShapeOf(field.Values[index], field, index);
            if (shape is Shape.OfObject found)
            {
                objects.Push(found.Parts);
            }
            else if (shape is not null)
            {
                // A list or single value hides what was written before it, and is hidden by an object written after it.
                if (objects.Count == 0)
                {
                    return shape;
                }

                break;
            }
        }

        return objects.Count == 0 ? null : new Shape.OfObject(field.Place, field.Location, [.. objects.SelectMany(parts => parts)]);
    }

    private Shape? ShapeOf(HoconNode node, FieldView field, int index)
    {
        using Level level = Enter(node, field);
        return node switch
        {
            LiteralNode => new Shape.OfValue(node, node.Location, field, index, IsArray: false),
            ArrayNode => new Shape.OfValue(node, node.Location, field, index, IsArray: true),
            ObjectNode written => new Shape.OfObject(field.Place, node.Location, [new Shape.Part(written, null)]),
            LinkNode link => Linked(ShapeOf(link.Field, link.Field.Values.Count), field, node.Location),
            PreviousNode => ShapeOf(field, index),
            ReferenceNode reference => ShapeOf(reference, field, index),
            ConcatenationNode concatenation => ShapeOf(concatenation, field, index),
            _ => throw new NotSupportedException($"no rule for {node.GetType().Name}"),
        };
    }

    private Shape? ShapeOf(ReferenceNode reference, FieldView field, int index)
    {
        if (!_inProgress.Add(reference))
        {
            throw Error(reference.Location, field, $"the substitution ${{{reference.Path}}} refers to itself");
        }

        try
        {
            Shape? found = Find(reference.IncludedAt.Then(reference.Path), field, index);
            if (found is null && reference.IncludedAt.Length > 0)
            {
                found = Find(reference.Path, field, index);
            }

            return Linked(found, field, reference.Location) ?? FromEnvironment(reference, field, index);
        }
        finally
        {
            _inProgress.Remove(reference);
        }
    }

    /// <summary>An object from elsewhere keeps its own history: what is written over it in this field must not enter its look-back.</summary>
    private static Shape? Linked(Shape? shape, FieldView field, SourceLocation location) => shape switch
    {
        Shape.OfObject linked => new Shape.OfObject(field.Place, location, [new Shape.Part(null, linked)]),
        Shape.OfValue value => value with { Location = location },
        _ => null,
    };

    private Shape? Find(KeyPath path, FieldView field, int index)
    {
        KeyPath? own = field.Place.Path;
        bool looksBack = own is { Length: > 0 } && path.StartsWith(own);
        if (own is not null && own.Length > path.Length && own.StartsWith(path))
        {
            throw Error(field.Values[index].Location, field, $"the substitution ${{{path}}} contains itself");
        }

        Shape? shape = looksBack ? ShapeOf(field, index) : _root;
        foreach (string key in path.Segments.Skip(looksBack ? own!.Length : 0))
        {
            if (shape is not Shape.OfObject parent)
            {
                return null;
            }

            FieldView child = Child(parent, key);
            shape = ShapeOf(child, child.Values.Count);
        }

        return shape;
    }

    private Shape.OfValue? FromEnvironment(ReferenceNode reference, FieldView field, int index)
    {
        string name = reference.Path.ToVariableName();
        if (_options.EnvironmentVariable(name) is { } value)
        {
            var literal = new LiteralNode(new HoconScalar(reference.Location, value));
            return new Shape.OfValue(literal, reference.Location, field, index, IsArray: false);
        }

        if (!reference.IsOptional)
        {
            _undefined[reference] = new ConfigurationError(
                reference.Location,
                field.Place.Name,
                $"the substitution ${{{reference.Path}}} is undefined: no such key, and no environment variable of that name");
        }

        return null;
    }

    private Shape? ShapeOf(ConcatenationNode concatenation, FieldView field, int index)
    {
        Shape? first = null;
        List<Shape.Part> objects = [];
        foreach (HoconNode part in concatenation.Parts)
        {
            if (part is LiteralNode { IsGap: true })
            {
                continue;
            }

            Shape? shape = ShapeOf(part, field, index);
            first ??= shape;
            if (shape is not null && KindOf(shape) != KindOf(first!))
            {
                throw Error(part.Location, field, $"{KindOf(first!)} and {KindOf(shape)} stand side by side; only values of one kind can be joined");
            }

            if (shape is Shape.OfObject found)
            {
                objects.AddRange(found.Parts);
            }
        }

        return first switch
        {
            null => null,
            Shape.OfObject => new Shape.OfObject(field.Place, concatenation.Location, objects),
            _ => new Shape.OfValue(concatenation, concatenation.Location, field, index, ((Shape.OfValue)first).IsArray),
        };
    }

    private static string KindOf(Shape shape) => shape switch
    {
        Shape.OfObject => "an object",
        Shape.OfValue { IsArray: true } => "a list",
        _ => "a single value",
    };

    /// <summary>What <paramref name="parent"/> holds at <paramref name="key"/>: the values of its parts one over the other.</summary>
    private FieldView Child(Shape.OfObject parent, string key)
    {
        List<HoconNode> values = [];
        SourceLocation location = parent.Location;
        foreach (Shape.Part part in parent.Parts)
        {
            Spend(1, location);
            if (part.Written is { } written && written.Fields.TryGetValue(key, out FieldNode? field))
            {
                values.AddRange(field.Values);
                location = field.Location;
            }
            else if (part.Linked is { } linked)
            {
                FieldView below = Child(linked, key);
                if (below.Values.Count > 0)
                {
                    values.Add(new LinkNode(below.Location, below));
                    location = below.Location;
                }
            }
        }

        return new FieldView(parent.Place.Then(key), location, values);
    }

    // ---- Evaluation: the value itself ----

    private HoconValue? Evaluate(Shape? shape, FieldView field, int depth)
    {
        if (depth > _options.MaxDepth)
        {
            throw Error(field.Location, field, $"nested deeper than {_options.MaxDepth} levels; a substitution may contain itself");
        }

        return shape switch
        {
            null => null,
            Shape.OfObject found => EvaluateObject(found, depth),
            Shape.OfValue { IsArray: true } list => new HoconArray(list.Location, Items(list, first: 0, depth)),
            Shape.OfValue single => Single(single),
            _ => throw new NotSupportedException($"no rule for {shape.GetType().Name}"),
        };
    }

    private HoconObject EvaluateObject(Shape.OfObject shape, int depth)
    {
        using Level level = Enter(shape.Location, shape.Place);
        List<HoconField> fields = [];
        foreach (string key in Keys(shape))
        {
            FieldView field = Child(shape, key);
            Shape? child = ShapeOf(field, field.Values.Count);
            if (Evaluate(child, field, depth + 1) is { } value)
            {
                fields.Add(new HoconField(key, field.Location, value));
            }
        }

        return new HoconObject(shape.Location, fields);
    }

    private IEnumerable<string> Keys(Shape.OfObject shape)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (Shape.Part part in shape.Parts)
        {
            Spend(1, shape.Location);
            foreach (string key in (part.Written?.Fields.Keys ?? Keys(part.Linked!)).Where(seen.Add))
            {
                yield return key;
            }
        }
    }

    /// <param name="list">A list as written, or several joined.</param>
    /// <param name="first">The position of its first element in the whole list.</param>
    /// <param name="depth">How deep the list is nested.</param>
    private List<HoconValue> Items(Shape.OfValue list, int first, int depth)
    {
        using Level level = Enter(list.Location, list.Field.Place);
        List<HoconValue> items = [];
        if (list.Node is ConcatenationNode concatenation)
        {
            foreach (HoconNode part in concatenation.Parts.Where(part => part is not LiteralNode { IsGap: true }))
            {
                if (ShapeOf(part, list.Field, list.Index) is Shape.OfValue partial)
                {
                    items.AddRange(Items(partial, first + items.Count, depth));
                }
            }

            return items;
        }

        IReadOnlyList<HoconNode> written = ((ArrayNode)list.Node).Items;
        for (int i = 0; i < written.Count; i++)
        {
            // The element itself may refer to the list's earlier value; the fields inside it have no name to refer to.
            Place place = list.Field.Place.Item(first + i);
            Shape? shape = ShapeOf(written[i], list.Field, list.Index);
            if (Evaluate(shape is Shape.OfObject found ? found with { Place = place } : shape, list.Field, depth + 1) is { } value)
            {
                items.Add(value);
            }
        }

        return items;
    }

    private HoconValue Single(Shape.OfValue single)
    {
        using Level level = Enter(single.Location, single.Field.Place);
        if (single.Node is LiteralNode literal)
        {
            return literal.Value is HoconScalar scalar ? new HoconScalar(single.Location, scalar.Text) : new HoconNull(single.Location);
        }

        var text = new StringBuilder();
        foreach (HoconNode part in ((ConcatenationNode)single.Node).Parts)
        {
            if (ShapeOf(part, single.Field, single.Index) is Shape.OfValue partial)
            {
                string piece = Single(partial) is HoconScalar scalar ? scalar.Text : "null";
                Spend(piece.Length / 16, part.Location);
                text.Append(piece);
            }

            if (text.Length > _options.MaxFileBytes)
            {
                throw Error(part.Location, single.Field, $"the text is longer than {_options.MaxFileBytes} characters");
            }
        }

        return new HoconScalar(single.Location, text.ToString());
    }

    // ---- Bounds ----

    private Level Enter(HoconNode node, FieldView field) => Enter(node.Location, field.Place);

    private Level Enter(SourceLocation location, Place place)
    {
        Spend(1, location);
        if (_nesting >= MaxNesting || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new ConfigurationException(location, place.Name, $"substitutions refer to each other over more than {MaxNesting} steps");
        }

        _nesting++;
        return new Level(this);
    }

    private void Spend(long steps, SourceLocation location)
    {
        _steps += steps;
        if (_steps > _options.MaxResolutionSteps)
        {
            throw new ConfigurationException(location, "", $"substitutions expand to more than {_options.MaxResolutionSteps} values");
        }
    }

    private readonly struct Level(HoconResolver resolver) : IDisposable
    {
        public void Dispose() => resolver._nesting--;
    }
}
